using System.Numerics;

namespace Backprop.Kernels;

/// <summary><c>c[m, n] = a[m, k]·b[k, n]</c>, or <c>c += a·b</c>; row i of c begins at <c>c + i·cStride</c>.</summary>
internal readonly unsafe struct MatMulProblem<T>(MatrixView<T> a, MatrixView<T> b, T* c, nint cStride, int m, int n, int k, bool accumulate)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public MatrixView<T> A => a;
    public MatrixView<T> B => b;
    public T* C => c;
    public nint CStride => cStride;
    public int M => m;
    public int N => n;
    public int K => k;
    public bool Accumulate => accumulate;

    /// <summary>cᵀ = bᵀ·aᵀ, for a c of one column only: that lies in memory like one row.</summary>
    public MatMulProblem<T> Transposed => new(b.Transposed, a.Transposed, c, m, n, m, k, accumulate);

    /// <summary>Rows, columns and steps of the sum from the given ones on; from the second block of steps on the sum is added to what is there.</summary>
    public MatMulProblem<T> Part(int row, int rows, int column, int columns, int step, int steps) =>
        new(a.From(row, step), b.From(step, column), c + row * cStride + column, cStride, rows, columns, steps, accumulate || step > 0);
}
