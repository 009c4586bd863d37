using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>What <see cref="Vector"/> has for float and double, for any of the two.</summary>
internal static class VectorMath
{
    /// <summary>eˣ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Exp<T>(Vector<T> x) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector.As<float, T>(Vector.Exp(Vector.AsVectorSingle(x)))
        : Vector.As<double, T>(Vector.Exp(Vector.AsVectorDouble(x)));

    /// <summary>ln x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Log<T>(Vector<T> x) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector.As<float, T>(Vector.Log(Vector.AsVectorSingle(x)))
        : Vector.As<double, T>(Vector.Log(Vector.AsVectorDouble(x)));

    /// <summary>ln(1 + x) for x ≥ 0, exact for small x: what rounding 1 + x loses is put back (W. Kahan's quotient).</summary>
    public static Vector<T> Log1P<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> sum = Vector<T>.One + x;
        return Vector.ConditionalSelect(Vector.Equals(sum, Vector<T>.One), x, Log(sum) * x / (sum - Vector<T>.One));
    }

    /// <summary>The vector that starts at <paramref name="start"/>; where the span ends within it, the rest is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load<T>(ReadOnlySpan<T> x, int start) where T : unmanaged =>
        x.Length - start >= Vector<T>.Count ? new Vector<T>(x[start..]) : LoadTail(x[start..]);

    /// <summary>Writes the vector from <paramref name="start"/> on, as far as the span goes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector<T> value, Span<T> x, int start) where T : unmanaged
    {
        if (x.Length - start >= Vector<T>.Count) value.CopyTo(x[start..]);
        else StoreTail(value, x[start..]);
    }

    private static unsafe Vector<T> LoadTail<T>(ReadOnlySpan<T> x) where T : unmanaged
    {
        Vector<T> value = default;
        x.CopyTo(new Span<T>(&value, Vector<T>.Count));
        return value;
    }

    private static unsafe void StoreTail<T>(Vector<T> value, Span<T> x) where T : unmanaged => new ReadOnlySpan<T>(&value, x.Length).CopyTo(x);
}
