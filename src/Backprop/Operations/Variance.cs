using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>The variance over some axes, <c>Σ (x − μ)² / (n − correction)</c>.</summary>
/// <remarks>
/// Shapes: x any → y without those axes, or with length 1 there; NaN where n ≤ correction. Computed in two passes, mean first, so numbers far from 0 keep their digits.
/// Backward: <c>∂L/∂x = ∂L/∂y · 2(x − μ) / (n − correction)</c>; what goes through μ adds up to 0. Saves x − μ.
/// </remarks>
internal sealed class VarianceOperation<T>(ReducedAxes axes, int correction) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor _centered = null!;

    public override OperationFormula Formula => new($"y = Σ (x − μ)² / {OperationFormula.Text(Freedom)}", $"∂y/∂x = 2 · (x − μ) / {OperationFormula.Text(Freedom)}");

    private double Freedom => axes.Count - correction; // degrees of

    protected override Tensor Forward(Tensor x)
    {
        _centered = Save(Tensor.Uninitialized<T>(x.Shape));
        Tensor y = Tensor.Uninitialized<T>(axes.To), squares = Tensor.Uninitialized<T>(x.Shape);
        Span<T> centered = _centered.AsSpan<T>(), result = y.AsSpan<T>();
        ReduceKernel.Run<SumRule, T>(x.AsSpan<T>(), axes.From.AsSpan(), axes.Reduced, result);
        UnaryKernel.Value(new DivideByNumberRule(axes.Count), result, result);
        BinaryKernel.Value<SubtractRule, T>(x.AsSpan<T>(), result, centered, axes.Plan);
        UnaryKernel.Value(new PowNumberRule(2), centered, squares.AsSpan<T>());
        ReduceKernel.Run<SumRule, T>(squares.AsSpan<T>(), axes.From.AsSpan(), axes.Reduced, result);
        UnaryKernel.Value(new DivideByNumberRule(Math.Max(0, Freedom)), result, result);
        squares.Discard();
        _centered.Discard(); // when backward has read it
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor share = Tensor.Uninitialized<T>(gradient.Shape), dx = Tensor.Uninitialized<T>(axes.From);
        UnaryKernel.Value(new MultiplyByNumberRule(2 / Freedom), gradient.AsSpan<T>(), share.AsSpan<T>());
        BinaryKernel.Value<MultiplyRule, T>(_centered.AsSpan<T>(), share.AsSpan<T>(), dx.AsSpan<T>(), axes.Plan);
        share.Discard();
        return dx;
    }
}

/// <summary>Variances.</summary>
public static class VarianceExtensions
{
    extension(Tensor x)
    {
        /// <summary>The variance of all elements, <c>Σ (x − μ)² / (n − correction)</c>.</summary>
        /// <param name="keepAxes">Whether the axes stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <param name="correction">1 for an estimate from a sample (the default, as in PyTorch); 0 for the variance of just these numbers, as normalization has it.</param>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Variance(bool keepAxes = false, int correction = 1) => Variance(x, new ReducedAxes(x.Shape, keepAxes), correction);

        /// <summary>The variance along an axis; −1 is the last.</summary>
        /// <param name="axis">The axis; negative ones count from the end.</param>
        /// <param name="keepAxes">Whether it stays, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <param name="correction">1 for an estimate from a sample (the default, as in PyTorch); 0 for the variance of just these numbers, as normalization has it.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Variance(int axis, bool keepAxes = false, int correction = 1) => x.Variance([axis], keepAxes, correction);

        /// <summary>The variance over some axes.</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="keepAxes">Whether they stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <param name="correction">1 for an estimate from a sample (the default, as in PyTorch); 0 for the variance of just these numbers, as normalization has it.</param>
        /// <exception cref="ShapeException">There is no such axis, or one is named twice.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Variance(ReadOnlySpan<int> axes, bool keepAxes = false, int correction = 1) =>
            Variance(x, new ReducedAxes(x.Shape, axes, keepAxes, "Variance"), correction);
    }

    private static Tensor Variance(Tensor x, ReducedAxes axes, int correction) => x.DType switch
    {
        DType.Float32 => new VarianceOperation<float>(axes, correction).Apply(x),
        DType.Float64 => new VarianceOperation<double>(axes, correction).Apply(x),
        _ => DTypes.ThrowUnsupported("Variance", x.DType),
    };
}
