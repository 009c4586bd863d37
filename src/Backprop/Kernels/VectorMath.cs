using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>What <see cref="Vector"/> has for float and double, for any of the two. The accuracies stated are measured by the tests, over the whole range and on every kernel path.</summary>
internal static class VectorMath
{
    /// <summary>eˣ within 2 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Exp<T>(Vector<T> x) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector.As<float, T>(ExpSingle(Vector.AsVectorSingle(x)))
        : Vector.As<double, T>(Vector.Exp(Vector.AsVectorDouble(x)));

    /// <summary>eˣ within 1 unit in the last place; Vector.Exp, which computes in double, takes twice the time.</summary>
    /// <remarks>
    /// <c>x = n·ln 2 + r</c> with |r| ≤ ½ ln 2, so <c>eˣ = 2ⁿ·eʳ</c>; ln 2 comes in two parts, of which the first times n is exact. The polynomial is S. Moshier's in Cephes.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ExpSingle(Vector<float> x)
    {
        // Beyond these limits are 0 and infinity. With the constant first, NaN stays NaN.
        x = Vector.MinNative(new Vector<float>(89), Vector.MaxNative(new Vector<float>(-104), x));
        Vector<float> n = Vector.Round(x * 1.44269504f);
        Vector<float> r = MultiplyAdd(n, new Vector<float>(2.12194440e-4f), MultiplyAdd(n, new Vector<float>(-0.693359375f), x));
        Vector<float> p = MultiplyAdd(new Vector<float>(1.9875691500e-4f), r, new Vector<float>(1.3981999507e-3f));
        p = MultiplyAdd(p, r, new Vector<float>(8.3334519073e-3f));
        p = MultiplyAdd(p, r, new Vector<float>(4.1665795894e-2f));
        p = MultiplyAdd(p, r, new Vector<float>(1.6666665459e-1f));
        p = MultiplyAdd(p, r, new Vector<float>(5.0000001201e-1f));
        p = MultiplyAdd(p, r * r, r) + Vector<float>.One;
        // 2ⁿ in two factors, put together from their exponents: 2⁻¹⁵⁰ is no float, and neither is 2¹²⁸.
        // n is whole and small: added to 1.5·2²³ it stands in the last bits.
        Vector<int> exponent = Vector.AsVectorInt32(n + new Vector<float>(12582912f)) - new Vector<int>(0x4B400000), half = exponent >> 1, bias = new(127);
        return p * Vector.AsVectorSingle((half + bias) << 23) * Vector.AsVectorSingle((exponent - half + bias) << 23);
    }

    /// <summary>ln x within 2.5 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Log<T>(Vector<T> x) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector.As<float, T>(Vector.Log(Vector.AsVectorSingle(x)))
        : Vector.As<double, T>(Vector.Log(Vector.AsVectorDouble(x)));

    /// <summary>ln(1 + x) for finite x ≥ 0 within 3 units in the last place: what rounding 1 + x loses is put back (W. Kahan's quotient).</summary>
    public static Vector<T> Log1P<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> sum = Vector<T>.One + x;
        return Vector.ConditionalSelect(Vector.Equals(sum, Vector<T>.One), x, Log(sum) * (x / (sum - Vector<T>.One)));
    }

    /// <summary>tanh x within 1.5 units in the last place: near 0 a rational function (S. Moshier's in Cephes), else from eˣ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Tanh<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> two = Constant<T>(2), size = Vector.Abs(x);
        Vector<T> far = Vector<T>.One - two / (Exp(size + size) + Vector<T>.One);
        return Vector.CopySign(Vector.ConditionalSelect(Vector.LessThan(size, Constant<T>(0.625)), TanhNearZero(x), far), x);
    }

    /// <summary>eˣ − 1 within 4 units in the last place, near 0 too: there it is <c>2t / (1 − t)</c> with t = tanh(x/2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> ExpM1<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> t = TanhNearZero(x * T.CreateTruncating(0.5)), near = (t + t) / (Vector<T>.One - t);
        return Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(x), Vector<T>.One), near, Exp(x) - Vector<T>.One);
    }

    /// <summary>1 / (1 + e⁻ˣ) within 4 units in the last place; below the smallest normal number it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Sigmoid<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One / (Vector<T>.One + Exp(-x));

    /// <summary>aᵇ, one lane after the other.</summary>
    public static unsafe Vector<T> Pow<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* powers = (T*)&a, exponents = (T*)&b;
        for (int lane = 0; lane < Vector<T>.Count; lane++) powers[lane] = T.Pow(powers[lane], exponents[lane]);
        return a;
    }

    /// <summary>A number in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Constant<T>(double value) where T : unmanaged, IFloatingPointIeee754<T> => new(T.CreateTruncating(value));

    /// <summary>tanh x for |x| ≤ 0.625.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> TanhNearZero<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> z = x * x;
        Vector<T> p = MultiplyAdd(MultiplyAdd(Constant<T>(-9.64399179425052238628e-1), z, Constant<T>(-9.92877231001918586564e1)), z, Constant<T>(-1.61468768441708447952e3));
        Vector<T> q = MultiplyAdd(MultiplyAdd(z + Constant<T>(1.12811678491632931402e2), z, Constant<T>(2.23548839060100448583e3)), z, Constant<T>(4.84406305325125486048e3));
        return x + x * z * p / q;
    }

    /// <summary>a·b + c, rounded once where the processor can do so at full speed; see <see cref="FusedMultiplyAdd"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> MultiplyAdd<T>(Vector<T> a, Vector<T> b, Vector<T> c) where T : unmanaged
    {
        if (!Fma.IsSupported && !AdvSimd.IsSupported) return a * b + c;
        if (typeof(T) == typeof(float)) return Vector.As<float, T>(Vector.FusedMultiplyAdd(Vector.AsVectorSingle(a), Vector.AsVectorSingle(b), Vector.AsVectorSingle(c)));
        return Vector.As<double, T>(Vector.FusedMultiplyAdd(Vector.AsVectorDouble(a), Vector.AsVectorDouble(b), Vector.AsVectorDouble(c)));
    }

    /// <summary>The vector that starts at <paramref name="start"/>; where the span ends within it, the rest is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load<T>(ReadOnlySpan<T> x, int start) where T : unmanaged =>
        x.Length - start >= Vector<T>.Count ? Vector.LoadUnsafe(in MemoryMarshal.GetReference(x), (nuint)start) : LoadTail(x[start..]);

    /// <summary>Writes the vector from <paramref name="start"/> on, as far as the span goes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector<T> value, Span<T> x, int start) where T : unmanaged
    {
        if (x.Length - start >= Vector<T>.Count) value.StoreUnsafe(ref MemoryMarshal.GetReference(x), (nuint)start);
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
