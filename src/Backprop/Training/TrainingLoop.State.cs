using System.Diagnostics;
using System.Globalization;

namespace Backprop;

/// <summary>What a checkpoint keeps of a training: everything that the steps to come depend on, as tensors by name.</summary>
internal sealed partial class TrainingLoop
{
    private const int FingerprintExamples = 32;

    private IReadOnlyList<KeyValuePair<string, string>>? _settings;

    /// <summary>How far it has come: steps of the optimizer over all epochs.</summary>
    public long StepsDone => _run.Step;

    /// <summary>What must be as it was for a resumed training to be the same one.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings => _settings ??=
    [
        new("optimizer", _optimizer.GetType().Name),
        Setting("examples", _options.Train.Count), Setting("batch_size", _options.BatchSize), Setting("accumulation_steps", _options.AccumulationSteps),
        new("data", Fingerprint(_options.Train)), new("shuffle", _options.Shuffle ? "true" : "false"),
        new("metrics", string.Join(", ", _board.Metrics.Select(metric => metric.Name))),
        new("callbacks", string.Join(", ", Resumable.Select(callback => callback.GetType().Name))),
    ];

    /// <summary>Why training has ended, if it has: all epochs are done, or a callback stopped it.</summary>
    public string? Finished => _run.History.StoppedBecause is { } reason ? reason : _epoch > _options.Epochs ? "all epochs are done" : null;

    public string? StoppedBecause
    {
        get => _run.History.StoppedBecause;
        set => _run.History.StoppedBecause = value;
    }

    private IEnumerable<IResumable> Resumable => _options.Callbacks.OfType<IResumable>();

    public IEnumerable<KeyValuePair<string, Tensor>> State =>
    [
        Kept.Integer("training.epoch", _epoch), Kept.Integer("training.steps_of_epoch", _stepsDone), Kept.Integer("training.step", _run.Step),
        Kept.Integer("training.steps_left_out", _run.StepsLeftOut), Kept.Number("training.learning_rate", _optimizer.LearningRate),
        Kept.Number("training.seconds", _stepsDone == 0 ? 0 : _seconds + Stopwatch.GetElapsedTime(_epochStart).TotalSeconds),
        Kept.Integer("shuffle.seed", (long)_loader.Seed),
        .. _model.RandomSources.Select((source, i) => Kept.Integers($"random.{i}", [.. source.State.Select(word => (long)word)])),
        .. Kept.Under("epoch.", _board.State),
        .. Resumable.SelectMany((callback, i) => Kept.Under($"callback.{i}.", callback.State)),
        .. Kept.Under("history.", _run.History.State),
        .. Kept.Under("model.", _model.State),
        .. Kept.Under("optimizer.", _optimizer.State),
    ];

    /// <summary>Goes on from there.</summary>
    /// <exception cref="ArgumentException">It is the state of another model, optimizer, ….</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        _model.LoadState(state.Under("model."));
        _optimizer.LoadState(state.Under("optimizer."));
        _run.History.LoadState(state.Under("history."));
        _board.LoadState(state.Under("epoch."));
        foreach ((int i, IResumable callback) in Resumable.Index()) callback.LoadState(state.Under($"callback.{i}."));
        foreach ((int i, RandomSource source) in _model.RandomSources.Index()) source.State = [.. state.Elements<long>($"random.{i}", [4]).ToArray().Select(word => (ulong)word)];
        _loader.Seed = (ulong)state.Integer("shuffle.seed");
        _optimizer.LearningRate = state.Number("training.learning_rate");
        _seconds = state.Number("training.seconds");
        (_run.Step, _run.StepsLeftOut) = (NotNegative("training.step", long.MaxValue), NotNegative("training.steps_left_out", long.MaxValue));
        (_epoch, _stepsDone) = ((int)NotNegative("training.epoch", int.MaxValue), (int)NotNegative("training.steps_of_epoch", _steps));

        long NotNegative(string name, long most) => state.Integer(name) is var value && value >= 0 && value <= most
            ? value
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"'{name}' is {value}, where 0 to {most} is needed"));
    }

    /// <summary>Tells one data set from another by some of its examples.</summary>
    private static string Fingerprint(Dataset data)
    {
        int count = Math.Min(data.Count, FingerprintExamples);
        (Tensor inputs, Tensor targets) = data.Read([.. Enumerable.Range(0, count).Select(i => (int)((long)i * data.Count / count))]);
        return StateHash.Of([new("inputs", inputs), new("targets", targets)])[..16];
    }

    private static KeyValuePair<string, string> Setting(string name, int value) => new(name, value.ToString(CultureInfo.InvariantCulture));
}
