namespace Backprop;

/// <summary>What one epoch brought.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Train">
/// Loss and metrics over the training set, each batch judged just before the weights learnt from it, so with the weights of many different steps, and in
/// training mode (Keras reports the same).
/// </param>
/// <param name="Validation">Loss and metrics over the validation set with the weights at the end of the epoch, if there is such a set.</param>
/// <param name="LearningRate">The learning rate of the last step.</param>
/// <param name="Seconds">How long training took, validation left out.</param>
/// <param name="ValidationSeconds">How long validation took.</param>
public sealed record EpochRecord(int Epoch, Scores Train, Scores? Validation, double LearningRate, double Seconds, double ValidationSeconds);

/// <summary>What a training brought, epoch by epoch.</summary>
public sealed class History
{
    private readonly List<EpochRecord> _epochs = [];

    internal History() { }

    /// <summary>The epochs in order.</summary>
    public IReadOnlyList<EpochRecord> Epochs => _epochs;

    /// <summary>The last epoch.</summary>
    /// <exception cref="InvalidOperationException">No epoch has ended.</exception>
    public EpochRecord Last => _epochs is [.., var last] ? last : throw new InvalidOperationException("No epoch has ended yet.");

    /// <summary>Why training ended before its last epoch; null if it did not.</summary>
    public string? StoppedBecause { get; internal set; }

    /// <summary>How long training took, validation left out.</summary>
    public double Seconds => _epochs.Sum(epoch => epoch.Seconds);

    /// <summary>Training examples a second.</summary>
    public double ExamplesPerSecond => _epochs.Sum(epoch => (double)epoch.Train.Examples) / Seconds;

    internal void Add(EpochRecord epoch) => _epochs.Add(epoch);
}
