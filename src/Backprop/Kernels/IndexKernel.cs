using System.Numerics;

namespace Backprop.Kernels;

/// <summary>Slices of a dense array [outer, n, inner] by number.</summary>
internal static class IndexKernel
{
    /// <summary><c>y[o, i, :] ← x[o, index[i], :]</c>; y is [outer, index.Length, inner].</summary>
    public static void Read<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> index, Span<T> y, int outer, int n, int inner) where T : unmanaged
    {
        for (int o = 0, to = 0; o < outer; o++)
        {
            foreach (int i in index)
            {
                x.Slice((o * n + i) * inner, inner).CopyTo(y[to..]);
                to += inner;
            }
        }
    }

    /// <summary><c>x[o, index[i], :] += y[o, i, :]</c>, in the order of i.</summary>
    public static void Add<T>(ReadOnlySpan<T> y, ReadOnlySpan<int> index, Span<T> x, int outer, int n, int inner) where T : unmanaged, INumberBase<T>
    {
        for (int o = 0, from = 0; o < outer; o++)
        {
            foreach (int i in index)
            {
                Span<T> slice = x.Slice((o * n + i) * inner, inner);
                for (int e = 0; e < slice.Length; e++) slice[e] += y[from + e];
                from += inner;
            }
        }
    }
}
