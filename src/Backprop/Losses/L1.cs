namespace Backprop;

public static partial class Losses
{
    /// <summary>Mean absolute error: the mean of <c>|input − target|</c> over all elements (PyTorch: <c>l1_loss</c>).</summary>
    /// <remarks>Shapes: both alike → scalar. Gradient: the sign of input − target, 0 where they are equal, divided by the number of elements.</remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor L1(Tensor input, Tensor target) => L1(input, target, Reduction.Mean);

    /// <inheritdoc cref="L1(Tensor, Tensor)"/>
    public static Tensor L1(Tensor input, Tensor target, Reduction reduction)
    {
        CheckEqualShapes(nameof(L1), input, target);
        return input.DType switch
        {
            DType.Float32 => new PointwiseLossOperation<float, AbsoluteError<float>>(default, reduction).Apply(input, target),
            DType.Float64 => new PointwiseLossOperation<double, AbsoluteError<double>>(default, reduction).Apply(input, target),
            _ => DTypes.ThrowUnsupported(nameof(L1), input.DType),
        };
    }
}
