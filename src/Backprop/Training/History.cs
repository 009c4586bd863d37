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
    private readonly List<TrainingWarning> _warnings = [];

    internal History() { }

    /// <summary>The epochs in order.</summary>
    public IReadOnlyList<EpochRecord> Epochs => _epochs;

    /// <summary>The last epoch.</summary>
    /// <exception cref="InvalidOperationException">No epoch has ended.</exception>
    public EpochRecord Last => _epochs is [.., var last] ? last : throw new InvalidOperationException("No epoch has ended yet.");

    /// <summary>What looked like a mistake on the first batch; most often nothing.</summary>
    public IReadOnlyList<TrainingWarning> Warnings => _warnings;

    /// <summary>Why training ended before its last epoch; null if it did not.</summary>
    public string? StoppedBecause { get; internal set; }

    /// <summary>How long training took, validation left out.</summary>
    public double Seconds => _epochs.Sum(epoch => epoch.Seconds);

    /// <summary>Training examples a second.</summary>
    public double ExamplesPerSecond => _epochs.Sum(epoch => (double)epoch.Train.Examples) / Seconds;

    /// <summary>Column by column, a number an epoch: <c>train.loss</c>, <c>validation.accuracy</c>, ….</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> State => _epochs.Count == 0
        ? []
        : [
            Column("learning_rate", epoch => epoch.LearningRate), Column("seconds", epoch => epoch.Seconds), Column("validation_seconds", epoch => epoch.ValidationSeconds),
            .. Columns("train", _epochs[0].Train, epoch => epoch.Train),
            .. _epochs[0].Validation is { } first ? Columns("validation", first, epoch => epoch.Validation!) : [],
        ];

    internal void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        _epochs.Clear();
        if (!state.TryGetValue("learning_rate", out Tensor? rates)) return;
        Shape shape = [rates.ElementCount];
        bool validated = state.ContainsKey("validation.loss");
        for (int i = 0; i < shape[0]; i++)
        {
            _epochs.Add(new EpochRecord(i + 1, ScoresOf("train", i), validated ? ScoresOf("validation", i) : null, At("learning_rate", i), At("seconds", i), At("validation_seconds", i)));
        }

        double At(string name, int epoch) => state.Elements<double>(name, shape)[epoch];

        Scores ScoresOf(string set, int epoch) =>
            new(At($"{set}.loss", epoch), state.Under($"{set}.").Keys.Where(name => name != "loss").ToDictionary(name => name, name => At($"{set}.{name}", epoch)), (int)At($"{set}_examples", epoch));
    }

    private IEnumerable<KeyValuePair<string, Tensor>> Columns(string set, Scores first, Func<EpochRecord, Scores> scores) =>
    [
        Column($"{set}_examples", epoch => scores(epoch).Examples), Column($"{set}.loss", epoch => scores(epoch).Loss),
        .. first.Metrics.Keys.Select(metric => Column($"{set}.{metric}", epoch => scores(epoch)[metric])),
    ];

    private KeyValuePair<string, Tensor> Column(string name, Func<EpochRecord, double> value) => new(name, Tensor.From<double>([.. _epochs.Select(value)]));

    internal void Add(EpochRecord epoch) => _epochs.Add(epoch);

    internal void Add(TrainingWarning warning) => _warnings.Add(warning);
}
