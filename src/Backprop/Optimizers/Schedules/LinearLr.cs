namespace Backprop;

/// <summary>The factor of the rate goes along a line, then stays.</summary>
/// <remarks>η_t = η · (start + (end − start) · min(t, T) / T). Defaults are PyTorch's: from 1/3 to 1 in 5 steps.</remarks>
public sealed class LinearLr : Schedule
{
    private readonly double _learningRate, _startFactor, _endFactor;
    private readonly long _steps;

    /// <summary>A line from <paramref name="startFactor"/> in step 0 to <paramref name="endFactor"/> in step <paramref name="steps"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is not positive.</exception>
    public LinearLr(double learningRate, double startFactor = 1.0 / 3, double endFactor = 1, long steps = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        (_learningRate, _startFactor, _endFactor, _steps) = (learningRate, startFactor, endFactor, steps);
    }

    /// <inheritdoc/>
    protected override double Rate(long step) =>
        _learningRate * (_startFactor + (_endFactor - _startFactor) * Math.Min(step, _steps) / _steps);
}

/// <summary>The rate falls to 0 along a power of the time that is left.</summary>
/// <remarks>η_t = η · (1 − min(t, T) / T)^power. Defaults are PyTorch's: a straight line over 5 steps.</remarks>
public sealed class PolynomialLr : Schedule
{
    private readonly double _learningRate, _power;
    private readonly long _steps;

    /// <summary>A fall from the full rate in step 0 to none from step <paramref name="steps"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is not positive.</exception>
    public PolynomialLr(double learningRate, long steps = 5, double power = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        (_learningRate, _steps, _power) = (learningRate, steps, power);
    }

    /// <inheritdoc/>
    protected override double Rate(long step) => _learningRate * Math.Pow(1 - (double)Math.Min(step, _steps) / _steps, _power);
}

/// <summary>Starts gently: the rate rises along a line to that of another schedule, which then begins with its own step 0.</summary>
/// <remarks>
/// η_t = η′₀ · (t + 1) / steps for t &lt; steps, then η′_(t − steps), where η′ is the other schedule.
/// Source: P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour" (2017), 2.2.
/// </remarks>
public sealed class LinearWarmUp : Schedule
{
    private readonly long _steps;
    private readonly Schedule _then;

    /// <summary>A rise over <paramref name="steps"/> steps, the last of which has the first rate of <paramref name="then"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is not positive.</exception>
    public LinearWarmUp(long steps, Schedule then)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentNullException.ThrowIfNull(then);
        (_steps, _then) = (steps, then);
    }

    /// <inheritdoc/>
    protected override double Rate(long step) => step < _steps ? _then.At(0) * (step + 1) / _steps : _then.At(step - _steps);
}
