namespace Backprop;

/// <summary>Lets a <see cref="ReduceOnPlateau"/> set the learning rate after each epoch.</summary>
/// <param name="plateau">The rule; its mode must suit the monitor.</param>
/// <param name="monitor">What it listens to; by default the validation loss.</param>
public sealed class PlateauCallback(ReduceOnPlateau plateau, EpochScore? monitor = null) : ICallback, IResumable
{
    private readonly ReduceOnPlateau _plateau = plateau ?? throw new ArgumentNullException(nameof(plateau));
    private readonly EpochScore _monitor = monitor ?? EpochScore.Loss;

    /// <inheritdoc/>
    public void TrainingStarts(TrainingRun run) => run.Optimizer.LearningRate = _plateau.LearningRate;

    /// <inheritdoc/>
    public void EpochEnds(TrainingRun run, EpochRecord epoch) => run.Optimizer.LearningRate = _plateau.Step(_monitor.Read(epoch));

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
    [
        Kept.Number("learning_rate", _plateau.State.LearningRate), Kept.Number("best", _plateau.State.Best),
        Kept.Integer("bad_metrics", _plateau.State.BadMetrics), Kept.Integer("cooldown_left", _plateau.State.CooldownLeft),
    ];

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state) =>
        _plateau.State = new PlateauState(state.Number("learning_rate"), state.Number("best"), (int)state.Integer("bad_metrics"), (int)state.Integer("cooldown_left"));
}
