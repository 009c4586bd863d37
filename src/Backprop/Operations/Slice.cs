using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Which indices of an axis a slice takes: from <see cref="Start"/> up to but not including <see cref="Stop"/>, each <see cref="Step"/>-th, as in Python.</summary>
/// <param name="Start">The first index; negative ones count from the end; null: the first there is.</param>
/// <param name="Stop">Where to stop; negative ones count from the end; null: after the last there is.</param>
/// <param name="Step">The distance between indices, not 0; negative runs backwards.</param>
public readonly record struct SliceRange(int? Start = null, int? Stop = null, int Step = 1)
{
    /// <summary>The whole axis.</summary>
    public static SliceRange All => new(null, null, 1);

    /// <summary>A C# range: <c>1..^1</c>.</summary>
    public static implicit operator SliceRange(Range range) => new(From(range.Start), range.End.Equals(Index.End) ? null : From(range.End), 1);

    /// <summary>One index; the axis stays, with length 1.</summary>
    public static implicit operator SliceRange(int index) => new(index, index == -1 ? null : index + 1, 1);

    /// <summary>The first index and the number of indices, on an axis of the given length; ends beyond the axis are cut, as in Python.</summary>
    internal (int Start, int Count) On(int length)
    {
        int low = Step > 0 ? 0 : -1, high = Step > 0 ? length : length - 1;
        int start = Start is { } s ? Math.Clamp(s < 0 ? s + length : s, low, high) : Step > 0 ? low : high;
        int stop = Stop is { } e ? Math.Clamp(e < 0 ? e + length : e, low, high) : Step > 0 ? high : low;
        int distance = Step > 0 ? stop - start : start - stop, step = Math.Abs(Step);
        return (start, Math.Max(0, (distance + step - 1) / step));
    }

    private static int From(Index index) => index.IsFromEnd ? -index.Value : index.Value;
}

/// <summary>A part of a tensor: <c>y[i, …] = x[start + i·step, …]</c> on each axis.</summary>
/// <remarks>Backward: the gradient at the places that were taken, 0 elsewhere. Nothing is saved. Elements of any dtype.</remarks>
internal sealed class SliceOperation<T>(SliceRange[] ranges) : UnaryOperation where T : unmanaged, INumberBase<T>
{
    private Shape _shape;

    public override OperationFormula Formula => new("y = a part of x", "∂L/∂x = ∂L/∂y at the places that were taken, else 0");

    protected override Tensor Forward(Tensor x)
    {
        _shape = x.Shape;
        Span<int> lengths = stackalloc int[x.Rank], strides = stackalloc int[x.Rank];
        StridedView view = View(lengths, strides);
        Tensor y = Tensor.Uninitialized<T>(Shape.Create(lengths));
        StridedKernel.Read(x.AsSpan<T>(), view, y.AsSpan<T>());
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Zeros(_shape, gradient.DType);
        StridedKernel.Write(gradient.AsSpan<T>(), dx.AsSpan<T>(), View(stackalloc int[_shape.Rank], stackalloc int[_shape.Rank]));
        return dx;
    }

    private StridedView View(Span<int> lengths, Span<int> strides)
    {
        StridedKernel.DenseStrides(_shape.AsSpan(), strides);
        int offset = 0;
        for (int axis = 0; axis < _shape.Rank; axis++)
        {
            SliceRange range = axis < ranges.Length ? ranges[axis] : SliceRange.All;
            (int start, int count) = range.On(_shape[axis]);
            offset += start * strides[axis];
            strides[axis] *= range.Step;
            lengths[axis] = count;
        }
        return new StridedView(offset, lengths, strides);
    }
}

/// <summary>Slicing.</summary>
public static class SliceExtensions
{
    extension(Tensor x)
    {
        /// <summary>A part of the tensor, one range for each leading axis: <c>x.Slice(..10, 3, new SliceRange(Step: 2))</c>. Axes stay; ends beyond an axis are cut. Copies.</summary>
        /// <exception cref="ShapeException">There are more ranges than axes.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A step is 0.</exception>
        public Tensor Slice(params ReadOnlySpan<SliceRange> ranges)
        {
            if (ranges.Length > x.Rank) throw new ShapeException($"Slice: {ranges.Length} ranges for a tensor of shape {x.Shape}, which has {x.Rank} axes.");
            foreach (SliceRange range in ranges)
            {
                if (range.Step == 0) throw new ArgumentOutOfRangeException(nameof(ranges), "Slice: a step of 0 never ends.");
            }
            return x.DType switch
            {
                DType.Float32 => new SliceOperation<float>(ranges.ToArray()).Apply(x),
                DType.Float64 => new SliceOperation<double>(ranges.ToArray()).Apply(x),
                DType.Int32 => new SliceOperation<int>(ranges.ToArray()).Apply(x),
                DType.Int64 => new SliceOperation<long>(ranges.ToArray()).Apply(x),
                _ => DTypes.ThrowUnsupported("Slice", x.DType),
            };
        }
    }
}
