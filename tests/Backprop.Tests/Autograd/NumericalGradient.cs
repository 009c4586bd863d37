namespace Backprop.Tests;

/// <summary>Compares a backward pass with central differences in float64, under a random upstream gradient: all ones would hide mistakes.</summary>
internal static class NumericalGradient
{
    /// <summary>Fails unless the gradient of <c>Σ u ⊙ f(inputs)</c> with respect to every element of every tracked input agrees within <paramref name="tolerance"/>, relative.</summary>
    public static void AssertMatches(Func<Tensor[], Tensor> function, Tensor[] inputs, double tolerance = 1e-6)
    {
        foreach (Tensor input in inputs.Where(input => input.DType == DType.Float64)) input.RequireGradient();
        Tensor output = function(inputs);
        Assert.Equal(DType.Float64, output.DType);
        Tensor upstream = Tensor.Uniform(output.Shape, new RandomSource(8), -1, 1, DType.Float64);
        Gradients gradients = output.Backward(upstream);
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!inputs[i].RequiresGradient) continue;
            double[] actual = gradients.TryGet(inputs[i], out Tensor? gradient) ? gradient.ToArray<double>() : new double[inputs[i].ElementCount];
            double[] expected = CentralDifferences(function, inputs, i, upstream);
            for (int e = 0; e < expected.Length; e++)
            {
                double error = Math.Abs(actual[e] - expected[e]) / Math.Max(1, Math.Abs(expected[e]));
                Assert.True(error < tolerance, $"input {i}, element {e} of {inputs[i].Shape}: backward {actual[e]:R}, central difference {expected[e]:R}, error {error:E2}");
            }
        }
    }

    private static double[] CentralDifferences(Func<Tensor[], Tensor> function, Tensor[] inputs, int input, Tensor upstream)
    {
        var slopes = new double[inputs[input].ElementCount];
        for (int e = 0; e < slopes.Length; e++)
        {
            double x = inputs[input].AsSpan<double>()[e], step = Math.Cbrt(Math.BitIncrement(1.0) - 1) * Math.Max(1, Math.Abs(x));
            slopes[e] = (Loss(x + step) - Loss(x - step)) / (2 * step);
            inputs[input].AsSpan<double>()[e] = x;

            double Loss(double value)
            {
                inputs[input].AsSpan<double>()[e] = value;
                using Autograd.Pause pause = Autograd.NoGradient();
                double[] y = function(inputs).ToArray<double>(), u = upstream.ToArray<double>();
                return y.Zip(u, (a, b) => a * b).Sum();
            }
        }
        return slopes;
    }
}
