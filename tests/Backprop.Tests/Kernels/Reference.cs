using System.Numerics;

namespace Backprop.Tests.Kernels;

/// <summary>The kernels' results, written down as the formulas say, in the simplest loops there are.</summary>
internal static class Reference
{
    public static T[] MatMul<T>(T[] a, bool transposeA, T[] b, bool transposeB, T[] c, int m, int n, int k, bool accumulate) where T : INumber<T>
    {
        var result = new T[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                T sum = accumulate ? c[i * n + j] : T.Zero;
                for (int p = 0; p < k; p++) sum += (transposeA ? a[p * m + i] : a[i * k + p]) * (transposeB ? b[j * k + p] : b[p * n + j]);
                result[i * n + j] = sum;
            }
        }
        return result;
    }

    /// <summary>Numbers in [−1, 1).</summary>
    public static T[] Random<T>(int count, long seed) where T : IFloatingPointIeee754<T>
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(2 * random.NextDouble() - 1))];
    }
}
