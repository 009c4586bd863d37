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

    public Scores Read() => new(Loss, _metrics.ToDictionary(metric => metric.Name, metric => metric.Value), _examples);
}
