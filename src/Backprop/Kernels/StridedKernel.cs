using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>
/// Elements of a dense array seen through strides: element (i, j, …) of the view is <c>array[offset + i·strides[0] + j·strides[1] + …]</c>. A permuted axis has
/// another's stride, a sliced one a multiple (negative when it runs backwards), a broadcast one 0.
/// </summary>
internal readonly ref struct StridedView(int offset, ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides)
{
    public readonly int Offset = offset;
    public readonly ReadOnlySpan<int> Lengths = lengths, Strides = strides;
}

/// <summary>Copies between a dense row-major array and a strided view of another.</summary>
internal static class StridedKernel
{
    private const int Tile = 16; // elements: a cache line of float32

    private interface IMove<T>
    {
        /// <summary>Moves a dense matrix [rows, width] to or from its place in the strided array, which starts at <paramref name="position"/>.</summary>
        static abstract void Slab(Span<T> dense, Span<T> strided, int position, int rows, int width, int rowStride, int stride);
    }

    /// <summary><c>dense ← view of source</c>.</summary>
    public static void Read<T>(ReadOnlySpan<T> source, StridedView view, Span<T> dense) where T : unmanaged =>
        Walk<T, Reading<T>>(dense, Writable(source), view);

    /// <summary><c>view of target ← dense</c>. No two elements of the view may be one.</summary>
    public static void Write<T>(ReadOnlySpan<T> dense, Span<T> target, StridedView view) where T : unmanaged =>
        Walk<T, Writing<T>>(Writable(dense), target, view);

    /// <summary>The strides of a dense row-major array, in elements.</summary>
    public static void DenseStrides(ReadOnlySpan<int> lengths, Span<int> strides)
    {
        int stride = 1;
        for (int axis = lengths.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= lengths[axis];
        }
    }

    private static void Walk<T, TMove>(Span<T> dense, Span<T> strided, StridedView view) where TMove : struct, IMove<T>
    {
        if (dense.IsEmpty) return;
        Span<int> lengths = stackalloc int[view.Lengths.Length + 2], strides = stackalloc int[view.Lengths.Length + 2], index = stackalloc int[view.Lengths.Length];
        int rank = Join(view, lengths, strides);
        index.Clear();

        (int rows, int width, int rowStride, int stride) = (lengths[rank - 2], lengths[rank - 1], strides[rank - 2], strides[rank - 1]);
        int position = view.Offset;
        for (int slab = 0; slab < dense.Length; slab += rows * width)
        {
            TMove.Slab(dense.Slice(slab, rows * width), strided, position, rows, width, rowStride, stride);
            for (int axis = rank - 3; axis >= 0; axis--)
            {
                position += strides[axis];
                if (++index[axis] < lengths[axis]) break;
                position -= strides[axis] * lengths[axis];
                index[axis] = 0;
            }
        }
    }

    /// <summary>The view with as few axes as possible, but at least two: neighbours along which its elements lie equally far apart are made one.</summary>
    private static int Join(StridedView view, Span<int> lengths, Span<int> strides)
    {
        (lengths[0], strides[0], lengths[1], strides[1]) = (1, 0, 1, 0);
        int rank = 2;
        for (int axis = 0; axis < view.Lengths.Length; axis++)
        {
            int length = view.Lengths[axis], stride = view.Strides[axis];
            if (length == 1) continue;
            if (lengths[rank - 1] == 1) (lengths[rank - 1], strides[rank - 1]) = (length, stride);
            else if (strides[rank - 1] == stride * length) (lengths[rank - 1], strides[rank - 1]) = (lengths[rank - 1] * length, stride);
            else (lengths[rank], strides[rank++]) = (length, stride);
        }
        return rank;
    }

    // One walk serves both directions; each move writes only to the side that came in writable.
    private static Span<T> Writable<T>(ReadOnlySpan<T> span) => MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(span), span.Length);

    private readonly struct Reading<T> : IMove<T> where T : unmanaged
    {
        public static void Slab(Span<T> dense, Span<T> strided, int position, int rows, int width, int rowStride, int stride)
        {
            if (rowStride == 1 && stride > 1 && rows > 1)
            {
                Transpose(strided[position..], stride, dense, rows, width);
                return;
            }
            for (int row = 0; row < rows; row++)
            {
                Span<T> to = dense.Slice(row * width, width);
                int start = position + row * rowStride;
                if (stride == 1) strided.Slice(start, width).CopyTo(to);
                else if (stride == 0) to.Fill(strided[start]);
                else for (int i = 0; i < width; i++) to[i] = strided[start + i * stride];
            }
        }

        /// <summary>
        /// Rows of the result are columns of the source. Done in tiles that are gathered in a buffer, so that each cache line is read and written once: columns of a
        /// large power of two apart would otherwise throw each other out of the cache.
        /// </summary>
        private static void Transpose(Span<T> source, int stride, Span<T> dense, int rows, int width)
        {
            Span<T> tile = stackalloc T[Tile * Tile];
            for (int row = 0; row < rows; row += Tile)
            {
                int height = Math.Min(Tile, rows - row);
                for (int column = 0; column < width; column += Tile)
                {
                    int across = Math.Min(Tile, width - column);
                    for (int j = 0; j < across; j++)
                    {
                        ReadOnlySpan<T> line = source.Slice((column + j) * stride + row, height);
                        for (int i = 0; i < line.Length; i++) tile[i * Tile + j] = line[i];
                    }
                    for (int i = 0; i < height; i++) tile.Slice(i * Tile, across).CopyTo(dense[((row + i) * width + column)..]);
                }
            }
        }
    }

    private readonly struct Writing<T> : IMove<T> where T : unmanaged
    {
        public static void Slab(Span<T> dense, Span<T> strided, int position, int rows, int width, int rowStride, int stride)
        {
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<T> from = dense.Slice(row * width, width);
                int start = position + row * rowStride;
                if (stride == 1) from.CopyTo(strided.Slice(start, width));
                else for (int i = 0; i < width; i++) strided[start + i * stride] = from[i];
            }
        }
    }
}
