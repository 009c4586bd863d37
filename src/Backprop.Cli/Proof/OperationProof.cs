using System.Globalization;

namespace Backprop.Cli.Proof;

/// <summary>What came of a case: the gradient checks, and each claim that does not hold.</summary>
internal sealed record OperationProof(OperationCase Case, IReadOnlyList<GradientReport> Checks, int StatedValues, double WorstFloat32Error, IReadOnlyList<string> Failures)
{
    private const double Float64Tolerance = 1e-12, Float32Tolerance = 1e-5;

    /// <summary>How many slopes were compared with central differences.</summary>
    public int Slopes => Checks.Sum(check => check.Checked);

    public int Kinks => Checks.Sum(check => check.Kinks);

    public double WorstRelativeError => Checks.Select(check => check.WorstRelativeError).DefaultIfEmpty().Max();

    /// <summary>Checks the slopes on all shapes, the known results in both precisions, the same tensors used twice, and float32 against float64.</summary>
    public static OperationProof Of(OperationCase claim)
    {
        var failures = new List<string>();
        List<GradientReport> checks = [.. claim.Shapes.Select((shapes, number) => GradientCheck.Of(claim.Function, Draw(claim, shapes, number)))];
        failures.AddRange(checks.Where(check => !check.IsCorrect).Select(check => check.ToString()));
        foreach (Stated stated in claim.Stated)
        {
            failures.AddRange(Compare(claim, stated, DType.Float64, Float64Tolerance));
            failures.AddRange(Compare(claim, stated, DType.Float32, Float32Tolerance));
        }
        double worst = 0;
        for (int number = 0; number < claim.Shapes.Length; number++)
        {
            Tensor[] inputs = Draw(claim, claim.Shapes[number], number);
            failures.AddRange(UsedTwice(claim, inputs));
            worst = Math.Max(worst, Float32Error(claim, inputs));
        }
        if (!(worst <= Float32Tolerance)) failures.Add(string.Create(CultureInfo.InvariantCulture, $"float32 differs from float64 by {worst:0.0E-0}, more than {Float32Tolerance:0E-0}"));
        return new OperationProof(claim, checks, claim.Stated.Sum(stated => stated.Result.Length + stated.Gradients.Sum(gradient => gradient?.Length ?? 0)), worst, failures);
    }

    /// <summary>Numbers that float32 holds too, so that both precisions get the same.</summary>
    private static Tensor[] Draw(OperationCase claim, Shape[] shapes, int number)
    {
        var random = new RandomSource(number + 1);
        return [.. shapes.Select(shape => Tensor.Uniform(shape, random, claim.Domain.Low, claim.Domain.High).To(DType.Float64))];
    }

    private static IEnumerable<string> Compare(OperationCase claim, Stated stated, DType dtype, double tolerance)
    {
        (Tensor y, Gradients? gradients, Tensor[] inputs) = Run(claim, stated.Inputs, dtype, stated.Upstream, input => stated.Gradients.ElementAtOrDefault(input) is not null);
        foreach (string difference in Differences("result", y, stated.Result, exactZero: true)) yield return difference;
        for (int i = 0; i < stated.Gradients.Length; i++)
        {
            if (stated.Gradients[i] is not { } expected) continue;
            Tensor gradient = gradients is not null && gradients.TryGet(inputs[i], out Tensor? found) ? found : Tensor.Zeros(inputs[i].Shape, dtype);
            foreach (string difference in Differences($"gradient of input {i}", gradient, expected, exactZero: false)) yield return difference;
        }

        IEnumerable<string> Differences(string what, Tensor actual, double[] expected, bool exactZero)
        {
            if (actual.ElementCount != expected.Length)
            {
                yield return $"{dtype}: {what} has {actual.ElementCount} elements, expected {expected.Length}";
                yield break;
            }
            double[] values = [.. actual.To(DType.Float64).AsSpan<double>()];
            for (int i = 0; i < expected.Length; i++)
            {
                double rounded = dtype == DType.Float32 ? (float)expected[i] : expected[i];
                if (Agree(values[i], rounded, tolerance, exactZero)) continue;
                string at = stated.Inputs.All(input => input.ElementCount == expected.Length) ? $" at {string.Join(", ", stated.Inputs.Select(input => Number(input.To(DType.Float64).AsSpan<double>()[i])))}" : "";
                yield return $"{dtype}: {what}[{i}]{at} is {Number(values[i])}, expected {Number(rounded)}";
            }
        }
    }

    private static bool Agree(double actual, double expected, double tolerance, bool exactZero)
    {
        if (double.IsNaN(expected)) return double.IsNaN(actual);
        if (double.IsInfinity(expected)) return actual == expected;
        if (expected == 0) return actual == 0 && (!exactZero || double.IsNegative(actual) == double.IsNegative(expected));
        double magnitude = Math.Abs(expected);
        return magnitude < 1e-30 ? Math.Abs(actual - expected) <= 1e-2 * magnitude : Math.Abs(actual - expected) <= tolerance * (1 + magnitude); // float32 has few digits there
    }

    /// <summary>f(x) + f(x) has twice the gradient of f(x), to the last bit; nothing that is shared is overwritten.</summary>
    private static IEnumerable<string> UsedTwice(OperationCase claim, Tensor[] inputs)
    {
        (_, Gradients? once, Tensor[] a) = Run(claim, inputs, DType.Float64, null, _ => true);
        (_, Gradients? twice, Tensor[] b) = Run(claim with { Function = x => claim.Function(x) + claim.Function(x) }, inputs, DType.Float64, null, _ => true);
        for (int i = 0; i < inputs.Length; i++)
        {
            double[] single = Elements(once, a[i]), both = Elements(twice, b[i]);
            if (single.Zip(both).Any(pair => !(2 * pair.First).Equals(pair.Second))) yield return $"used twice, input {i} does not have twice the gradient";
        }

        static double[] Elements(Gradients? gradients, Tensor input) =>
            gradients is not null && gradients.TryGet(input, out Tensor? gradient) ? gradient.ToArray<double>() : new double[input.ElementCount];
    }

    private static double Float32Error(OperationCase claim, Tensor[] inputs)
    {
        (Tensor y, Gradients? gradients, Tensor[] x) = Run(claim, inputs, DType.Float64, null, _ => true);
        (Tensor y32, Gradients? gradients32, Tensor[] x32) = Run(claim, inputs, DType.Float32, null, _ => true);
        double worst = Error(y, y32);
        for (int i = 0; i < x.Length; i++)
        {
            if (gradients is not null && gradients.TryGet(x[i], out Tensor? a) && gradients32!.TryGet(x32[i], out Tensor? b)) worst = Math.Max(worst, Error(a, b));
        }
        return worst;

        static double Error(Tensor a, Tensor b) => a.ToArray<double>().Zip(b.To(DType.Float64).ToArray<double>(), (x, y) => x.Equals(y) ? 0 : Math.Abs(x - y) / (1 + Math.Abs(x))).DefaultIfEmpty().Max();
    }

    private static (Tensor Y, Gradients? Gradients, Tensor[] Inputs) Run(OperationCase claim, Tensor[] given, DType dtype, double[]? upstream, Func<int, bool> differentiate)
    {
        Tensor[] inputs = [.. given.Select(input => input.DType.IsFloatingPoint ? input.To(dtype).Detach() : input)];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].DType.IsFloatingPoint && differentiate(i)) inputs[i].RequireGradient();
        }
        Tensor y = claim.Function(inputs);
        Tensor gradient = upstream is null ? Tensor.Ones(y.Shape, y.DType) : Tensor.From(upstream, y.Shape).To(y.DType);
        return (y, y.IsTracked ? y.Backward(gradient) : null, inputs);
    }

    private static string Number(double value) => value == 0 && double.IsNegative(value) ? "-0" : value.ToString("R", CultureInfo.InvariantCulture);
}
