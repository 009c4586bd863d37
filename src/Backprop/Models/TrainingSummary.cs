namespace Backprop;

/// <summary>How a model came to be, as its file keeps it. Nothing in it depends on the clock or the machine, so that the same training gives the same file.</summary>
/// <param name="Epochs">Passes over the training set.</param>
public sealed record TrainingSummary(int Epochs)
{
    /// <summary>How many examples were learnt from.</summary>
    public int? Examples { get; init; }

    /// <summary>Which ones, for people.</summary>
    public string? Data { get; init; }

    /// <summary>The optimizer's name.</summary>
    public string? Optimizer { get; init; }

    /// <summary>The learning rate that training began with.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Examples a step.</summary>
    public int? BatchSize { get; init; }

    /// <summary>What first weights and order were drawn from.</summary>
    public long? Seed { get; init; }

    /// <summary>Losses and metrics at the end, by name: <c>train_loss</c>, <c>test_accuracy</c>.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();
}
