namespace Backprop;

/// <summary>A number that tells how good predictions are, added up batch by batch; no tensor is kept.</summary>
/// <remarks>A metric holds a running sum: give each training one of its own. To write one, override the four members.</remarks>
public abstract class Metric : IResumable
{
    /// <summary>The word under which <see cref="History"/> keeps the value: <c>accuracy</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a greater value is better, as for an accuracy; otherwise a smaller one is, as for an error.</summary>
    public abstract bool HigherIsBetter { get; }

    /// <summary>The metric over all that was added since the last <see cref="Reset"/>; NaN if nothing was.</summary>
    public abstract double Value { get; }

    /// <summary>Adds a batch.</summary>
    /// <param name="prediction">What the model said, [n, ...].</param>
    /// <param name="target">What is true, [n, ...].</param>
    public abstract void Add(Tensor prediction, Tensor target);

    /// <summary>Forgets all that was added.</summary>
    public abstract void Reset();

    /// <summary>The running sums. Where a metric of your own has none, an epoch that is resumed in its middle is judged by the rest of it alone.</summary>
    public virtual IEnumerable<KeyValuePair<string, Tensor>> State => [];

    /// <inheritdoc/>
    public virtual void LoadState(IReadOnlyDictionary<string, Tensor> state) { }
}
