namespace Backprop;

/// <summary>Ends a training that has stopped getting better, and puts the best weights back.</summary>
/// <remarks>
/// Keras keeps the last weights unless asked, and PyTorch has no such class; here <see cref="RestoreBest"/> is on. Where the training runs to its last epoch,
/// the best weights are restored too. Source: L. Prechelt, "Early stopping – but when?" (1998).
/// </remarks>
public sealed class EarlyStopping : ICallback, IResumable
{
    private readonly EpochScore _monitor;
    private readonly int _patience;
    private readonly double _minDelta;
    private TrainingRun? _run;
    private TensorSnapshot? _bestWeights;
    private double _best = double.NaN;
    private int _waited;

    /// <summary>Stops after <paramref name="patience"/> epochs in a row that were no better than the best.</summary>
    /// <param name="patience">So many; at least 1.</param>
    /// <param name="minDelta">What an epoch must be ahead by to count as better.</param>
    /// <param name="monitor">What is watched; by default the validation loss.</param>
    /// <exception cref="ArgumentOutOfRangeException">Patience is not positive, or the margin negative.</exception>
    public EarlyStopping(int patience, double minDelta = 0, EpochScore? monitor = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patience);
        ArgumentOutOfRangeException.ThrowIfNegative(minDelta);
        (_patience, _minDelta, _monitor) = (patience, minDelta, monitor ?? EpochScore.Loss);
    }

    /// <summary>Whether the model ends with the weights of its best epoch, and not of the last.</summary>
    public bool RestoreBest { get; init; } = true;

    /// <summary>The best epoch so far, from 1; 0 before there is one.</summary>
    public int BestEpoch { get; private set; }

    /// <inheritdoc/>
    public void TrainingStarts(TrainingRun run) => (_run, _bestWeights, _best, _waited, BestEpoch) = (run, null, double.NaN, 0, 0);

    /// <inheritdoc/>
    public void EpochEnds(TrainingRun run, EpochRecord epoch)
    {
        double value = _monitor.Read(epoch);
        if (_monitor.IsBetter(value, _best, _minDelta))
        {
            (_best, _waited, BestEpoch) = (value, 0, epoch.Epoch);
            if (RestoreBest) (_bestWeights ??= new TensorSnapshot(run.Model.State)).Take();
        }
        else if (++_waited >= _patience)
        {
            run.Stop($"{_monitor.Name} has not improved for {_waited} {(_waited == 1 ? "epoch" : "epochs")}");
        }
    }

    /// <inheritdoc/>
    public void TrainingEnds(TrainingRun run)
    {
        _bestWeights?.Restore();
        (_run, _bestWeights) = (null, null);
    }

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        [Kept.Number("best", _best), Kept.Integer("waited", _waited), Kept.Integer("best_epoch", BestEpoch), .. Kept.Under("best_weights.", _bestWeights?.State ?? [])];

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        (_best, _waited, BestEpoch) = (state.Number("best"), (int)state.Integer("waited"), (int)state.Integer("best_epoch"));
        IReadOnlyDictionary<string, Tensor> weights = state.Under("best_weights.");
        if (weights.Count > 0) (_bestWeights = new TensorSnapshot(_run!.Model.State)).LoadState(weights);
    }
}
