using System.Numerics;
using Backprop.Kernels;

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

    /// <summary>Forward, and the gradients when <paramref name="dy"/> is that of the output: every product that forward adds up passes dy back to both its factors.</summary>
    public static (T[] Y, T[] Dx, T[] Dw, T[] Dbias) Convolution<T>(T[] x, T[] w, T[] bias, T[] dy, ConvolutionShape s) where T : INumber<T>
    {
        T[] y = new T[dy.Length], dx = new T[x.Length], dw = new T[w.Length], dbias = new T[bias.Length];
        int inGroup = s.InChannels / s.Groups, outGroup = s.OutChannels / s.Groups, atY = 0;
        for (int n = 0; n < s.Batch; n++)
        {
            for (int o = 0; o < s.OutChannels; o++)
            {
                for (int i = 0; i < s.OutHeight; i++)
                {
                    for (int j = 0; j < s.OutWidth; j++, atY++)
                    {
                        y[atY] = bias[o];
                        dbias[o] += dy[atY];
                        for (int c = 0; c < inGroup; c++)
                        {
                            for (int u = 0; u < s.KernelHeight; u++)
                            {
                                for (int v = 0; v < s.KernelWidth; v++)
                                {
                                    int row = i * s.StrideHeight + u * s.DilationHeight - s.PadHeight, column = j * s.StrideWidth + v * s.DilationWidth - s.PadWidth;
                                    if (row < 0 || row >= s.InHeight || column < 0 || column >= s.InWidth) continue;
                                    int atX = ((n * s.InChannels + o / outGroup * inGroup + c) * s.InHeight + row) * s.InWidth + column;
                                    int atW = ((o * inGroup + c) * s.KernelHeight + u) * s.KernelWidth + v;
                                    y[atY] += w[atW] * x[atX];
                                    dx[atX] += w[atW] * dy[atY];
                                    dw[atW] += x[atX] * dy[atY];
                                }
                            }
                        }
                    }
                }
            }
        }
        return (y, dx, dw, dbias);
    }

    /// <summary>φ(x), the density of the standard normal distribution.</summary>
    public static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>
    /// Φ(x), the probability of a standard normal number below x: near 0 the series <c>½ + φ(x) · (x + x³/3 + x⁵/(3·5) + …)</c>, in the tail Laplace's continued fraction
    /// <c>Φ(−u) = φ(u) / (u + 1/(u + 2/(u + 3/…)))</c>. To a few units of the 16th digit.
    /// </summary>
    public static double Below(double x)
    {
        if (x > 1.5) return 1 - Below(-x);
        if (x < -1.5)
        {
            if (x < -50) return 0;
            double fraction = -x;
            for (int k = 20 + (int)(400 / (x * x)); k > 0; k--) fraction = -x + k / fraction; // from where it no longer changes
            return Density(x) / fraction;
        }
        double term = x, sum = x;
        for (int k = 3; Math.Abs(term) > 1e-18; k += 2) sum += term *= x * x / k;
        return 0.5 + Density(x) * sum;
    }

    /// <summary>Numbers in [−1, 1).</summary>
    public static T[] Random<T>(int count, long seed) where T : IFloatingPointIeee754<T>
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(2 * random.NextDouble() - 1))];
    }
}
