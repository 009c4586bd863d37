using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class MatMulKernelTests : IDisposable
{
    private readonly int _threads = Threads.Count;

    public void Dispose() => Threads.Count = _threads;

    // Nothing and one, beside every vector width and tile height, primes; then shapes that cross the blocks of rows, columns and steps.
    private static readonly int[] s_edges = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 25, 31, 32, 33, 47, 64, 67];
    private static readonly (int M, int N, int K)[] s_blocks =
        [(150, 70, 400), (289, 33, 20), (5, 2100, 9), (3, 2060, 800), (100, 50, 784), (97, 10, 1024), (1, 1030, 517), (517, 1, 1030), (2, 3, 5000), (4700, 5, 3),
            (1, 5003, 37), (40, 1000, 130)];

    // Those the processor does at full speed, and the others as well: what is slow here is another's fast path.
    public static TheoryData<string> Paths => [.. Enum.GetNames<SimdPath>()];

    [Theory, MemberData(nameof(Paths))]
    public void Run_EveryPath_AgreesWithTheTripleLoop(string path)
    {
        foreach ((int m, int n, int k) in SmallSizes().Concat(s_blocks))
        {
            Check<float>(Enum.Parse<SimdPath>(path), m, n, k);
            Check<double>(Enum.Parse<SimdPath>(path), m, n, k);
        }
    }

    /// <summary>Each edge once as m, n and k, together with edges in other orders: all pairs would take minutes.</summary>
    private static IEnumerable<(int M, int N, int K)> SmallSizes()
    {
        for (int i = 0; i < s_edges.Length; i++)
        {
            for (int j = 0; j < s_edges.Length; j++) yield return (s_edges[i], s_edges[j], s_edges[(3 * i + 5 * j) % s_edges.Length]);
        }
    }

    private static void Check<T>(SimdPath path, int m, int n, int k) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Reference.Random<T>(m * k, 1), b = Reference.Random<T>(k * n, 2), c = Reference.Random<T>(m * n, 3);
        double tolerance = Tolerance<T>(k);
        for (int variant = 0; variant < 8; variant++)
        {
            bool transposeA = (variant & 1) != 0, transposeB = (variant & 2) != 0, accumulate = (variant & 4) != 0;
            T[] expected = Reference.MatMul(a, transposeA, b, transposeB, c, m, n, k, accumulate), actual = [.. c];
            MatMulKernel.Run<T>(path, a, transposeA, b, transposeB, actual, m, n, k, accumulate);
            for (int i = 0; i < expected.Length; i++)
            {
                if (double.CreateTruncating(T.Abs(expected[i] - actual[i])) <= tolerance) continue;
                Assert.Fail($"{path} {typeof(T).Name} {m}×{n}×{k} transposed {transposeA}, {transposeB}, accumulating {accumulate}: "
                    + $"element {i} is {actual[i]}, expected {expected[i]}");
            }
        }
    }

    /// <summary>Two sums of k products of numbers below 1, in different orders: each addition rounds a partial sum, whose size grows as √k, by half a unit.</summary>
    internal static double Tolerance<T>(int k) where T : IFloatingPointIeee754<T> => double.CreateTruncating(T.BitIncrement(T.One) - T.One) * (k + 4);

    [Fact]
    public void Multiply_AnyNumberOfThreads_GivesTheSameBits()
    {
        foreach ((int m, int n, int k) in s_blocks.Append((300, 300, 800)).Append((64, 900, 300)))
        {
            float[] a = Reference.Random<float>(m * k, 1), b = Reference.Random<float>(k * n, 2);
            for (int variant = 0; variant < 4; variant++)
            {
                float[]? expected = null;
                foreach (int threads in new[] { 1, 2, 3, 5 })
                {
                    Threads.Count = threads;
                    var c = new float[m * n];
                    MatMulKernel.Multiply<float>(a, (variant & 1) != 0, b, (variant & 2) != 0, c, m, n, k);
                    Assert.Equal(expected ??= c, c);
                }
            }
        }
    }

    [Fact]
    public void Multiply_OnceWarm_AllocatesNothing()
    {
        Threads.Count = 1; // so that all the work is on the thread whose allocations are counted
        float[] a = new float[300 * 400], b = new float[400 * 200], c = new float[300 * 200];
        void Products()
        {
            MatMulKernel.Multiply<float>(a, false, b, false, c, 300, 200, 400);
            MatMulKernel.Multiply<float>(a, true, b, true, c, 300, 200, 400);
            MatMulKernel.Multiply<float>(a.AsSpan(0, 400), false, b, false, c.AsSpan(0, 200), 1, 200, 400);
        }
        Products();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Products();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Multiply_InfinityAndNaN_ComeThroughAsTheFormulaSays()
    {
        float[] a = [1, float.PositiveInfinity, 0, 2], b = [float.NaN, 1, 0, 0], c = new float[4];
        MatMulKernel.Multiply<float>(a, false, b, false, c, 2, 2, 2);
        Assert.Equal([float.NaN, float.NaN, float.NaN, 0], c); // ∞·0 is NaN, and 0·NaN too: nothing is skipped for being zero
    }
}
