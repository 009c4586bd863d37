using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>Elements of one type as elements of another.</summary>
internal static class CastKernel
{
    /// <summary><c>y ← x</c>: fractions are cut off towards zero, numbers beyond the range of an integer become its limit, NaN becomes 0; true is 1, and all but 0 is true.</summary>
    public static void Run<TFrom, TTo>(ReadOnlySpan<TFrom> x, Span<TTo> y) where TFrom : unmanaged where TTo : unmanaged
    {
        if (typeof(TFrom) == typeof(float)) To(MemoryMarshal.Cast<TFrom, float>(x), y);
        else if (typeof(TFrom) == typeof(double)) To(MemoryMarshal.Cast<TFrom, double>(x), y);
        else if (typeof(TFrom) == typeof(int)) To(MemoryMarshal.Cast<TFrom, int>(x), y);
        else if (typeof(TFrom) == typeof(long)) To(MemoryMarshal.Cast<TFrom, long>(x), y);
        else To(MemoryMarshal.Cast<TFrom, byte>(x), y); // a bool is a byte of 0 or 1
    }

    private static void To<TFrom, TTo>(ReadOnlySpan<TFrom> x, Span<TTo> y) where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged
    {
        if (typeof(TTo) == typeof(float)) TensorPrimitives.ConvertTruncating(x, MemoryMarshal.Cast<TTo, float>(y));
        else if (typeof(TTo) == typeof(double)) TensorPrimitives.ConvertTruncating(x, MemoryMarshal.Cast<TTo, double>(y));
        else if (typeof(TTo) == typeof(int)) TensorPrimitives.ConvertSaturating(x, MemoryMarshal.Cast<TTo, int>(y));
        else if (typeof(TTo) == typeof(long)) TensorPrimitives.ConvertSaturating(x, MemoryMarshal.Cast<TTo, long>(y));
        else for (int i = 0; i < x.Length; i++) MemoryMarshal.Cast<TTo, bool>(y)[i] = !TFrom.IsZero(x[i]);
    }
}
