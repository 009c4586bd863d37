using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>What happens to a matrix row by row.</summary>
internal static class RowKernel
{
    /// <summary>Every row of <paramref name="matrix"/> ← <paramref name="row"/>.</summary>
    public static void Repeat<T>(ReadOnlySpan<T> row, Span<T> matrix) where T : unmanaged
    {
        for (int start = 0; start < matrix.Length; start += row.Length) row.CopyTo(matrix[start..]);
    }

    /// <summary><c>y ← x + addend</c>.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Add<T>(ReadOnlySpan<T> x, T addend, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var all = new Vector<T>(addend);
        for (int i = 0; i < x.Length; i += Vector<T>.Count) VectorMath.Store(VectorMath.Load(x, i) + all, y, i);
    }

    /// <summary><c>y ← x · factor</c>.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Multiply<T>(ReadOnlySpan<T> x, T factor, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i += Vector<T>.Count) VectorMath.Store(VectorMath.Load(x, i) * factor, y, i);
    }
}
