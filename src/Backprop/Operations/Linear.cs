using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Affine map over the last axis: <c>y = x·Wᵀ + b</c>.</summary>
/// <remarks>
/// Shapes: x [..., in], W [out, in], b [out] → y [..., out]. Saved: x and W.
/// Backward, with the leading axes as rows: <c>∂L/∂x = ∂L/∂y · W</c>, <c>∂L/∂W = ∂L/∂yᵀ · x</c>, <c>∂L/∂b = Σ rows of ∂L/∂y</c>.
/// </remarks>
internal sealed class LinearOperation<T> : NaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor _x = null!, _weight = null!;
    private int _rows, _inputs, _outputs;

    public override long MultiplyAdds => (long)_rows * _inputs * _outputs;

    public override OperationFormula Formula => InputCount > 2
        ? new("y = x · Wᵀ + b", "∂L/∂x = ∂L/∂y · W", "∂L/∂W = ∂L/∂yᵀ · x", "∂L/∂b = Σ rows of ∂L/∂y")
        : new("y = x · Wᵀ", "∂L/∂x = ∂L/∂y · W", "∂L/∂W = ∂L/∂yᵀ · x");

    internal override int Along(int input, int axis, Span<int> axes)
    {
        axes.Fill(-1);
        if (input == 0) return axis == Input(0).Rank - 1 ? -1 : axes[0] = axis; // a row of x gives a row of y
        if (axis != 0) return -1;
        axes[1..].Clear(); // a row of W, and with it an element of b, give a column of y
        return Input(0).Rank - 1;
    }

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        (_x, _weight) = (Save(inputs[0]), Save(inputs[1]));
        (_outputs, _inputs) = (_weight.Shape[0], _weight.Shape[1]);
        _rows = 1;
        for (int axis = 0; axis < _x.Rank - 1; axis++) _rows *= _x.Shape[axis];

        Tensor y = Tensor.Uninitialized<T>(_x.Shape.With(_x.Rank - 1, _outputs));
        bool bias = inputs.Length > 2;
        if (bias) RowKernel.Repeat(inputs[2].AsSpan<T>(), y.AsSpan<T>()); // the product is added to it
        MatMulKernel.Multiply<T>(_x.AsSpan<T>(), false, _weight.AsSpan<T>(), true, y.AsSpan<T>(), _rows, _outputs, _inputs, accumulate: bias);
        return y;
    }

    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Span<T> dy = gradient.AsSpan<T>();
        if (Needs(0))
        {
            Tensor dx = Tensor.Uninitialized<T>(_x.Shape);
            MatMulKernel.Multiply<T>(dy, false, _weight.AsSpan<T>(), false, dx.AsSpan<T>(), _rows, _inputs, _outputs);
            inputGradients[0] = dx;
        }
        if (Needs(1))
        {
            Tensor dw = Tensor.Uninitialized<T>(_weight.Shape);
            MatMulKernel.Multiply<T>(dy, true, _x.AsSpan<T>(), false, dw.AsSpan<T>(), _outputs, _inputs, _rows);
            inputGradients[1] = dw;
        }
        if (InputCount > 2 && Needs(2))
        {
            Tensor db = Tensor.Uninitialized<T>([_outputs]);
            ReduceKernel.Run<SumRule, T>(dy, 1, _rows, _outputs, db.AsSpan<T>());
            inputGradients[2] = db;
        }
    }
}

/// <summary>The affine map.</summary>
public static class LinearExtensions
{
    extension(Tensor x)
    {
        /// <summary><c>y = x·Wᵀ + b</c> over the last axis, for any leading axes (PyTorch: <c>F.linear</c>; the book: Affine).</summary>
        /// <param name="weight">[out, in].</param>
        /// <param name="bias">[out], or none.</param>
        /// <exception cref="ShapeException">The last axis of this tensor is not as long as a row of the weight, or the bias does not fit.</exception>
        public Tensor Linear(Tensor weight, Tensor? bias = null)
        {
            ArgumentNullException.ThrowIfNull(weight);
            Check(x, weight, bias);
            return x.DType switch
            {
                DType.Float32 => bias is null ? new LinearOperation<float>().Apply(x, weight) : new LinearOperation<float>().Apply(x, weight, bias),
                DType.Float64 => bias is null ? new LinearOperation<double>().Apply(x, weight) : new LinearOperation<double>().Apply(x, weight, bias),
                _ => DTypes.ThrowUnsupported("Linear", x.DType),
            };
        }
    }

    private static void Check(Tensor x, Tensor weight, Tensor? bias)
    {
        if (weight.Rank != 2) ShapeException.Throw("Linear", "the weight is no matrix", "weight [out, in]", ("weight", weight.Shape));
        if (x.Rank == 0) ShapeException.Throw("Linear", "a scalar has no last axis", "x [..., in]", ("x", x.Shape));
        if (x.Shape[^1] != weight.Shape[1])
        {
            string remedy = x.Shape[^1] > 0 && x.Rank > 2 && x.Shape[1..].ElementCount == weight.Shape[1] ? "; put a Flatten in front" : "";
            ShapeException.Throw("Linear", $"x has {x.Shape[^1]} features and the weight takes {weight.Shape[1]}", $"x [..., {weight.Shape[1]}]{remedy}, or a layer of {x.Shape[^1]} inputs, Linear({x.Shape[^1]}, {weight.Shape[0]})", ("x", x.Shape), ("weight", weight.Shape));
        }
        if (bias is not null && (bias.Rank != 1 || bias.Shape[0] != weight.Shape[0]))
        {
            ShapeException.Throw("Linear", "the bias does not fit the weight", "weight [out, in], bias [out]", ("weight", weight.Shape), ("bias", bias.Shape));
        }
        if (weight.DType != x.DType || (bias is not null && bias.DType != x.DType))
        {
            throw new InvalidCastException($"Linear: x is {x.DType} and the weight is {weight.DType}; convert one of them with To(…).");
        }
    }
}
