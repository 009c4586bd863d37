namespace Backprop;

/// <summary>Adds up loss and metrics over batches.</summary>
internal sealed class ScoreBoard
{
    private readonly Metric[] _metrics;
    private double _lossSum;
    private int _examples;

    public ScoreBoard(IReadOnlyList<Metric>? metrics)
    {
        _metrics = [.. metrics ?? []];
        if (_metrics.GroupBy(metric => metric.Name).FirstOrDefault(same => same.Count() > 1 || same.Key == "loss") is { } clash)
        {
            throw new ArgumentException($"Two metrics are called '{clash.Key}'. Give each a name of its own; 'loss' is always there.", nameof(metrics));
        }
        Reset();
    }

    public IReadOnlyList<Metric> Metrics => _metrics;

    /// <summary>How many examples were added.</summary>
    public int Examples => _examples;

    /// <summary>The mean loss so far.</summary>
    public double Loss => _lossSum / _examples;

    /// <summary>Adds a batch whose mean loss is <paramref name="loss"/>.</summary>
    public void Add(double loss, Tensor prediction, Tensor target)
    {
        int examples = target.Shape[0];
        _lossSum += loss * examples;
        _examples += examples;
        foreach (Metric metric in _metrics) metric.Add(prediction, target);
    }

    public void Reset()
    {
        (_lossSum, _examples) = (0, 0);
        foreach (Metric metric in _metrics) metric.Reset();
    }

    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        [Kept.Number("loss_sum", _lossSum), Kept.Integer("examples", _examples), .. _metrics.SelectMany(metric => Kept.Under($"{metric.Name}.", metric.State))];

    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        (_lossSum, _examples) = (state.Number("loss_sum"), (int)state.Integer("examples"));
        foreach (Metric metric in _metrics) metric.LoadState(state.Under($"{metric.Name}."));
    }

    public Scores Read() => new(Loss, _metrics.ToDictionary(metric => metric.Name, metric => metric.Value), _examples);
}
