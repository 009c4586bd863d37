using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class DropoutKernelTests
{
    /// <summary>The hash as its author writes it, one position at a time.</summary>
    private static bool Stays(uint position, double p, ulong key)
    {
        uint h = unchecked(position * 0x9E3779B9) ^ (uint)key;
        h = unchecked((h ^ (h >> 16)) * 0x21F0AAAD);
        h = unchecked((h ^ (h >> 15) ^ (uint)(key >> 32)) * 0x735A2D97);
        h ^= h >> 15;
        return h >= Math.Min(uint.MaxValue, Math.Round(p * 4294967296.0));
    }

    [Fact]
    public void Apply_AnyLengthThreadsAndPrecision_KeepsTheSameElements()
    {
        var random = new RandomSource(4);
        foreach (int length in Numbers.Lengths.Concat([70_001]))
        {
            foreach (double p in new[] { 0, 0.1, 0.5, 0.9, 1 - 1e-9 })
            {
                ulong key = random.NextUInt64();
                Check<float>(length, p, key);
                Check<double>(length, p, key);
            }
        }

        static void Check<T>(int length, double p, ulong key) where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Numbers.Uniform<T>(new RandomSource(length), length, 0.5, 1);
            for (int i = 0; i < length; i++) if (!Stays((uint)i, p, key)) x[i] = T.NaN; // whatever is dropped leaves no trace
            var bench = new Workbench($"dropout {p} of {length}");
            Guarded<T> from = bench.Input(x);
            double[] y = [.. x.Select((value, i) => Stays((uint)i, p, key) ? double.CreateChecked(value) / (1 - p) : 0)];
            bench.AssertClose("y", y, bench.Run<T>(length, to => DropoutKernel.Apply<T>(from, to, p, key)), roundings: 2);
            bench.AssertClose("y in place", y, bench.Run<T>(x, inPlace => DropoutKernel.Apply<T>(inPlace, inPlace, p, key)), roundings: 2);
        }
    }

    [Fact]
    public void Apply_ManyElements_DropsTheShareItIsAskedFor()
    {
        const int count = 1_000_000;
        float[] x = new float[count], y = new float[count];
        x.AsSpan().Fill(1);
        foreach (double p in new[] { 0.01, 0.3, 0.5, 0.97 })
        {
            DropoutKernel.Apply<float>(x, y, p, key: 0x0123456789ABCDEF);
            double dropped = y.Count(value => value == 0);
            Assert.InRange(dropped, count * p - 5 * Math.Sqrt(count * p * (1 - p)), count * p + 5 * Math.Sqrt(count * p * (1 - p))); // five standard deviations
        }
    }
}
