namespace Backprop;

/// <summary>The rate falls along half a cosine and stays at its minimum.</summary>
/// <remarks>
/// η_t = minimum + ½(η − minimum)(1 + cos(πt / T)) for t ≤ T, then minimum. PyTorch's <c>CosineAnnealingLR</c> agrees up to T and rises again after it.
/// Source: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), equation 5.
/// </remarks>
public sealed class CosineAnnealing : Schedule
{
    private readonly double _learningRate, _minimum;
    private readonly long _steps;

    /// <summary>A fall from the full rate in step 0 to <paramref name="minimum"/> from step <paramref name="steps"/> on.</summary>
    /// <param name="learningRate">The rate η of step 0.</param>
    /// <param name="steps">How long the fall takes, T (PyTorch: <c>T_max</c>).</param>
    /// <param name="minimum">Where it ends (PyTorch: <c>eta_min</c>).</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is not positive.</exception>
    public CosineAnnealing(double learningRate, long steps, double minimum = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        (_learningRate, _steps, _minimum) = (learningRate, steps, minimum);
    }

    /// <inheritdoc/>
    protected override double Rate(long step) => Annealing.Cosine(_learningRate, _minimum, (double)Math.Min(step, _steps) / _steps);
}

/// <summary>Ways from one value to another, by the fraction of the way gone in [0, 1].</summary>
internal static class Annealing
{
    public static double Cosine(double start, double end, double fraction) => end + (start - end) / 2 * (1 + Math.Cos(Math.PI * fraction));

    public static double Linear(double start, double end, double fraction) => start + (end - start) * fraction;
}
