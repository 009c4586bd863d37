namespace Backprop.Cli.Figures;

/// <summary>Points of a function.</summary>
internal static class Curve
{
    private const int Segments = 120;

    public static IEnumerable<(double X, double Y)> Over(double from, double to, Func<double, double> function, int segments = Segments) =>
        Enumerable.Range(0, segments + 1).Select(i => from + (to - from) * i / segments).Select(x => (x, function(x)));

    /// <summary>A number for each epoch from 0; of more than can be seen apart, some.</summary>
    public static (double X, double Y)[] Of(IEnumerable<double> values)
    {
        double[] all = [.. values];
        int stride = 1 + all.Length / Segments;
        return [.. all.Index().Where(value => value.Index % stride == 0 || value.Index == all.Length - 1).Select(value => ((double)value.Index, value.Item))];
    }
}
