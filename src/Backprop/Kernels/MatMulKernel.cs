using System.Diagnostics;
using System.Numerics;

namespace Backprop.Kernels;

/// <summary>The product of two matrices.</summary>
internal static class MatMulKernel
{
    /// <summary>
    /// Row-major <c>c = op(a)·op(b)</c>, or <c>c += op(a)·op(b)</c>. c is [m, n]; op(a) is [m, k], stored [k, m] when <paramref name="transposeA"/>;
    /// op(b) is [k, n], stored [n, k] when <paramref name="transposeB"/>. c must not overlap a or b. With k = 0 the product is zero.
    /// </summary>
    internal static void Multiply<T>(ReadOnlySpan<T> a, bool transposeA, ReadOnlySpan<T> b, bool transposeB, Span<T> c,
        int m, int n, int k, bool accumulate = false) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(a.Length == m * k && b.Length == k * n && c.Length == m * n);
        if (!accumulate) c.Clear();
        for (int i = 0; i < m; i++)
        {
            for (int p = 0; p < k; p++)
            {
                T factor = transposeA ? a[p * m + i] : a[i * k + p];
                for (int j = 0; j < n; j++) c[i * n + j] += factor * (transposeB ? b[j * k + p] : b[p * n + j]);
            }
        }
    }
}
