namespace Backprop;

/// <summary>Lets a <see cref="ReduceOnPlateau"/> set the learning rate after each epoch.</summary>
/// <param name="plateau">The rule; its mode must suit the monitor.</param>
/// <param name="monitor">What it listens to; by default the validation loss.</param>
public sealed class PlateauCallback(ReduceOnPlateau plateau, EpochScore? monitor = null) : ICallback
{
    private readonly ReduceOnPlateau _plateau = plateau ?? throw new ArgumentNullException(nameof(plateau));
    private readonly EpochScore _monitor = monitor ?? EpochScore.Loss;

    /// <inheritdoc/>
    public void TrainingStarts(TrainingRun run) => run.Optimizer.LearningRate = _plateau.LearningRate;

    /// <inheritdoc/>
    public void EpochEnds(TrainingRun run, EpochRecord epoch) => run.Optimizer.LearningRate = _plateau.Step(_monitor.Read(epoch));
}
