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
    private interface IMove<T>
    {
        static abstract void Row(Span<T> dense, Span<T> strided, int start, int stride);
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
        int rank = view.Lengths.Length;
        if (rank == 0)
        {
            TMove.Row(dense, strided, view.Offset, 1);
            return;
        }
        int width = view.Lengths[^1], stride = view.Strides[^1], position = view.Offset;
        Span<int> index = stackalloc int[rank]; // of the row, on all axes but the last
        index.Clear();
        for (int row = 0; row < dense.Length; row += width)
        {
            TMove.Row(dense.Slice(row, width), strided, position, stride);
            for (int axis = rank - 2; axis >= 0; axis--)
            {
                position += view.Strides[axis];
                if (++index[axis] < view.Lengths[axis]) break;
                position -= view.Strides[axis] * view.Lengths[axis];
                index[axis] = 0;
            }
        }
    }

    // One walk serves both directions; each move writes only to the side that came in writable.
    private static Span<T> Writable<T>(ReadOnlySpan<T> span) => MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(span), span.Length);

    private readonly struct Reading<T> : IMove<T>
    {
        public static void Row(Span<T> dense, Span<T> strided, int start, int stride)
        {
            if (stride == 1) strided.Slice(start, dense.Length).CopyTo(dense);
            else if (stride == 0) dense.Fill(strided[start]);
            else for (int i = 0; i < dense.Length; i++) dense[i] = strided[start + i * stride];
        }
    }

    private readonly struct Writing<T> : IMove<T>
    {
        public static void Row(Span<T> dense, Span<T> strided, int start, int stride)
        {
            if (stride == 1) dense.CopyTo(strided.Slice(start, dense.Length));
            else for (int i = 0; i < dense.Length; i++) strided[start + i * stride] = dense[i];
        }
    }
}
