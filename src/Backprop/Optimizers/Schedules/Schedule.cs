namespace Backprop;

/// <summary>The learning rate as a function of the step: no state, so a resumed training goes on with the same rates.</summary>
/// <remarks>
/// Steps count from 0 and mean what the caller counts, batches or epochs: <c>optimizer.LearningRate = schedule.At(step)</c> before the step.
/// The classes are in order of difficulty. A schedule that listens to a metric is <see cref="ReduceOnPlateau"/>.
/// </remarks>
public abstract class Schedule
{
    /// <summary>The learning rate in force in step <paramref name="step"/> = 0, 1, ….</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative, or beyond the end of a schedule that has one.</exception>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Rate(step);
    }

    /// <summary>The rate in a step that is not negative.</summary>
    protected abstract double Rate(long step);
}

/// <summary>The same rate in every step.</summary>
/// <param name="learningRate">The rate η.</param>
public sealed class ConstantRate(double learningRate) : Schedule
{
    /// <inheritdoc/>
    protected override double Rate(long step) => learningRate;
}

/// <summary>A rule of your own: <c>new LambdaLr(0.1, step => 1 / Math.Sqrt(step + 1))</c>.</summary>
/// <remarks>η_t = η · factor(t).</remarks>
/// <param name="learningRate">The rate η that the factor multiplies.</param>
/// <param name="factor">The factor in step t.</param>
public sealed class LambdaLr(double learningRate, Func<long, double> factor) : Schedule
{
    private readonly Func<long, double> _factor = factor ?? throw new ArgumentNullException(nameof(factor));

    /// <inheritdoc/>
    protected override double Rate(long step) => learningRate * _factor(step);
}
