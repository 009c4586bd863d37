namespace Backprop;

/// <summary>The rate falls by a factor every so many steps.</summary>
/// <remarks>η_t = η · γ^⌊t / stepSize⌋. Defaults are PyTorch's.</remarks>
public sealed class StepLr : Schedule
{
    private readonly double _learningRate, _gamma;
    private readonly long _stepSize;

    /// <summary>A staircase whose treads are <paramref name="stepSize"/> steps long.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step size is not positive.</exception>
    public StepLr(double learningRate, long stepSize, double gamma = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepSize);
        (_learningRate, _stepSize, _gamma) = (learningRate, stepSize, gamma);
    }

    /// <inheritdoc/>
    protected override double Rate(long step) => _learningRate * Math.Pow(_gamma, step / _stepSize);
}

/// <summary>The rate falls by a factor at each milestone.</summary>
/// <remarks>η_t = η · γ^(number of milestones ≤ t). Defaults are PyTorch's.</remarks>
public sealed class MultiStepLr : Schedule
{
    private readonly double _learningRate, _gamma;
    private readonly long[] _milestones;

    /// <summary>A staircase that goes down at the given steps.</summary>
    /// <exception cref="ArgumentException">The milestones do not increase.</exception>
    public MultiStepLr(double learningRate, IEnumerable<long> milestones, double gamma = 0.1)
    {
        _milestones = [.. milestones];
        for (int i = 1; i < _milestones.Length; i++)
        {
            if (_milestones[i] <= _milestones[i - 1])
            {
                throw new ArgumentException(
                    $"MultiStepLr: milestones must increase, but {_milestones[i]} follows {_milestones[i - 1]}.", nameof(milestones));
            }
        }
        (_learningRate, _gamma) = (learningRate, gamma);
    }

    /// <inheritdoc/>
    protected override double Rate(long step) => _learningRate * Math.Pow(_gamma, _milestones.Count(milestone => milestone <= step));
}

/// <summary>The rate falls by the same factor in every step.</summary>
/// <remarks>η_t = η · γᵗ. As in PyTorch, γ has no default.</remarks>
/// <param name="learningRate">The rate η of step 0.</param>
/// <param name="gamma">The factor γ from one step to the next.</param>
public sealed class ExponentialLr(double learningRate, double gamma) : Schedule
{
    /// <inheritdoc/>
    protected override double Rate(long step) => learningRate * Math.Pow(gamma, step);
}
