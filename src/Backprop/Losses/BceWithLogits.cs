namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// Binary cross-entropy of <c>σ(input)</c>: the mean of <c>max(x, 0) − x·t + log(1 + e^−|x|)</c>, which overflows for no x (PyTorch:
    /// <c>binary_cross_entropy_with_logits</c>).
    /// </summary>
    /// <remarks>Shapes: both alike → scalar. The target lies in [0, 1]. Gradient: ∂L/∂x = (σ(x) − t) / n.</remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor BceWithLogits(Tensor input, Tensor target) => BceWithLogits(input, target, weight: null);

    /// <inheritdoc cref="BceWithLogits(Tensor, Tensor)"/>
    /// <param name="input">Logits.</param>
    /// <param name="target">What their sigmoid should be, 0 or 1 or between.</param>
    /// <param name="weight">A factor for each element's loss, broadcast; the mean still divides by the number of elements.</param>
    /// <param name="positiveWeight">p, a factor for the part of the loss that t stands before, broadcast: above 1 it finds more positives (PyTorch: <c>pos_weight</c>).</param>
    /// <param name="reduction">Whether to return the mean, the sum or the loss of each element.</param>
    public static Tensor BceWithLogits(Tensor input, Tensor target, Tensor? weight = null, Tensor? positiveWeight = null, Reduction reduction = Reduction.Mean)
    {
        CheckEqualShapes(nameof(BceWithLogits), input, target);
        if (positiveWeight is not null)
        {
            // The loss is linear in t: (1 − t) of that against 0, and t of that against 1, which gets the weight.
            Tensor positive = BceWithLogits(input, Tensor.Ones(input.Shape, input.DType), reduction: Reduction.None) * target;
            Tensor losses = BceWithLogits(input, target, reduction: Reduction.None) + Weighted(nameof(BceWithLogits), positive, positiveWeight - 1, Reduction.None);
            return weight is null ? Reduce(losses, reduction) : Weighted(nameof(BceWithLogits), losses, weight, reduction);
        }
        if (weight is not null) return Weighted(nameof(BceWithLogits), BceWithLogits(input, target, reduction: Reduction.None), weight, reduction);
        return input.DType switch
        {
            DType.Float32 => new PointwiseLossOperation<float, BinaryCrossEntropyOfLogits<float>>(default, reduction).Apply(input, target),
            DType.Float64 => new PointwiseLossOperation<double, BinaryCrossEntropyOfLogits<double>>(default, reduction).Apply(input, target),
            _ => DTypes.ThrowUnsupported(nameof(BceWithLogits), input.DType),
        };
    }
}
