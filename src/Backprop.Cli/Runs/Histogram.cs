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
        float min = x[0], max = x[0], finite = 0; // 0 as long as all are finite, else NaN
        foreach (float value in x)
        {
            if (value < min) min = value;
            if (value > max) max = value;
            finite += value * 0;
        }
        if (float.IsNaN(finite)) return Of(kind, name, Array.FindAll(x.ToArray(), float.IsFinite));
        var counts = new long[Bins];
        float scale = max > min ? Bins / (max - min) : 0;
        if (!float.IsFinite(scale)) scale = 0;
        long zeros = 0;
        double sum = 0, squares = 0;
        foreach (float value in x)
        {
            counts[Math.Min((int)((value - min) * scale), Bins - 1)]++;
            sum += value;
            squares += (double)value * value;
            if (value == 0) zeros++;
        }
        return new Histogram(kind, name, min, max, sum, squares, zeros, counts);

        Histogram Empty() => new(kind, name, 0, 0, 0, 0, 0, new long[Bins]);
    }
}
