using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Slices of a tensor by number: <c>y[…, i, …] = x[…, index[i], …]</c>.</summary>
/// <remarks>
/// Shapes: x [outer, n, inner], index [m] of integers in [0, n) → y [outer, m, inner]. Saved: the index. Backward: each slice of the gradient is added to the
/// slice it came from, in the order of the index.
/// </remarks>
internal sealed class IndexSelectOperation<T>(int axis, int[] index) : UnaryOperation where T : unmanaged, INumberBase<T>
{
    private Shape _shape;

    public override OperationFormula Formula => new("y = x[index]", "∂L/∂x = Σ ∂L/∂y at the places they came from");

    protected override Tensor Forward(Tensor x)
    {
        _shape = x.Shape;
        Tensor y = Tensor.Uninitialized<T>(_shape.With(axis, index.Length));
        (int outer, int inner) = Around();
        IndexKernel.Read(x.AsSpan<T>(), index, y.AsSpan<T>(), outer, _shape[axis], inner);
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Zeros(_shape, gradient.DType);
        (int outer, int inner) = Around();
        IndexKernel.Add(gradient.AsSpan<T>(), index, dx.AsSpan<T>(), outer, _shape[axis], inner);
        return dx;
    }

    private (int Outer, int Inner) Around()
    {
        int outer = 1, inner = 1;
        for (int a = 0; a < axis; a++) outer *= _shape[a];
        for (int a = axis + 1; a < _shape.Rank; a++) inner *= _shape[a];
        return (outer, inner);
    }
}

/// <summary>Single elements by number along an axis: <c>y[i, j, k] = x[i, index[i, j, k], k]</c> (for axis 1).</summary>
/// <remarks>
/// Shapes: x and index of equal rank, index no longer than x on the other axes → y of the shape of index. Saved: the index. Backward: each element of the gradient is
/// added to the place it came from, in row-major order.
/// </remarks>
internal sealed class GatherOperation<T>(int axis, int[] index, Shape indexShape) : UnaryOperation where T : unmanaged, INumberBase<T>
{
    private Shape _shape;

    public override OperationFormula Formula => new("y = x[index]", "∂L/∂x = Σ ∂L/∂y at the places they came from");

    protected override Tensor Forward(Tensor x)
    {
        _shape = x.Shape;
        Tensor y = Tensor.Uninitialized<T>(indexShape);
        int[] places = Places();
        Span<T> from = x.AsSpan<T>(), to = y.AsSpan<T>();
        for (int i = 0; i < places.Length; i++) to[i] = from[places[i]];
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Zeros(_shape, gradient.DType);
        int[] places = Places();
        Span<T> from = gradient.AsSpan<T>(), to = dx.AsSpan<T>();
        for (int i = 0; i < places.Length; i++) to[places[i]] += from[i];
        return dx;
    }

    /// <summary>Where in x each element of y comes from.</summary>
    private int[] Places()
    {
        int[] places = new int[index.Length];
        Span<int> strides = stackalloc int[_shape.Rank];
        StridedKernel.DenseStrides(_shape.AsSpan(), strides);
        for (int i = 0; i < places.Length; i++)
        {
            int rest = i, place = index[i] * strides[axis];
            for (int a = _shape.Rank - 1; a >= 0; a--)
            {
                (rest, int at) = Math.DivRem(rest, indexShape[a]);
                if (a != axis) place += at * strides[a];
            }
            places[i] = place;
        }
        return places;
    }
}

/// <summary>Picking elements by number.</summary>
public static class IndexExtensions
{
    extension(Tensor x)
    {
        /// <summary>The slices of an axis with the given numbers, in their order; a number may occur twice.</summary>
        /// <param name="axis">The axis; negative ones count from the end.</param>
        /// <param name="index">A vector of Int32 or Int64 in [0, length of the axis).</param>
        /// <exception cref="ShapeException">The index is no vector.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A number is outside the axis.</exception>
        public Tensor IndexSelect(int axis, Tensor index)
        {
            ArgumentNullException.ThrowIfNull(index);
            axis = x.Shape.Axis(axis, "IndexSelect");
            if (index.Rank != 1) ShapeException.Throw("IndexSelect", "the index is no vector", "[m]", ("index", index.Shape));
            int[] numbers = Numbers("IndexSelect", index, x.Shape[axis]);
            return x.DType switch
            {
                DType.Float32 => new IndexSelectOperation<float>(axis, numbers).Apply(x),
                DType.Float64 => new IndexSelectOperation<double>(axis, numbers).Apply(x),
                DType.Int32 => new IndexSelectOperation<int>(axis, numbers).Apply(x),
                DType.Int64 => new IndexSelectOperation<long>(axis, numbers).Apply(x),
                _ => DTypes.ThrowUnsupported("IndexSelect", x.DType),
            };
        }

        /// <summary>One element for each element of the index: <c>y[i, j] = x[i, index[i, j]]</c> for axis 1 of a matrix.</summary>
        /// <param name="axis">The axis; negative ones count from the end.</param>
        /// <param name="index">Int32 or Int64 in [0, length of the axis); of the rank of this tensor and nowhere else longer.</param>
        /// <exception cref="ShapeException">The ranks differ, or the index is longer on another axis.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A number is outside the axis.</exception>
        public Tensor Gather(int axis, Tensor index)
        {
            ArgumentNullException.ThrowIfNull(index);
            axis = x.Shape.Axis(axis, "Gather");
            bool fits = index.Rank == x.Rank;
            for (int a = 0; fits && a < x.Rank; a++) fits = a == axis || index.Shape[a] <= x.Shape[a];
            if (!fits) ShapeException.Throw("Gather", "the index does not fit", $"equal ranks, and the index no longer on any axis but {axis}", ("tensor", x.Shape), ("index", index.Shape));
            int[] numbers = Numbers("Gather", index, x.Shape[axis]);
            return x.DType switch
            {
                DType.Float32 => new GatherOperation<float>(axis, numbers, index.Shape).Apply(x),
                DType.Float64 => new GatherOperation<double>(axis, numbers, index.Shape).Apply(x),
                DType.Int32 => new GatherOperation<int>(axis, numbers, index.Shape).Apply(x),
                DType.Int64 => new GatherOperation<long>(axis, numbers, index.Shape).Apply(x),
                _ => DTypes.ThrowUnsupported("Gather", x.DType),
            };
        }
    }

    internal static int[] Numbers(string operation, Tensor index, int length)
    {
        if (!index.DType.IsInteger) DTypes.ThrowUnsupported($"{operation} by an index", index.DType, "make the index Int32 or Int64");
        int[] numbers = new int[index.ElementCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            double number = index.ElementAt(i);
            if (number < 0 || number >= length) throw new ArgumentOutOfRangeException(nameof(index), $"{operation}: index[{i}] is {number}, but the axis has length {length}: it must be in [0, {length}).");
            numbers[i] = (int)number;
        }
        return numbers;
    }
}
