namespace Backprop.Kernels;

/// <summary>What happens to a matrix row by row.</summary>
internal static class RowKernel
{
    /// <summary>Every row of <paramref name="matrix"/> ← <paramref name="row"/>.</summary>
    public static void Repeat<T>(ReadOnlySpan<T> row, Span<T> matrix) where T : unmanaged
    {
        for (int start = 0; start < matrix.Length; start += row.Length) row.CopyTo(matrix[start..]);
    }
}
