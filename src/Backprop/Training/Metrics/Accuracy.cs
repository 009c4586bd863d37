namespace Backprop;

/// <summary>The share of predictions whose greatest score belongs to the true class, in [0, 1].</summary>
/// <remarks>
/// Shapes: prediction [n, classes]; target class numbers [n], or probabilities [n, classes] whose greatest counts. Of equal scores the first counts; NaN is
/// never right.
/// </remarks>
public sealed class Accuracy : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => "accuracy";

    /// <inheritdoc/>
    public override bool HigherIsBetter => true;

    /// <inheritdoc/>
    protected override (double Sum, int Count) Sum(Tensor prediction, Tensor target) => ClassScores.Of(prediction, target, nameof(Accuracy)).CountInTop(1);
}

/// <summary>The share of predictions in which the true class is among the <paramref name="k"/> greatest scores, in [0, 1].</summary>
/// <remarks>Shapes and ties as for <see cref="Accuracy"/>, which is k = 1.</remarks>
/// <param name="k">How many of the greatest scores count.</param>
/// <exception cref="ArgumentOutOfRangeException">k is not positive.</exception>
public sealed class TopK(int k) : MeanMetric
{
    private readonly int _k = k > 0 ? k : throw new ArgumentOutOfRangeException(nameof(k), k, "TopK: at least the one greatest score counts.");

    /// <inheritdoc/>
    public override string Name => $"top-{_k}";

    /// <inheritdoc/>
    public override bool HigherIsBetter => true;

    /// <inheritdoc/>
    protected override (double Sum, int Count) Sum(Tensor prediction, Tensor target) => ClassScores.Of(prediction, target, nameof(TopK)).CountInTop(_k);
}
