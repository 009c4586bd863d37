using System.Numerics;

namespace Backprop.Tests;

/// <summary>Runs a golden case through a function of its inputs, forward and backward, in float64 and in float32.</summary>
internal static class GoldenRun
{
    /// <summary>Fails unless the result <c>y</c> and the gradient of every input that is differentiated agree with PyTorch in both precisions.</summary>
    public static void AssertAgrees(GoldenCase golden, Func<IReadOnlyDictionary<string, Tensor>, Tensor> function) =>
        AssertAgrees(golden, inputs => new Dictionary<string, Tensor> { ["y"] = function(inputs) });

    /// <summary>The same for several results by name: each output of the case has to be among them. With <paramref name="onlyOf"/>, the gradient of that input alone.</summary>
    public static void AssertAgrees(GoldenCase golden, Func<IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, Tensor>> function, string? onlyOf = null)
    {
        AssertAgrees<double>(golden, function, GoldenCases.Float64Tolerance, onlyOf);
        AssertAgrees<float>(golden, function, GoldenCases.Float32Tolerance, onlyOf);
    }

    /// <summary>The values as a tensor: integers as Int64, others as <typeparamref name="T"/>.</summary>
    public static Tensor ToTensor<T>(GoldenTensor golden) where T : unmanaged, INumber<T> => golden.IsInteger
        ? Tensor.From(golden.As<long>(), Shape.Create(golden.Shape))
        : Tensor.From(golden.As<T>(), Shape.Create(golden.Shape));

    private static void AssertAgrees<T>(GoldenCase golden, Func<IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, Tensor>> function, double tolerance, string? onlyOf)
        where T : unmanaged, INumber<T>
    {
        Dictionary<string, Tensor> inputs = golden.Inputs.ToDictionary(input => input.Key, input => ToTensor<T>(input.Value));
        foreach (string name in golden.Gradients.Keys) inputs[name].RequireGradient();
        IReadOnlyDictionary<string, Tensor> outputs = function(inputs);
        foreach ((string name, GoldenTensor expected) in golden.Outputs)
        {
            Assert.Equal(Shape.Create(expected.Shape), outputs[name].Shape);
            expected.AssertClose<T>(outputs[name].AsSpan<T>(), tolerance, $"{golden} {name}");
        }
        Gradients gradients = Backward<T>(golden, outputs);
        foreach ((string name, GoldenTensor expected) in golden.Gradients.Where(gradient => onlyOf is null || gradient.Key == onlyOf))
        {
            expected.AssertClose<T>(gradients[inputs[name]].AsSpan<T>(), tolerance, $"{golden} d{name}");
        }
    }

    /// <summary>The gradients of the sum over all outputs of upstream · output.</summary>
    private static Gradients Backward<T>(GoldenCase golden, IReadOnlyDictionary<string, Tensor> outputs) where T : unmanaged, INumber<T>
    {
        if (golden.Upstreams.Count == 1) return outputs[golden.Upstreams.Keys.Single()].Backward(ToTensor<T>(golden.Upstreams.Values.Single()));
        return golden.Upstreams.Select(upstream => (outputs[upstream.Key] * ToTensor<T>(upstream.Value)).Sum()).Aggregate((a, b) => a + b).Backward();
    }
}
