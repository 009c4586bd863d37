namespace Backprop;

/// <summary>The shape of a way from one rate to another.</summary>
public enum AnnealStrategy
{
    /// <summary>Half a cosine: flat at both ends.</summary>
    Cosine,

    /// <summary>A straight line.</summary>
    Linear,
}

/// <summary>One rise and one fall of the rate over the whole training, with momentum in the opposite sense; a step is a batch.</summary>
/// <remarks>
/// Rate: from max / divFactor up to max in step pctStart · T − 1, then down to max / divFactor / finalDivFactor in the last step, T − 1.
/// Momentum (β₁ of Adam and its kin): from maxMomentum down to baseMomentum and up again, in the same steps.
/// Defaults are PyTorch's, for <c>three_phase=False</c>. fast.ai rises for 0.25 of the steps.
/// Source: L. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning rates" (2018).
/// </remarks>
public sealed class OneCycle : Schedule
{
    private readonly double _maximum, _initial, _final, _baseMomentum, _maxMomentum, _peak;
    private readonly long _totalSteps;
    private readonly AnnealStrategy _annealStrategy;

    /// <summary>A cycle of <paramref name="totalSteps"/> steps: epochs times batches an epoch.</summary>
    /// <param name="maxLearningRate">The rate at the peak.</param>
    /// <param name="totalSteps">The number of steps of the whole training, T.</param>
    /// <param name="pctStart">The fraction of the steps that the rise takes, in [0, 1].</param>
    /// <param name="annealStrategy">The shape of rise and fall.</param>
    /// <param name="divFactor">The first rate is the largest divided by this.</param>
    /// <param name="finalDivFactor">The last rate is the first divided by this.</param>
    /// <param name="baseMomentum">Momentum at the peak of the rate.</param>
    /// <param name="maxMomentum">Momentum in the first and in the last step.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is not positive, or the fraction not in [0, 1].</exception>
    public OneCycle(double maxLearningRate, long totalSteps, double pctStart = 0.3, AnnealStrategy annealStrategy = AnnealStrategy.Cosine,
        double divFactor = 25, double finalDivFactor = 1e4, double baseMomentum = 0.85, double maxMomentum = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(totalSteps);
        ArgumentOutOfRangeException.ThrowIfLessThan(pctStart, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pctStart, 1);
        (_maximum, _initial, _final) = (maxLearningRate, maxLearningRate / divFactor, maxLearningRate / divFactor / finalDivFactor);
        (_baseMomentum, _maxMomentum) = (baseMomentum, maxMomentum);
        (_totalSteps, _annealStrategy) = (totalSteps, annealStrategy);
        _peak = pctStart * totalSteps - 1; // not always a whole step
    }

    /// <summary>The momentum in force in step <paramref name="step"/>, see <see cref="IHasMomentum"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative or beyond the end of the cycle.</exception>
    public double MomentumAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Cycle(step, _maxMomentum, _baseMomentum, _maxMomentum);
    }

    /// <inheritdoc/>
    protected override double Rate(long step) => Cycle(step, _initial, _maximum, _final);

    private double Cycle(long step, double first, double peak, double last)
    {
        if (step >= _totalSteps)
        {
            throw new ArgumentOutOfRangeException(nameof(step),
                $"OneCycle: the cycle has {_totalSteps} steps, the last is {_totalSteps - 1}, and step {step} lies beyond. " +
                "Give totalSteps = epochs · batches per epoch.");
        }
        return step < _peak
            ? Anneal(first, peak, step / _peak)
            : Anneal(peak, last, step == _totalSteps - 1 ? 1 : (step - _peak) / (_totalSteps - 1 - _peak));
    }

    private double Anneal(double start, double end, double fraction) => _annealStrategy == AnnealStrategy.Cosine
        ? Annealing.Cosine(start, end, fraction)
        : Annealing.Linear(start, end, fraction);
}
