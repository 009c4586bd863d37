using System.Diagnostics;

namespace Backprop;

/// <summary>Several versions of one tensor of the graph, as it is when this or that element of a leaf is another.</summary>
/// <remarks>
/// Where only position p of an axis differs, or the versions lie one behind the other along an axis, they are stacked in one tensor: an operation that treats the positions of that axis
/// independently computes all of them at once.
/// </remarks>
internal sealed class Variants
{
    private readonly Tensor _original;
    private readonly Tensor? _stacked;
    private readonly Tensor[]? _separate;
    private readonly int _count;

    /// <summary>Versions stacked along an axis: each is its slice at <paramref name="position"/>, or all of the axis if that is −1.</summary>
    public Variants(Tensor original, Tensor stacked, int axis, int position, int count)
    {
        (_original, _stacked, Axis, Position, _count) = (original, stacked, axis, position, count);
        Debug.Assert(stacked.Shape == original.Shape.With(axis, count * (position < 0 ? original.Shape[axis] : 1)));
    }

    /// <summary>Versions that are tensors of their own.</summary>
    public Variants(Tensor original, Tensor[] separate) => (_original, _separate, _count) = (original, separate, separate.Length);

    /// <summary>All versions in one tensor, if they are stacked.</summary>
    public Tensor? Stacked => _stacked;

    public int Axis { get; }

    public int Position { get; }

    /// <summary>The same with every version whole, one behind the other along axis 0; this object if that is so, or can't be.</summary>
    public Variants Whole()
    {
        if (_stacked is null || Position < 0) return this;
        int length = _original.ElementCount;
        Tensor whole = Tensor.Uninitialized<double>(_original.Shape.With(0, _count * _original.Shape[0]));
        for (int version = 0; version < _count; version++) Write(version, whole.AsSpan<double>().Slice(version * length, length));
        return new Variants(_original, whole, 0, -1, _count);
    }

    /// <summary>One version as a tensor.</summary>
    public Tensor this[int version]
    {
        get
        {
            if (_separate is not null) return _separate[version];
            Tensor tensor = Tensor.Uninitialized<double>(_original.Shape);
            Write(version, tensor.AsSpan<double>());
            return tensor;
        }
    }

    /// <summary>A tensor that does not change, repeated so that it goes with stacked versions: its slice at a position, or all of it if that is −1.</summary>
    public static Tensor Repeat(Tensor tensor, int axis, int position, int count)
    {
        Strides(tensor.Shape, axis, out int outer, out int length, out int inner);
        int piece = (position < 0 ? length : 1) * inner, start = Math.Max(position, 0) * inner;
        Tensor repeated = Tensor.Uninitialized<double>(tensor.Shape.With(axis, count * piece / inner));
        ReadOnlySpan<double> from = tensor.AsSpan<double>();
        Span<double> to = repeated.AsSpan<double>();
        for (int o = 0; o < outer; o++)
        {
            for (int version = 0; version < count; version++) from.Slice(o * length * inner + start, piece).CopyTo(to[((o * count + version) * piece)..]);
        }
        return repeated;
    }

    private void Write(int version, Span<double> to)
    {
        Strides(_original.Shape, Axis, out int outer, out int length, out int inner);
        int piece = (Position < 0 ? length : 1) * inner, start = Math.Max(Position, 0) * inner;
        if (Position >= 0) _original.AsSpan<double>().CopyTo(to);
        ReadOnlySpan<double> from = _stacked!.AsSpan<double>();
        for (int o = 0; o < outer; o++) from.Slice((o * _count + version) * piece, piece).CopyTo(to[(o * length * inner + start)..]);
    }

    private static void Strides(Shape shape, int axis, out int outer, out int length, out int inner)
    {
        (outer, length, inner) = (1, shape[axis], 1);
        for (int i = 0; i < axis; i++) outer *= shape[i];
        for (int i = axis + 1; i < shape.Rank; i++) inner *= shape[i];
    }
}
