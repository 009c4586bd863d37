namespace Backprop;

/// <summary>How far a training has come; reported after each step.</summary>
/// <param name="Epoch">The current epoch, from 1.</param>
/// <param name="Epochs">How many there are to be.</param>
/// <param name="Step">How many steps of this epoch are done.</param>
/// <param name="Steps">How many steps an epoch has.</param>
/// <param name="Loss">The mean loss over this epoch so far.</param>
/// <param name="Metrics">The metrics over this epoch so far. They go on counting: read their values during the report.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
public readonly record struct TrainingProgress(int Epoch, int Epochs, int Step, int Steps, double Loss, IReadOnlyList<Metric> Metrics, double LearningRate);
