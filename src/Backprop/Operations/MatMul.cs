using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Matrix product <c>c = a·b</c> over the last two axes.</summary>
/// <remarks>
/// Shapes: a [..., m, k], b [..., k, n] → c [..., m, n]; the leading axes are broadcast. A vector a [k] is one row and a vector b [k] one column; the result then lacks
/// that axis. Saved: the operand that the other one's gradient reads.
/// Backward: <c>∂L/∂a = ∂L/∂c · bᵀ</c>, <c>∂L/∂b = aᵀ · ∂L/∂c</c>, added up where a matrix was broadcast.
/// Source: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008).
/// </remarks>
internal sealed class MatMulOperation<T> : BinaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor? _a, _b;
    private Shape _shapeA, _shapeB;
    private int _count, _m, _n, _k;
    private int[] _indexA = [], _indexB = []; // which matrix of a and of b each product takes, where that is not the next one

    public override long MultiplyAdds => (long)_count * _m * _n * _k;

    public override OperationFormula Formula => new("c = a · b", "∂L/∂a = ∂L/∂c · bᵀ", "∂L/∂b = aᵀ · ∂L/∂c");

    protected override Tensor Forward(Tensor a, Tensor b)
    {
        (_shapeA, _shapeB) = (a.Shape, b.Shape);
        Shape result = Plan(a.Shape, b.Shape);
        if (NeedsB) _a = Save(a);
        if (NeedsA) _b = Save(b);
        Tensor c = Tensor.Uninitialized<T>(result);
        MatMulStackKernel.Multiply(StackA(a), false, StackB(b), false, StackC(c), _count, _m, _n, _k);
        return c;
    }

    protected override (Tensor? A, Tensor? B) Backward(Tensor gradient)
    {
        Tensor? da = null, db = null;
        if (NeedsA)
        {
            da = Tensor.Uninitialized<T>(_shapeA);
            MatMulStackKernel.Multiply(StackC(gradient), false, StackB(_b!), true, StackA(da), _count, _m, _k, _n);
        }
        if (NeedsB)
        {
            db = Tensor.Uninitialized<T>(_shapeB);
            MatMulStackKernel.Multiply(StackA(_a!), true, StackC(gradient), false, StackB(db), _count, _k, _n, _m);
        }
        return (da, db);
    }

    private MatrixStack<T> StackA(Tensor a) => new(a.AsSpan<T>(), _m * _k, _indexA);

    private MatrixStack<T> StackB(Tensor b) => new(b.AsSpan<T>(), _k * _n, _indexB);

    private MatrixStack<T> StackC(Tensor c) => new(c.AsSpan<T>(), _m * _n, default);

    /// <summary>Finds out which products there are to compute; returns the shape of the result.</summary>
    private Shape Plan(Shape a, Shape b)
    {
        Shape stackA = a.Rank > 2 ? a[..^2] : Shape.Scalar, stackB = b.Rank > 2 ? b[..^2] : Shape.Scalar, stack = Broadcasting.Of(Name, stackA, stackB);
        (_m, _k, _n) = (a.Rank > 1 ? a[^2] : 1, a[^1], b.Rank > 1 ? b[^1] : 1);
        Shape result = stack;
        if (a.Rank > 1) result = result.Concat([_m]);
        if (b.Rank > 1) result = result.Concat([_n]);
        if (stackB.ElementCount == 1 && stackA == stack) // one matrix for all: the rows of all a are one tall matrix
        {
            (_count, _m) = (1, _m * stack.ElementCount);
            return result;
        }
        _count = stack.ElementCount;
        if (stackA.ElementCount == _count && stackB.ElementCount == _count) return result;
        var plan = new BroadcastPlan(stackA.AsSpan(), stackB.AsSpan());
        (_indexA, _indexB) = (new int[_count], new int[_count]);
        for (int t = 0; t < _count; t++)
        {
            (int row, int column) = Math.DivRem(t, plan.Width);
            (int startA, int startB) = plan.Start(row);
            (_indexA[t], _indexB[t]) = (startA + column * plan.StepA, startB + column * plan.StepB);
        }
        return result;
    }
}

/// <summary>The matrix product.</summary>
public static class MatMulExtensions
{
    extension(Tensor a)
    {
        /// <summary>
        /// The matrix product over the last two axes, [..., m, k] · [..., k, n] → [..., m, n]; leading axes are broadcast. A vector is a row on the left and a column
        /// on the right, and its axis is not in the result: two vectors give their inner product, a scalar.
        /// </summary>
        /// <exception cref="ShapeException">k differs, the leading axes can't be broadcast, or an operand is a scalar.</exception>
        /// <exception cref="InvalidCastException">The dtypes differ.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor MatMul(Tensor b)
        {
            ArgumentNullException.ThrowIfNull(b);
            Check(a, b);
            return a.DType switch
            {
                DType.Float32 => new MatMulOperation<float>().Apply(a, b),
                DType.Float64 => new MatMulOperation<double>().Apply(a, b),
                _ => DTypes.ThrowUnsupported("MatMul", a.DType),
            };
        }
    }

    private static void Check(Tensor a, Tensor b)
    {
        if (a.Rank == 0 || b.Rank == 0) ShapeException.Throw("MatMul", "a scalar is no matrix", "at least one axis; to scale by a number use *", ("left", a.Shape), ("right", b.Shape));
        int left = a.Shape[^1], right = b.Rank > 1 ? b.Shape[^2] : b.Shape[0];
        if (left != right)
        {
            string remedy = b.Rank > 1 && b.Shape[^1] == left ? "; Transpose() of the right one would fit" : "";
            ShapeException.Throw("MatMul", $"the inner dimensions differ: {left} on the left, {right} on the right", $"[..., m, k] · [..., k, n]{remedy}", ("left", a.Shape), ("right", b.Shape));
        }
        if (a.DType != b.DType) throw new InvalidCastException($"MatMul: the operands are {a.DType} and {b.DType}; convert one of them with To(…).");
    }
}
