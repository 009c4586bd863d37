namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// Binary cross-entropy of <c>σ(input)</c>: the mean of <c>max(x, 0) − x·t + log(1 + e^−|x|)</c>, which overflows for no x (PyTorch:
    /// <c>binary_cross_entropy_with_logits</c>).
    /// </summary>
    /// <remarks>Shapes: both alike → scalar. The target lies in [0, 1]. Gradient: ∂L/∂x = (σ(x) − t) / n.</remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor BceWithLogits(Tensor input, Tensor target) => BceWithLogits(input, target, Reduction.Mean);

    /// <inheritdoc cref="BceWithLogits(Tensor, Tensor)"/>
    public static Tensor BceWithLogits(Tensor input, Tensor target, Reduction reduction)
    {
        CheckEqualShapes(nameof(BceWithLogits), input, target);
        return input.DType switch
        {
            DType.Float32 => new PointwiseLossOperation<float, BinaryCrossEntropyOfLogits<float>>(default, reduction).Apply(input, target),
            DType.Float64 => new PointwiseLossOperation<double, BinaryCrossEntropyOfLogits<double>>(default, reduction).Apply(input, target),
            _ => DTypes.ThrowUnsupported(nameof(BceWithLogits), input.DType),
        };
    }
}
