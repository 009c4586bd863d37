namespace Backprop;

/// <summary>A training at rest: a safetensors file of everything that the steps to come depend on, under the names that <c>docs/files.md</c> lists.</summary>
/// <remarks>Weights are under <c>model.</c>, with PyTorch's names behind it; a checksum over all of it tells a file that is whole.</remarks>
public sealed class Checkpoint
{
    private const string Version = "1", VersionKey = "checkpoint.version", ChecksumKey = "checkpoint.sha256", FinishedKey = "checkpoint.finished", StoppedKey = "checkpoint.stopped_because";
    private const string SettingPrefix = "checkpoint.setting.", OwnPrefix = "checkpoint.";

    private Checkpoint(string path, SafeTensorsFile file, IReadOnlyDictionary<string, Tensor> tensors) =>
        (Path, AllMetadata, Tensors, Step, Epoch) = (path, file.Metadata, tensors, tensors.Integer("training.step"), (int)tensors.Integer("training.epoch"));

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How many steps of the optimizer were done, over all epochs.</summary>
    public long Step { get; }

    /// <summary>The epoch that comes next or was under way, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Whether the training had come to its end.</summary>
    public bool IsFinished => AllMetadata.ContainsKey(FinishedKey);

    /// <summary>What <see cref="Checkpoints.Metadata"/> was given.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        AllMetadata.Where(text => !text.Key.StartsWith(OwnPrefix, StringComparison.Ordinal)).ToDictionary(text => text.Key, text => text.Value);

    /// <summary>The model's parameters and buffers at that step, for <see cref="Module.LoadState"/>: <c>model.LoadState(Checkpoint.Load("best.safetensors").Weights)</c>.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => Tensors.Under("model.");

    private IReadOnlyDictionary<string, string> AllMetadata { get; }

    private IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>Reads a file, and holds that it is whole.</summary>
    /// <exception cref="DataFormatException">It is no checkpoint, or was changed since it was written.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static Checkpoint Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return Load(stream, path);
    }

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="stream">A stream that can seek, read from its position to its end.</param>
    /// <param name="name">What errors call it.</param>
    public static Checkpoint Load(Stream stream, string name)
    {
        SafeTensorsFile file = SafeTensors.Load(stream, name);
        if (file.Metadata.GetValueOrDefault(VersionKey) is not { } version) throw new DataFormatException(name, sizeof(ulong), $"the metadata has no {VersionKey}: this is no checkpoint.");
        if (version != Version) throw new DataFormatException(name, sizeof(ulong), $"a checkpoint of version {version}; this program knows version {Version}. Go on with the program that wrote it.");
        string stated = file.Metadata.GetValueOrDefault(ChecksumKey, "none"), actual = StateHash.Of(file.Tensors, Checked(file.Metadata));
        if (stated != actual) throw new DataFormatException(name, sizeof(ulong), $"the checksum of the contents is {actual}, where {ChecksumKey} says {stated}: the file was changed since it was written.");
        try
        {
            return new Checkpoint(name, file, file.Tensors);
        }
        catch (ArgumentException error)
        {
            throw new DataFormatException(name, sizeof(ulong), $"{error.Message}: this is no sound checkpoint.", error);
        }
    }

    internal static void Save(string path, TrainingLoop training, IReadOnlyDictionary<string, string>? metadata)
    {
        KeyValuePair<string, Tensor>[] state = [.. training.State];
        var all = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>()) { [VersionKey] = Version };
        foreach ((string name, string value) in training.Settings) all[SettingPrefix + name] = value;
        if (training.Finished is { } finished) all[FinishedKey] = finished;
        if (training.StoppedBecause is { } reason) all[StoppedKey] = reason;
        all[ChecksumKey] = StateHash.Of(state, Checked(all));
        SafeTensors.Save(path, state, all);
    }

    /// <summary>Takes a training to where this one was.</summary>
    /// <exception cref="ArgumentException">It is another training's.</exception>
    internal void Restore(TrainingLoop training)
    {
        foreach ((string name, string value) in training.Settings)
        {
            if (AllMetadata.GetValueOrDefault(SettingPrefix + name) is { } kept && kept != value)
            {
                throw new ArgumentException($"{Path}: this is a checkpoint of a training with {Words(name)} {kept}; this one has {value}. Go on with what it was begun with, or begin anew in another folder.");
            }
        }
        try
        {
            training.LoadState(Tensors);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"{Path}: {error.Message}", error);
        }
        training.StoppedBecause = AllMetadata.GetValueOrDefault(StoppedKey);
    }

    private static string Words(string setting) => setting.Replace('_', ' ');

    private static IEnumerable<KeyValuePair<string, string>> Checked(IReadOnlyDictionary<string, string> metadata) => metadata.Where(text => text.Key != ChecksumKey);
}
