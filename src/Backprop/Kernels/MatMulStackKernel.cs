using System.Numerics;

namespace Backprop.Kernels;

/// <summary>One of the three stacks of matrices in a product of stacks: which of its matrices takes part in each product.</summary>
/// <param name="elements">The matrices one behind the other.</param>
/// <param name="size">The elements of a matrix.</param>
/// <param name="index">The matrix of each product; empty where product t has matrix t.</param>
internal readonly ref struct MatrixStack<T>(Span<T> elements, int size, ReadOnlySpan<int> index)
{
    private readonly Span<T> _elements = elements;
    private readonly ReadOnlySpan<int> _index = index;

    /// <summary>Whether some matrix may take part in several products.</summary>
    public bool IsRepeated => !_index.IsEmpty;

    /// <summary>The matrix of product <paramref name="t"/>.</summary>
    public Span<T> this[int t] => _elements.Slice((IsRepeated ? _index[t] : t) * size, size);

    /// <summary>Sets all matrices to zero.</summary>
    public void Clear() => _elements.Clear();
}

/// <summary>Products of many matrices.</summary>
internal static class MatMulStackKernel
{
    private const long SharedFrom = 1 << 17;      // multiplications of all products: below, waking a thread costs more than it gives
    private const long LargeMatrix = 1 << 21;     // multiplications of one product: from here on it is worth sharing one after the other

    /// <summary>
    /// <c>c[t] ← op(a[t])·op(b[t])</c> for <paramref name="count"/> products, of shapes as in <see cref="MatMulKernel.Multiply"/>. Where c is repeated, the products of
    /// one matrix are added up, in the order of t.
    /// </summary>
    public static void Multiply<T>(MatrixStack<T> a, bool transposeA, MatrixStack<T> b, bool transposeB, MatrixStack<T> c, int count, int m, int n, int k)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new Job<T> { A = a, TransposeA = transposeA, B = b, TransposeB = transposeB, C = c, M = m, N = n, K = k };
        long work = (long)m * n * k;
        if (c.IsRepeated || count == 0) c.Clear();
        if (c.IsRepeated || work >= LargeMatrix || work * count < SharedFrom)
        {
            for (int t = 0; t < count; t++) job.Run(t);
        }
        else
        {
            WorkerPool.Run(ref job, count);
        }
    }

    private readonly ref struct Job<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public required MatrixStack<T> A { get; init; }
        public required bool TransposeA { get; init; }
        public required MatrixStack<T> B { get; init; }
        public required bool TransposeB { get; init; }
        public required MatrixStack<T> C { get; init; }
        public required int M { get; init; }
        public required int N { get; init; }
        public required int K { get; init; }

        public void Run(int piece) => MatMulKernel.Multiply<T>(A[piece], TransposeA, B[piece], TransposeB, C[piece], M, N, K, accumulate: C.IsRepeated);
    }
}
