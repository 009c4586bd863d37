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

    /// <summary>The sum over one batch, and over how many elements it goes.</summary>
    protected abstract (double Sum, int Count) Sum(Tensor prediction, Tensor target);

    /// <summary>What the metric makes of the mean; the mean itself by default.</summary>
    protected virtual double Result(double mean) => mean;
}
