using System.Numerics;

namespace Backprop.Tests;

/// <summary>Runs a golden case through a function of its inputs, forward and backward, in float64 and in float32.</summary>
internal static class GoldenRun
{
    /// <summary>Fails unless the result <c>y</c> and the gradient of every input that is differentiated agree with PyTorch in both precisions.</summary>
    public static void AssertAgrees(GoldenCase golden, Func<IReadOnlyDictionary<string, Tensor>, Tensor> function, double float32Tolerance = GoldenCases.Float32Tolerance)
    {
        AssertAgrees<double>(golden, function, GoldenCases.Float64Tolerance);
        AssertAgrees<float>(golden, function, float32Tolerance);
    }

    /// <summary>The values as a tensor: integers as Int64, others as <typeparamref name="T"/>.</summary>
    public static Tensor ToTensor<T>(GoldenTensor golden) where T : unmanaged, INumber<T> => golden.IsInteger
        ? Tensor.From(golden.As<long>(), Shape.Create(golden.Shape))
        : Tensor.From(golden.As<T>(), Shape.Create(golden.Shape));

    private static void AssertAgrees<T>(GoldenCase golden, Func<IReadOnlyDictionary<string, Tensor>, Tensor> function, double tolerance) where T : unmanaged, INumber<T>
    {
        Dictionary<string, Tensor> inputs = golden.Inputs.ToDictionary(input => input.Key, input => ToTensor<T>(input.Value));
        foreach (string name in golden.Gradients.Keys) inputs[name].RequireGradient();
        Tensor y = function(inputs);
        Assert.Equal(Shape.Create(golden.Outputs["y"].Shape), y.Shape);
        golden.Outputs["y"].AssertClose<T>(y.AsSpan<T>(), tolerance, $"{golden} y");
        Gradients gradients = y.Backward(ToTensor<T>(golden.Upstreams["y"]));
        foreach ((string name, GoldenTensor expected) in golden.Gradients) expected.AssertClose<T>(gradients[inputs[name]].AsSpan<T>(), tolerance, $"{golden} d{name}");
    }
}
