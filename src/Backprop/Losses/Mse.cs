namespace Backprop;

public static partial class Losses
{
    /// <summary>Mean squared error: the mean of <c>(input − target)²</c> over all elements (PyTorch: <c>mse_loss</c>; the book's ½Σ(y − t)² is half of the sum).</summary>
    /// <remarks>Shapes: both alike → scalar. Gradient: ∂L/∂input = 2 (input − target) / n for n elements; the target's is its negative.</remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Mse(Tensor input, Tensor target) => Mse(input, target, Reduction.Mean);

    /// <inheritdoc cref="Mse(Tensor, Tensor)"/>
    public static Tensor Mse(Tensor input, Tensor target, Reduction reduction)
    {
        CheckEqualShapes(nameof(Mse), input, target);
        return input.DType switch
        {
            DType.Float32 => new PointwiseLossOperation<float, SquaredError<float>>(default, reduction).Apply(input, target),
            DType.Float64 => new PointwiseLossOperation<double, SquaredError<double>>(default, reduction).Apply(input, target),
            _ => DTypes.ThrowUnsupported(nameof(Mse), input.DType),
        };
    }
}
