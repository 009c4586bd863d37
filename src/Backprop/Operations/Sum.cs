using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>The sum over some axes.</summary>
/// <remarks>Shapes: x any → y without those axes, or with length 1 there. Backward: every element gets the gradient of its sum. Nothing is saved.</remarks>
internal sealed class SumOperation<T>(ReducedAxes axes) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    public override OperationFormula Formula => new("y = Σ x", "∂y/∂x = 1");

    protected override Tensor Forward(Tensor x)
    {
        Tensor y = Tensor.Uninitialized<T>(axes.To);
        ReduceKernel.Run<SumRule, T>(x.AsSpan<T>(), axes.From.AsSpan(), axes.Reduced, y.AsSpan<T>());
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Uninitialized<T>(axes.From);
        BinaryKernel.Repeat<T>(gradient.AsSpan<T>(), dx.AsSpan<T>(), axes.Plan);
        return dx;
    }
}

/// <summary>The mean over some axes.</summary>
/// <remarks>
/// Shapes: x any → y without those axes, or with length 1 there; the mean of nothing is NaN. Backward: every element gets <c>1/n</c> of the gradient of its mean
/// over n elements. Nothing is saved.
/// </remarks>
internal sealed class MeanOperation<T>(ReducedAxes axes) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    public override OperationFormula Formula => new($"y = Σ x / {axes.Count}", $"∂y/∂x = 1 / {axes.Count}");

    protected override Tensor Forward(Tensor x)
    {
        Tensor y = Tensor.Uninitialized<T>(axes.To);
        ReduceKernel.Run<SumRule, T>(x.AsSpan<T>(), axes.From.AsSpan(), axes.Reduced, y.AsSpan<T>());
        UnaryKernel.Value(new DivideByNumberRule(axes.Count), y.AsSpan<T>(), y.AsSpan<T>());
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor share = Tensor.Uninitialized<T>(gradient.Shape), dx = Tensor.Uninitialized<T>(axes.From);
        UnaryKernel.Value(new DivideByNumberRule(axes.Count), gradient.AsSpan<T>(), share.AsSpan<T>());
        BinaryKernel.Repeat<T>(share.AsSpan<T>(), dx.AsSpan<T>(), axes.Plan);
        share.Discard();
        return dx;
    }
}

/// <summary>Sums and means.</summary>
public static class SumExtensions
{
    extension(Tensor x)
    {
        /// <summary>The sum of all elements, added in halves: float32 stays accurate however many there are.</summary>
        /// <param name="keepAxes">Whether the axes stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Sum(bool keepAxes = false) => Sum(x, new ReducedAxes(x.Shape, keepAxes));

        /// <summary>The sum along an axis; −1 is the last.</summary>
        public Tensor Sum(int axis, bool keepAxes = false) => x.Sum([axis], keepAxes);

        /// <summary>The sum over some axes, for example <c>x.Sum([0, 2])</c>.</summary>
        /// <param name="axes">The axes; negative ones count from the end. None: nothing is added.</param>
        /// <param name="keepAxes">Whether they stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="ShapeException">There is no such axis, or one is named twice.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Sum(ReadOnlySpan<int> axes, bool keepAxes = false) => Sum(x, new ReducedAxes(x.Shape, axes, keepAxes, "Sum"));

        /// <summary>The mean of all elements.</summary>
        /// <param name="keepAxes">Whether the axes stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Mean(bool keepAxes = false) => Mean(x, new ReducedAxes(x.Shape, keepAxes));

        /// <summary>The mean along an axis; −1 is the last.</summary>
        public Tensor Mean(int axis, bool keepAxes = false) => x.Mean([axis], keepAxes);

        /// <summary>The mean over some axes, for example <c>x.Mean([2, 3])</c>.</summary>
        /// <param name="axes">The axes; negative ones count from the end. None: every element is its own mean.</param>
        /// <param name="keepAxes">Whether they stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="ShapeException">There is no such axis, or one is named twice.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Mean(ReadOnlySpan<int> axes, bool keepAxes = false) => Mean(x, new ReducedAxes(x.Shape, axes, keepAxes, "Mean"));
    }

    private static Tensor Sum(Tensor x, ReducedAxes axes) => x.DType switch
    {
        DType.Float32 => new SumOperation<float>(axes).Apply(x),
        DType.Float64 => new SumOperation<double>(axes).Apply(x),
        _ => DTypes.ThrowUnsupported("Sum", x.DType),
    };

    private static Tensor Mean(Tensor x, ReducedAxes axes) => x.DType switch
    {
        DType.Float32 => new MeanOperation<float>(axes).Apply(x),
        DType.Float64 => new MeanOperation<double>(axes).Apply(x),
        _ => DTypes.ThrowUnsupported("Mean", x.DType),
    };
}
