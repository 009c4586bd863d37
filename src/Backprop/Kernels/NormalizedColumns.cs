using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>What normalizations do to a matrix whose columns are channels: a vector holds neighbouring channels, and each lane has a mean of its own.</summary>
internal static class NormalizedColumns
{
    private const int BlockRows = 64;   // so many are added in the elements' own precision, then taken over in double
    private const int RowsTogether = 8; // with one vector of each factor

    /// <summary>Σ (x − shift) and Σ (x − shift)² down the columns that start at <paramref name="column"/>, as many as the sums and the shift have room for, a vector at most.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Sums<T>(ReadOnlySpan<T> x, int columns, int column, ReadOnlySpan<T> shift, Span<double> sum, Span<double> squares) where T : unmanaged, IFloatingPointIeee754<T>
    {
        using PaddedColumns<T> padded = new(x, columns, column, sum.Length);
        int rows = x.Length / columns;
        sum.Clear();
        squares.Clear();
        Vector<T> k = VectorMath.Load(shift, 0);
        for (int row = 0; row < rows; row += BlockRows)
        {
            (Vector<T> s, Vector<T> q) = (Vector<T>.Zero, Vector<T>.Zero);
            nuint at = padded.At(row);
            for (int end = Math.Min(rows, row + BlockRows), i = row; i < end; i++, at += padded.Stride)
            {
                Vector<T> d = Vector.LoadUnsafe(in padded.Start, at) - k;
                s += d;
                q += d * d;
            }
            Add(s, sum);
            Add(q, squares);
        }
    }

    /// <summary>
    /// Σ dz and Σ dz · (x − mean), where dz is dy behind the gate of <c>z = (x − mean) ⊙ scale + offset</c>, down the columns that start at <paramref name="column"/>, as many as the sums,
    /// the mean, the scale and the offset have room for, a vector at most.
    /// </summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Products<TGate, T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, int columns, int column, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale, ReadOnlySpan<T> offset, Span<double> sum, Span<double> products)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using PaddedColumns<T> slopes = new(dy, columns, column, sum.Length), padded = new(x, columns, column, sum.Length);
        int rows = x.Length / columns;
        sum.Clear();
        products.Clear();
        Vector<T> m = VectorMath.Load(mean, 0), a = VectorMath.Load(scale, 0), o = VectorMath.Load(offset, 0);
        for (int row = 0; row < rows; row += BlockRows)
        {
            (Vector<T> s, Vector<T> q) = (Vector<T>.Zero, Vector<T>.Zero);
            nuint at = padded.At(row);
            for (int end = Math.Min(rows, row + BlockRows), i = row; i < end; i++, at += padded.Stride)
            {
                Vector<T> d = Vector.LoadUnsafe(in padded.Start, at) - m, slope = TGate.Slope(Vector.LoadUnsafe(in slopes.Start, at), d * a + o);
                s += slope;
                q += slope * d;
            }
            Add(s, sum);
            Add(q, products);
        }
    }

    /// <summary>A vector's worth of columns: where they are, or, if there are fewer, in a copy that is filled up with zeros.</summary>
    private readonly unsafe ref struct PaddedColumns<T> where T : unmanaged
    {
        public readonly ref readonly T Start;
        public readonly nuint Stride;
        private readonly Scratch.Lease<T> _lease;

        public PaddedColumns(ReadOnlySpan<T> x, int columns, int column, int width)
        {
            int lanes = Vector<T>.Count, rows = x.Length / columns;
            bool copies = width < lanes;
            _lease = Scratch.Rent<T>(copies ? rows * lanes : 0);
            Start = ref copies ? ref *_lease.Start : ref MemoryMarshal.GetReference(x[column..]);
            Stride = (nuint)(copies ? lanes : columns);
            if (!copies) return;
            var copy = new Span<T>(_lease.Start, rows * lanes);
            copy.Clear();
            for (int row = 0; row < rows; row++) x.Slice(row * columns + column, width).CopyTo(copy[(row * lanes)..]);
        }

        public nuint At(int row) => (nuint)row * Stride;

        public void Dispose() => _lease.Dispose();
    }

    /// <summary><c>z = (x − mean) ⊙ scale + offset</c>, and <c>y ← </c> what is behind the gate, on each row. y may be x.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Normalize<TGate, T>(ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale, ReadOnlySpan<T> offset)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (x.IsEmpty) return;
        int columns = mean.Length, lanes = Vector<T>.Count, block = Math.Min(RowsTogether, x.Length / columns) * columns;
        ref T from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y[..x.Length]);
        Vector<T> isNew = NormalizedRow.TailMask<T>(columns);
        for (int start = 0; start < x.Length; start += block)
        {
            int end = Math.Min(start + block, x.Length);
            if (columns % lanes != 0) // first, while what it repeats is still there
            {
                (int last, int width) = (Math.Max(0, columns - lanes), Math.Min(lanes, columns));
                Vector<T> m = VectorMath.Load(mean, last), s = VectorMath.Load(scale, last), o = VectorMath.Load(offset, last);
                for (int i = start + last; i < end; i += columns) Keep(isNew, TGate.Value((VectorMath.Load(x.Slice(i, width), 0) - m) * s + o), y.Slice(i, width));
            }
            for (int column = 0; column <= columns - lanes; column += lanes)
            {
                Vector<T> m = At(mean, column), s = At(scale, column), o = At(offset, column);
                for (int i = start + column; i < end; i += columns) TGate.Value((Vector.LoadUnsafe(ref from, (nuint)i) - m) * s + o).StoreUnsafe(ref to, (nuint)i);
            }
        }
    }

    /// <summary><c>dx ← a ⊙ dz + b ⊙ (x − mean) + c</c> on each row, where dz is dy behind the gate of <c>z = (x − mean) ⊙ scale + offset</c>. dx may be dy.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Pull<TGate, T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, Span<T> dx, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale, ReadOnlySpan<T> offset,
        ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> c)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (x.IsEmpty) return;
        int columns = mean.Length, lanes = Vector<T>.Count, block = Math.Min(RowsTogether, x.Length / columns) * columns;
        ref T g = ref MemoryMarshal.GetReference(dy[..x.Length]), v = ref MemoryMarshal.GetReference(x), r = ref MemoryMarshal.GetReference(dx[..x.Length]);
        Vector<T> isNew = NormalizedRow.TailMask<T>(columns);
        for (int start = 0; start < x.Length; start += block)
        {
            int end = Math.Min(start + block, x.Length);
            if (columns % lanes != 0) // first, while what it repeats is still there
            {
                (int last, int width) = (Math.Max(0, columns - lanes), Math.Min(lanes, columns));
                Vector<T> m = VectorMath.Load(mean, last), s = VectorMath.Load(scale, last), o = VectorMath.Load(offset, last);
                Vector<T> va = VectorMath.Load(a, last), vb = VectorMath.Load(b, last), vc = VectorMath.Load(c, last);
                for (int i = start + last; i < end; i += columns)
                {
                    Keep(isNew, NormalizedRow.Pulled<TGate, T>(VectorMath.Load(dy.Slice(i, width), 0), VectorMath.Load(x.Slice(i, width), 0), m, s, o, va, vb, vc), dx.Slice(i, width));
                }
            }
            for (int column = 0; column <= columns - lanes; column += lanes)
            {
                Vector<T> m = At(mean, column), s = At(scale, column), o = At(offset, column), va = At(a, column), vb = At(b, column), vc = At(c, column);
                for (int i = start + column; i < end; i += columns)
                {
                    NormalizedRow.Pulled<TGate, T>(Vector.LoadUnsafe(ref g, (nuint)i), Vector.LoadUnsafe(ref v, (nuint)i), m, s, o, va, vb, vc).StoreUnsafe(ref r, (nuint)i);
                }
            }
        }
    }

    /// <summary>Writes the lanes that no other vector covers, and leaves what the others will read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep<T>(Vector<T> isNew, Vector<T> value, Span<T> place) where T : unmanaged =>
        VectorMath.Store(Vector.ConditionalSelect(isNew, value, VectorMath.Load<T>(place, 0)), place, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> At<T>(ReadOnlySpan<T> row, int start) => Vector.LoadUnsafe(in MemoryMarshal.GetReference(row), (nuint)start);

    private static void Add<T>(Vector<T> lanes, Span<double> sum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int lane = 0; lane < sum.Length; lane++) sum[lane] += double.CreateTruncating(lanes[lane]);
    }
}
