namespace Backprop;

/// <summary>Saves the model after each epoch that was the best so far, to one file.</summary>
/// <remarks>The file is complete at every moment: the new one takes the place of the old once it is written.</remarks>
/// <param name="path">The safetensors file.</param>
/// <param name="monitor">What is watched; by default the validation loss.</param>
public sealed class SaveBest(string path, EpochScore? monitor = null) : ICallback, IResumable
{
    private readonly string _path = path ?? throw new ArgumentNullException(nameof(path));
    private readonly EpochScore _monitor = monitor ?? EpochScore.Loss;
    private double _best = double.NaN;

    /// <inheritdoc/>
    public void TrainingStarts(TrainingRun run) => _best = double.NaN;

    /// <inheritdoc/>
    public void EpochEnds(TrainingRun run, EpochRecord epoch)
    {
        double value = _monitor.Read(epoch);
        if (!_monitor.IsBetter(value, _best)) return;
        _best = value;
        run.Model.Save(_path);
    }

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, Tensor>> State => [Kept.Number("best", _best)];

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state) => _best = state.Number("best");
}
