using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)</c> along one axis: positive numbers that sum to 1.</summary>
/// <remarks>
/// Shapes: any; y has that of x. The maximum is subtracted first, so large inputs do no harm.
/// Backward: ∂L/∂x = y ⊙ (∂L/∂y − Σ ∂L/∂y ⊙ y). Saves y.
/// </remarks>
internal sealed class SoftmaxOperation<T>(int axis) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor _y = null!;
    private int _length, _inner;

    public override OperationFormula Formula => new("y = exp(x) / Σ exp(x)", "∂L/∂x = y ⊙ (∂L/∂y − Σ ∂L/∂y ⊙ y)");

    protected override Tensor Forward(Tensor x)
    {
        (_length, _inner) = AxisSplit.Of(x.Shape, axis, Name);
        _y = Tensor.Uninitialized<T>(x.Shape);
        SoftmaxKernel.Forward(x.AsSpan<T>(), _y.AsSpan<T>(), _length, _inner);
        return Save(_y);
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Uninitialized<T>(gradient.Shape);
        SoftmaxKernel.Backward(_y.AsSpan<T>(), gradient.AsSpan<T>(), dx.AsSpan<T>(), _length, _inner);
        return dx;
    }
}

/// <summary><c>yᵢ = xᵢ − log Σⱼ exp(xⱼ)</c> along one axis: the logarithm of the softmax, exact where the softmax itself underflows.</summary>
/// <remarks>
/// Shapes: any; y has that of x.
/// Backward: ∂L/∂x = ∂L/∂y − exp(y) · Σ ∂L/∂y. Saves y.
/// </remarks>
internal sealed class LogSoftmaxOperation<T>(int axis) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor _y = null!;
    private int _length, _inner;

    public override OperationFormula Formula => new("y = x − ln Σ exp(x)", "∂L/∂x = ∂L/∂y − exp(y) · Σ ∂L/∂y");

    protected override Tensor Forward(Tensor x)
    {
        (_length, _inner) = AxisSplit.Of(x.Shape, axis, Name);
        _y = Tensor.Uninitialized<T>(x.Shape);
        SoftmaxKernel.LogForward(x.AsSpan<T>(), _y.AsSpan<T>(), _length, _inner);
        return Save(_y);
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Uninitialized<T>(gradient.Shape);
        SoftmaxKernel.LogBackward(_y.AsSpan<T>(), gradient.AsSpan<T>(), dx.AsSpan<T>(), _length, _inner);
        return dx;
    }
}

/// <summary>A shape seen from one of its axes, as [outer, length, inner].</summary>
internal static class AxisSplit
{
    /// <summary>The length of the axis, and how many elements one step along it passes.</summary>
    public static (int Length, int Inner) Of(Shape shape, int axis, string operation)
    {
        if (shape.Rank == 0 && axis is 0 or -1) return (1, 1); // a number is its own only neighbour
        axis = shape.Axis(axis, operation);
        int inner = 1;
        for (int i = axis + 1; i < shape.Rank; i++) inner *= shape[i];
        return (shape[axis], inner);
    }
}

/// <summary>Softmax and its logarithm as members of <see cref="Tensor"/>.</summary>
public static class SoftmaxExtensions
{
    extension(Tensor x)
    {
        /// <summary>
        /// <c>exp(xᵢ) / Σⱼ exp(xⱼ)</c> along an axis (−1 is the last): positive numbers that sum to 1. Not before <c>Losses.CrossEntropy</c>, which takes logits.
        /// </summary>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Softmax(int axis = -1) => x.DType switch
        {
            DType.Float32 => new SoftmaxOperation<float>(axis).Apply(x),
            DType.Float64 => new SoftmaxOperation<double>(axis).Apply(x),
            _ => DTypes.ThrowUnsupported("Softmax", x.DType),
        };

        /// <summary><c>xᵢ − log Σⱼ exp(xⱼ)</c> along an axis (−1 is the last): the logarithm of <see cref="Softmax"/>, computed without losing small probabilities.</summary>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor LogSoftmax(int axis = -1) => x.DType switch
        {
            DType.Float32 => new LogSoftmaxOperation<float>(axis).Apply(x),
            DType.Float64 => new LogSoftmaxOperation<double>(axis).Apply(x),
            _ => DTypes.ThrowUnsupported("LogSoftmax", x.DType),
        };
    }
}
