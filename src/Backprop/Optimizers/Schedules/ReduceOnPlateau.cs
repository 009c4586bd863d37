namespace Backprop;

/// <summary>Whether a smaller or a larger metric is better.</summary>
public enum PlateauMode
{
    /// <summary>Smaller is better: a loss.</summary>
    Min,

    /// <summary>Larger is better: an accuracy.</summary>
    Max,
}

/// <summary>How far a metric must get ahead of the best to count as better.</summary>
public enum ThresholdMode
{
    /// <summary>By a fraction of the best.</summary>
    Relative,

    /// <summary>By an amount.</summary>
    Absolute,
}

/// <summary>Settings of <see cref="ReduceOnPlateau"/>; the defaults are PyTorch's.</summary>
public sealed record PlateauOptions
{
    /// <summary>Whether a smaller or a larger metric is better.</summary>
    public PlateauMode Mode { get; init; } = PlateauMode.Min;

    /// <summary>The rate is multiplied by this, in (0, 1).</summary>
    public double Factor { get; init; } = 0.1;

    /// <summary>So many metrics in a row may be no better; the next one lowers the rate. (Keras lowers it one earlier.)</summary>
    public int Patience { get; init; } = 10;

    /// <summary>What a better metric must be ahead by, see <see cref="ThresholdMode"/>. (Keras: absolute.)</summary>
    public double Threshold { get; init; } = 1e-4;

    /// <summary>Whether the threshold is a fraction of the best or an amount.</summary>
    public ThresholdMode ThresholdMode { get; init; } = ThresholdMode.Relative;

    /// <summary>After a reduction, so many metrics pass without being counted as bad.</summary>
    public int Cooldown { get; init; }

    /// <summary>The rate never falls below this.</summary>
    public double Minimum { get; init; }

    /// <summary>A reduction by no more than this is not made.</summary>
    public double Epsilon { get; init; } = 1e-8;
}

/// <summary>Where a <see cref="ReduceOnPlateau"/> stands: what a checkpoint keeps.</summary>
/// <param name="LearningRate">The rate in force.</param>
/// <param name="Best">The best metric heard, an infinity before the first.</param>
/// <param name="BadMetrics">How many since then were no better.</param>
/// <param name="CooldownLeft">How many more metrics pass uncounted.</param>
public sealed record PlateauState(double LearningRate, double Best, int BadMetrics, int CooldownLeft);

/// <summary>Lowers the rate when a metric has stopped improving: <c>optimizer.LearningRate = plateau.Step(validationLoss)</c> after each epoch.</summary>
/// <remarks>
/// A metric is better if it is below best · (1 − threshold), or best − threshold; above best · (1 + threshold), or best + threshold, in mode
/// <see cref="PlateauMode.Max"/>. It becomes the best and the count of bad metrics starts again; any other, NaN too, adds one. Once the count exceeds
/// the patience, η ← max(η · factor, minimum).
/// </remarks>
public sealed class ReduceOnPlateau
{
    private readonly PlateauOptions _options;

    /// <summary>Starts with <paramref name="learningRate"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not in (0, 1), or patience or cooldown is negative.</exception>
    public ReduceOnPlateau(double learningRate, PlateauOptions? options = null)
    {
        _options = options ?? new PlateauOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.Factor, "Factor");
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_options.Factor, 1, "Factor");
        ArgumentOutOfRangeException.ThrowIfNegative(_options.Patience, "Patience");
        ArgumentOutOfRangeException.ThrowIfNegative(_options.Cooldown, "Cooldown");
        double worst = _options.Mode == PlateauMode.Min ? double.PositiveInfinity : double.NegativeInfinity;
        State = new PlateauState(learningRate, worst, BadMetrics: 0, CooldownLeft: 0);
    }

    /// <summary>Where it stands; assign what a checkpoint kept to go on from there.</summary>
    public PlateauState State { get; set; }

    /// <summary>The rate in force.</summary>
    public double LearningRate => State.LearningRate;

    /// <summary>Takes the next metric and returns the rate from here on.</summary>
    public double Step(double metric)
    {
        (double rate, double best, int bad, int cooldown) = State;
        if (IsBetter(metric, best))
            (best, bad) = (metric, 0);
        else
            bad++;
        if (cooldown > 0)
            (cooldown, bad) = (cooldown - 1, 0);
        if (bad > _options.Patience)
        {
            double reduced = Math.Max(rate * _options.Factor, _options.Minimum);
            if (rate - reduced > _options.Epsilon)
                rate = reduced;
            (cooldown, bad) = (_options.Cooldown, 0);
        }
        State = new PlateauState(rate, best, bad, cooldown);
        return rate;
    }

    private bool IsBetter(double metric, double best)
    {
        double sign = _options.Mode == PlateauMode.Min ? -1 : 1;
        double bound = _options.ThresholdMode == ThresholdMode.Relative
            ? best * (1 + sign * _options.Threshold)
            : best + sign * _options.Threshold;
        return _options.Mode == PlateauMode.Min ? metric < bound : metric > bound;
    }
}
