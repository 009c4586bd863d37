namespace Backprop;

/// <summary>How well a model does on a data set.</summary>
/// <param name="Loss">The mean loss over the examples.</param>
/// <param name="Metrics">The other metrics by name.</param>
/// <param name="Examples">How many examples that is about.</param>
public sealed record Scores(double Loss, IReadOnlyDictionary<string, double> Metrics, int Examples)
{
    /// <summary>A metric by name, or <c>loss</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such metric.</exception>
    public double this[string metric] =>
        metric == "loss" ? Loss
        : Metrics.TryGetValue(metric, out double value) ? value
        : throw new KeyNotFoundException($"There is no metric '{metric}' here, only loss{string.Concat(Metrics.Keys.Select(name => ", " + name))}.");
}
