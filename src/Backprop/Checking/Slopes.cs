namespace Backprop;

/// <summary>What two steps away from a point, one to each side, tell of <c>L = Σ upstream ⊙ y</c>.</summary>
/// <param name="Central">(L₊ − L₋) / 2h.</param>
/// <param name="Left">(L − L₋) / h.</param>
/// <param name="Right">(L₊ − L) / h.</param>
/// <param name="Low">The least slope that L has if each element of y takes whichever of its two one-sided slopes makes it so.</param>
/// <param name="High">The greatest.</param>
/// <param name="Noise">How far rounding alone may have moved <paramref name="Central"/>.</param>
internal readonly record struct Slopes(double Central, double Left, double Right, double Low, double High, double Noise)
{
    private const double RoundingErrors = 16; // units in the last place by which two evaluations of a well-made function may differ

    /// <summary>The relative rounding error that a value is granted.</summary>
    public const double Granted = RoundingErrors * 2.220446049250313e-16;

    /// <summary>How far the one-sided slopes are apart.</summary>
    public double Spread => High - Low;

    public static Slopes Of(ReadOnlySpan<double> upstream, ReadOnlySpan<double> minus, ReadOnlySpan<double> y, ReadOnlySpan<double> plus, double below, double above)
    {
        double left = 0, right = 0, low = 0, high = 0, central = 0, rounding = 0, all = 0;
        for (int i = 0; i < y.Length; i++)
        {
            all += Math.Abs(upstream[i] * y[i]);
            if (plus[i].Equals(minus[i]) && y[i].Equals(minus[i])) continue; // what did not change has no slope, and was not rounded otherwise
            double l = upstream[i] * Difference(y[i], minus[i]) / below, r = upstream[i] * Difference(plus[i], y[i]) / above;
            left += l;
            right += r;
            low += Math.Min(l, r);
            high += Math.Max(l, r);
            central += upstream[i] * Difference(plus[i], minus[i]);
            rounding += Math.Abs(upstream[i]) * (Math.Abs(plus[i]) + Math.Abs(minus[i])) / 2;
        }
        double noise = Granted * rounding / (below + above) + Granted * (double.IsFinite(all) ? all : 0); // the difference's, and backward's own
        return new Slopes(central / (below + above), left, right, low, high, noise);
    }

    private static double Difference(double a, double b) => a.Equals(b) ? 0 : a - b; // two equal infinities differ by nothing
}
