namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// The mean of <c>d²/2β</c> where <c>d = |input − target|</c> is less than β, and of <c>d − β/2</c> elsewhere: squared near the target, absolute far from it
    /// (PyTorch: <c>smooth_l1_loss</c>). β is 1.
    /// </summary>
    /// <remarks>Shapes: both alike → scalar. Gradient: (input − target) / β near, its sign elsewhere, divided by the number of elements. Source: R. Girshick, "Fast R-CNN" (2015).</remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor SmoothL1(Tensor input, Tensor target) => SmoothL1(input, target, beta: 1);

    /// <inheritdoc cref="SmoothL1(Tensor, Tensor)"/>
    /// <param name="input">The prediction.</param>
    /// <param name="target">What it should be.</param>
    /// <param name="beta">β ≥ 0, where the two parts meet; 0 makes it <see cref="L1(Tensor, Tensor)"/>.</param>
    /// <param name="reduction">Whether to return the mean, the sum or the loss of each element.</param>
    /// <exception cref="ArgumentOutOfRangeException">β is negative.</exception>
    public static Tensor SmoothL1(Tensor input, Tensor target, double beta, Reduction reduction = Reduction.Mean)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(beta);
        CheckEqualShapes(nameof(SmoothL1), input, target);
        return input.DType switch
        {
            DType.Float32 => new PointwiseLossOperation<float, SmoothAbsoluteError<float>>(new((float)beta), reduction).Apply(input, target),
            DType.Float64 => new PointwiseLossOperation<double, SmoothAbsoluteError<double>>(new(beta), reduction).Apply(input, target),
            _ => DTypes.ThrowUnsupported(nameof(SmoothL1), input.DType),
        };
    }
}
