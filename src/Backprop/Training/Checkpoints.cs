using System.Globalization;

namespace Backprop;

/// <summary>A folder of checkpoints, and how often <see cref="Trainer.Fit"/> writes one.</summary>
/// <remarks>
/// <code>
/// trainer.Fit(train, epochs: 20, batchSize: 100, validation: test, checkpoints: new Checkpoints("runs/digits/checkpoints") { Resume = true });
/// </code>
/// A training that was killed at any moment and begun again like this ends with the same weights as one that was not, bit by bit, and loses no more than the steps since
/// the last checkpoint. Each file is written under another name, flushed to the disk and renamed, so that what stands there is whole; the newest ones are kept, and
/// <c>best.safetensors</c>, of the best epoch. Where training is cancelled it leaves a checkpoint of its last step, too.
/// </remarks>
public sealed class Checkpoints
{
    private const string Prefix = "step-", Extension = ".safetensors";

    /// <summary>Checkpoints in this folder, which is made where there is none.</summary>
    public Checkpoints(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = folder;
    }

    /// <summary>Where they are.</summary>
    public string Folder { get; }

    /// <summary>
    /// Whether to go on from the newest checkpoint that is whole, if there is one. Otherwise those of a training that is finished are deleted, and those of one that is not are an error.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>The time after which the next one is written, at the end of a step.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The number of steps after which the next one is written, whatever the time.</summary>
    public int? Steps
    {
        get;
        init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Checkpoints.Steps: at least one step lies between two checkpoints.");
    }

    /// <summary>How many of the newest are kept; at least 1.</summary>
    public int Keep
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Checkpoints.Keep: at least the newest checkpoint is kept.");
    } = 3;

    /// <summary>What tells which epoch is the best; by default the validation loss.</summary>
    public EpochScore Monitor { get; init; } = EpochScore.Loss;

    /// <summary>Free text to keep with each, by key.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>
    /// Hears of what goes wrong without being the end of the training: a checkpoint that can't be written (<see cref="IOException"/>: the disk is full), after which training goes on and
    /// tries again later; one that is not whole (<see cref="DataFormatException"/>), which is passed over. Without a listener the former ends the training.
    /// </summary>
    public Action<IOException>? Trouble { get; init; }

    /// <summary>The file of the best epoch so far.</summary>
    public string BestPath => System.IO.Path.Combine(Folder, "best" + Extension);

    /// <summary>The newest checkpoint that is whole; null if there is none.</summary>
    public Checkpoint? Newest()
    {
        foreach (string path in NewestFirst())
        {
            try
            {
                return Checkpoint.Load(path);
            }
            catch (DataFormatException damaged)
            {
                Trouble?.Invoke(damaged);
            }
        }
        return null;
    }

    internal string PathOf(long step) => System.IO.Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D12}{Extension}"));

    /// <summary>The paths of all but the best one, by the number of their step.</summary>
    internal IReadOnlyList<string> NewestFirst() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, $"{Prefix}*{Extension}").OrderByDescending(path => path, StringComparer.Ordinal)]
        : [];
}
