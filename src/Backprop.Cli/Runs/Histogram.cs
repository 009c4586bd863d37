using System.Numerics.Tensors;

namespace Backprop.Cli.Runs;

/// <summary>What a histogram is of.</summary>
internal enum HistogramKind
{
    /// <summary>A parameter.</summary>
    Weight,

    /// <summary>A layer's output.</summary>
    Activation,

    /// <summary>The gradient of a parameter.</summary>
    Gradient,
}

/// <summary>How the numbers of a tensor are spread: counts in bins of one width between the least and the greatest. Numbers that are not finite are left out.</summary>
/// <param name="Kind">What it is of.</param>
/// <param name="Name">The parameter's name, or the layer's path.</param>
/// <param name="Min">The least number.</param>
/// <param name="Max">The greatest.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="SumOfSquares">The sum of their squares.</param>
/// <param name="Zeros">How many are 0, as a ReLU makes them.</param>
/// <param name="Counts">How many lie in each bin, <see cref="Bins"/> of them; all in the first where all are equal.</param>
internal sealed record Histogram(HistogramKind Kind, string Name, double Min, double Max, double Sum, double SumOfSquares, long Zeros, long[] Counts)
{
    /// <summary>How many bins there are.</summary>
    public const int Bins = 30;

    /// <summary>How many numbers it is about.</summary>
    public long Count => Counts.Sum();

    /// <summary>Where a bin begins, and the one before it ends: <see cref="Bins"/> + 1 edges, from <see cref="Min"/> to <see cref="Max"/>.</summary>
    public double Edge(int bin) => Min + (Max - Min) * bin / Bins;

    /// <summary>The histogram of a tensor of Float32 or Float64.</summary>
    public static Histogram Of(HistogramKind kind, string name, Tensor tensor) => Of(kind, name, tensor.DType == DType.Float32 ? tensor.AsSpan<float>() : tensor.To(DType.Float32).AsSpan<float>());

    private static Histogram Of(HistogramKind kind, string name, ReadOnlySpan<float> x)
    {
        if (x.Length == 0) return Empty();
        float min = TensorPrimitives.Min(x), max = TensorPrimitives.Max(x); // NaN if there is one
        if (!float.IsFinite(min) || !float.IsFinite(max))
        {
            float[] finite = Array.FindAll(x.ToArray(), float.IsFinite);
            return Of(kind, name, finite);
        }
        var counts = new long[Bins];
        float scale = max > min ? Bins / (max - min) : 0;
        if (!float.IsFinite(scale)) scale = 0;
        long zeros = 0;
        foreach (float value in x)
        {
            counts[Math.Min((int)((value - min) * scale), Bins - 1)]++;
            if (value == 0) zeros++;
        }
        return new Histogram(kind, name, min, max, TensorPrimitives.Sum(x), TensorPrimitives.SumOfSquares(x), zeros, counts);

        Histogram Empty() => new(kind, name, 0, 0, 0, 0, 0, new long[Bins]);
    }
}
