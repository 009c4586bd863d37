namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// The mean of <c>d²/2</c> where <c>d = |input − target|</c> is at most δ, and of <c>δ(d − δ/2)</c> elsewhere: δ times <see cref="SmoothL1(Tensor, Tensor)"/> with
    /// β = δ (PyTorch: <c>huber_loss</c>). δ is 1.
    /// </summary>
    /// <remarks>Shapes: both alike → scalar. Gradient: input − target, limited to [−δ, δ], divided by the number of elements. Source: P. Huber, "Robust Estimation of a Location Parameter" (1964).</remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Huber(Tensor input, Tensor target) => Huber(input, target, delta: 1);

    /// <inheritdoc cref="Huber(Tensor, Tensor)"/>
    /// <param name="input">The prediction.</param>
    /// <param name="target">What it should be.</param>
    /// <param name="delta">δ > 0, where the two parts meet.</param>
    /// <param name="reduction">Whether to return the mean, the sum or the loss of each element.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is not positive.</exception>
    public static Tensor Huber(Tensor input, Tensor target, double delta, Reduction reduction = Reduction.Mean)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(delta);
        CheckEqualShapes(nameof(Huber), input, target);
        return input.DType switch
        {
            DType.Float32 => new PointwiseLossOperation<float, HuberError<float>>(new((float)delta), reduction).Apply(input, target),
            DType.Float64 => new PointwiseLossOperation<double, HuberError<double>>(new(delta), reduction).Apply(input, target),
            _ => DTypes.ThrowUnsupported(nameof(Huber), input.DType),
        };
    }
}
