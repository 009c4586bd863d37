using System.Numerics;
using System.Numerics.Tensors;

namespace Backprop.Kernels;

/// <summary>What happens to a matrix row by row.</summary>
internal static class RowKernel
{
    /// <summary>Every row of <paramref name="matrix"/> ← <paramref name="row"/>.</summary>
    public static void Repeat<T>(ReadOnlySpan<T> row, Span<T> matrix) where T : unmanaged
    {
        for (int start = 0; start < matrix.Length; start += row.Length) row.CopyTo(matrix[start..]);
    }

    /// <summary><paramref name="sum"/> ← the sum of all rows, first to last.</summary>
    public static void Sum<T>(ReadOnlySpan<T> matrix, Span<T> sum) where T : unmanaged, INumberBase<T>
    {
        sum.Clear();
        for (int start = 0; start < matrix.Length; start += sum.Length) TensorPrimitives.Add(sum, matrix.Slice(start, sum.Length), sum);
    }
}
