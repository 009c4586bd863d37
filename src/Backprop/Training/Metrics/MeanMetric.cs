namespace Backprop;

/// <summary>A metric that is the mean of something over elements: <c>Σ part / Σ count</c>.</summary>
public abstract class MeanMetric : Metric
{
    private double _sum;
    private long _count;

    /// <inheritdoc/>
    public sealed override double Value => Result(_sum / _count);

    /// <inheritdoc/>
    public sealed override void Add(Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        (double sum, int count) = Sum(prediction, target);
        _sum += sum;
        _count += count;
    }

    /// <inheritdoc/>
    public sealed override void Reset() => (_sum, _count) = (0, 0);

    /// <inheritdoc/>
    public sealed override IEnumerable<KeyValuePair<string, Tensor>> State => [Kept.Number("sum", _sum), Kept.Integer("count", _count)];

    /// <inheritdoc/>
    public sealed override void LoadState(IReadOnlyDictionary<string, Tensor> state) => (_sum, _count) = (state.Number("sum"), state.Integer("count"));

    /// <summary>The sum over one batch, and over how many elements it goes.</summary>
    protected abstract (double Sum, int Count) Sum(Tensor prediction, Tensor target);

    /// <summary>What the metric makes of the mean; the mean itself by default.</summary>
    protected virtual double Result(double mean) => mean;
}
