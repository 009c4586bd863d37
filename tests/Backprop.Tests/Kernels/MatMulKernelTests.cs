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
            (1, 5003, 37), (40, 1000, 130), (40, 300, 300), (32, 131, 300), (64, 150, 515), (31, 150, 401)]; // the last five with packed rows, steps of each remainder of four

    // Beside the ends of the blocks, by steps, rows and columns; what is cut for threads in other ways; and beside the sizes from which rows of a (96, 128 and 512 columns) and of b (64 steps of
    // rows that compete for the cache) are packed.
    private static readonly (int M, int N, int K)[] s_guardedBlocks =
    [
        (30, 40, 383), (30, 40, 384), (30, 40, 385), (13, 70, 769), (143, 40, 50), (144, 40, 50), (145, 40, 50), (289, 33, 20), (25, 2047, 7), (25, 2048, 7), (25, 2049, 7),
        (576, 129, 40), (577, 129, 1025), (577, 513, 9), (150, 70, 400), (40, 300, 300), (5, 1030, 9), (1, 1030, 517), (517, 1, 300),
        (71, 40, 50), (72, 40, 50), (73, 40, 50), (30, 40, 511), (30, 40, 512), (30, 40, 513), (40, 128, 300), (40, 129, 300), (31, 96, 512), (31, 97, 512), (27, 512, 300), (27, 513, 300), (30, 256, 64), (30, 256, 65), (30, 512, 65),
        (30, 60, 128), (30, 60, 129), (257, 47, 128), (255, 47, 128), // where columns of b become too long to be read in place
        (60, 1030, 530), (60, 511, 130), // few rows, and panels of b that each thread packs for itself
        (32, 63, 65), (32, 64, 65), (32, 131, 300), (96, 192, 512), (128, 257, 100), // few rows of a, and b stored transposed: products that are turned around
    ];

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
        foreach ((int m, int n, int k) in s_blocks.Append((300, 300, 800)).Append((600, 150, 1030)).Append((64, 900, 300)).Append((100, 1040, 600)))
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

    /// <summary>Two hundred shapes on guarded memory: no tile reads or writes beyond its matrix, and c is not read unless it is added to.</summary>
    [Theory, MemberData(nameof(Paths))]
    public void Run_GuardedMatrices_NothingAroundThemTakesPart(string path)
    {
        var random = new RandomSource(1);
        for (int i = 0; i < 200; i++)
        {
            (int m, int n, int k) = (Awkward(), Awkward(), Awkward());
            Guarded<float>(Enum.Parse<SimdPath>(path), m, n, k, i);
            Guarded<double>(Enum.Parse<SimdPath>(path), m, n, k, i);
        }
        foreach ((int m, int n, int k) in s_guardedBlocks)
        {
            for (int variant = 0; variant < 4; variant++) Guarded<float>(Enum.Parse<SimdPath>(path), m, n, k, variant);
        }

        int Awkward() => random.Next(8) == 0 ? random.Next(2) : Numbers.Awkward(random, 67);

        static void Guarded<T>(SimdPath path, int m, int n, int k, int variant) where T : unmanaged, IFloatingPointIeee754<T>
        {
            bool transposeA = (variant & 1) != 0, transposeB = (variant & 2) != 0;
            T[] a = Reference.Random<T>(m * k, 1), b = Reference.Random<T>(k * n, 2), c = Reference.Random<T>(m * n, 3);
            var bench = new Workbench($"{path}, {m} × {n} × {k}, transposed {transposeA}, {transposeB}");
            Guarded<T> left = bench.Input(a), right = bench.Input(b);
            T[] product = bench.Run<T>(c.Length, to => MatMulKernel.Run<T>(path, left, transposeA, right, transposeB, to, m, n, k));
            T[] added = bench.Run<T>(c, to => MatMulKernel.Run<T>(path, left, transposeA, right, transposeB, to, m, n, k, accumulate: true));
            bench.AssertClose("c", Numbers.Exact(Reference.MatMul(a, transposeA, b, transposeB, c, m, n, k, accumulate: false)), product, roundings: 1, scale: k + 4);
            bench.AssertClose("c added to", Numbers.Exact(Reference.MatMul(a, transposeA, b, transposeB, c, m, n, k, accumulate: true)), added, roundings: 1, scale: k + 4);
        }
    }

    [Fact]
    public void Stack_AnySizesAndThreads_MultipliesOneAfterTheOther()
    {
        var random = new RandomSource(2);
        for (int i = 0; i < 200; i++) Stack<float>(random, random.Next(5), Numbers.Awkward(random, 33), Numbers.Awkward(random, 33), random.Next(9) == 0 ? 0 : Numbers.Awkward(random, 33), i);
        Stack<double>(random, 3, 5, 7, 9, 5);
        Stack<float>(random, 40, 17, 23, 31, 0); // shared among threads
        Stack<float>(random, 2, 130, 130, 130, 0); // each so large that its own pieces are shared

        static void Stack<T>(RandomSource random, int count, int m, int n, int k, int variant) where T : unmanaged, IFloatingPointIeee754<T>
        {
            bool transposeA = (variant & 1) != 0, transposeB = (variant & 2) != 0, repeatsA = (variant & 4) != 0, repeatsC = (variant & 8) != 0;
            const int different = 3; // matrices that take part repeatedly
            int[] some = [.. Enumerable.Range(0, count).Select(_ => random.Next(different))];
            T[] a = Reference.Random<T>((repeatsA ? different : count) * m * k, 1), b = Reference.Random<T>(count * k * n, 2);
            var c = new T[(repeatsC ? different : count) * m * n];
            for (int t = 0; t < count; t++)
            {
                T[] left = a[((repeatsA ? some[t] : t) * m * k)..][..(m * k)], right = b[(t * k * n)..][..(k * n)];
                int at = (repeatsC ? some[t] : t) * m * n;
                Reference.MatMul(left, transposeA, right, transposeB, c[at..(at + m * n)], m, n, k, accumulate: true).CopyTo(c, at);
            }
            var bench = new Workbench($"{count} products {m} × {n} × {k}");
            Guarded<T> from = bench.Input(a), by = bench.Input(b);
            T[] actual = bench.Run<T>(c.Length, to => MatMulStackKernel.Multiply(
                new MatrixStack<T>(from, m * k, repeatsA ? some : []), transposeA, new MatrixStack<T>(by, k * n, []), transposeB,
                new MatrixStack<T>(to, m * n, repeatsC ? some : []), count, m, n, k));
            bench.AssertClose("c", Numbers.Exact(c), actual, roundings: 1, scale: (k + 4) * (repeatsC ? count : 1));
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
        Assert.Equal(0, Allocations.OnceWarm(Products));
    }

    [Fact]
    public void Multiply_InfinityAndNaN_ComeThroughAsTheFormulaSays()
    {
        float[] a = [1, float.PositiveInfinity, 0, 2], b = [float.NaN, 1, 0, 0], c = new float[4];
        MatMulKernel.Multiply<float>(a, false, b, false, c, 2, 2, 2);
        Assert.Equal([float.NaN, float.NaN, float.NaN, 0], c); // ∞·0 is NaN, and 0·NaN too: nothing is skipped for being zero
    }
}
