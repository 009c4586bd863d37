using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>512 bits: AVX-512, with 32 registers.</summary>
internal readonly unsafe struct Simd512<T> : ISimd<Vector512<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProducts<TColumns>(T factor, Vector512<T> b0, Vector512<T> b1, Vector512<T>* x, Vector512<T>* y) where TColumns : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Vector512<float> a = Vector512.Create(*(float*)&factor);
            *(Vector512<float>*)x = Vector512.FusedMultiplyAdd(a, *(Vector512<float>*)&b0, *(Vector512<float>*)x);
            if (sizeof(TColumns) > 1) *(Vector512<float>*)y = Vector512.FusedMultiplyAdd(a, *(Vector512<float>*)&b1, *(Vector512<float>*)y);
        }
        else
        {
            Vector512<double> a = Vector512.Create(*(double*)&factor);
            *(Vector512<double>*)x = Vector512.FusedMultiplyAdd(a, *(Vector512<double>*)&b0, *(Vector512<double>*)x);
            if (sizeof(TColumns) > 1) *(Vector512<double>*)y = Vector512.FusedMultiplyAdd(a, *(Vector512<double>*)&b1, *(Vector512<double>*)y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c)
    {
        if (typeof(T) == typeof(float))
        {
            Vector512<float> sum = Vector512.FusedMultiplyAdd(*(Vector512<float>*)&a, *(Vector512<float>*)&b, *(Vector512<float>*)&c);
            return *(Vector512<T>*)&sum;
        }
        else
        {
            Vector512<double> sum = Vector512.FusedMultiplyAdd(*(Vector512<double>*)&a, *(Vector512<double>*)&b, *(Vector512<double>*)&c);
            return *(Vector512<T>*)&sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value)
    {
        if (typeof(T) == typeof(float))
        {
            Vector512<float> all = Vector512.Create(*(float*)&value);
            return *(Vector512<T>*)&all;
        }
        else
        {
            Vector512<double> all = Vector512.Create(*(double*)&value);
            return *(Vector512<T>*)&all;
        }
    }

    public static int Lanes => Vector512<T>.Count;
    public static int TileRows => 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Keep(Vector512<T> vector, Vector512<T> mask) => vector & mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Rectify(Vector512<T> vector) => Vector512.ConditionalSelect(Vector512.LessThan(vector, Vector512<T>.Zero), Vector512<T>.Zero, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddHalves(Vector512<T> vector) => Simd256<T>.AddHalves(vector.GetLower() + vector.GetUpper());
}

/// <summary>256 bits: AVX2, with 16 registers.</summary>
internal readonly unsafe struct Simd256<T> : ISimd<Vector256<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProducts<TColumns>(T factor, Vector256<T> b0, Vector256<T> b1, Vector256<T>* x, Vector256<T>* y) where TColumns : unmanaged
    {
        if (!FusedMultiplyAdd.IsFast)
        {
            Vector256<T> a = Vector256.Create(factor);
            *x += a * b0;
            if (sizeof(TColumns) > 1) *y += a * b1;
        }
        else if (typeof(T) == typeof(float))
        {
            Vector256<float> a = Vector256.Create(*(float*)&factor);
            *(Vector256<float>*)x = Vector256.FusedMultiplyAdd(a, *(Vector256<float>*)&b0, *(Vector256<float>*)x);
            if (sizeof(TColumns) > 1) *(Vector256<float>*)y = Vector256.FusedMultiplyAdd(a, *(Vector256<float>*)&b1, *(Vector256<float>*)y);
        }
        else
        {
            Vector256<double> a = Vector256.Create(*(double*)&factor);
            *(Vector256<double>*)x = Vector256.FusedMultiplyAdd(a, *(Vector256<double>*)&b0, *(Vector256<double>*)x);
            if (sizeof(TColumns) > 1) *(Vector256<double>*)y = Vector256.FusedMultiplyAdd(a, *(Vector256<double>*)&b1, *(Vector256<double>*)y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> a, Vector256<T> b, Vector256<T> c)
    {
        if (!FusedMultiplyAdd.IsFast) return a * b + c;
        if (typeof(T) == typeof(float))
        {
            Vector256<float> sum = Vector256.FusedMultiplyAdd(*(Vector256<float>*)&a, *(Vector256<float>*)&b, *(Vector256<float>*)&c);
            return *(Vector256<T>*)&sum;
        }
        else
        {
            Vector256<double> sum = Vector256.FusedMultiplyAdd(*(Vector256<double>*)&a, *(Vector256<double>*)&b, *(Vector256<double>*)&c);
            return *(Vector256<T>*)&sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Add(Vector256<T> a, Vector256<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value)
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<float> all = Vector256.Create(*(float*)&value);
            return *(Vector256<T>*)&all;
        }
        else
        {
            Vector256<double> all = Vector256.Create(*(double*)&value);
            return *(Vector256<T>*)&all;
        }
    }

    public static int Lanes => Vector256<T>.Count;
    public static int TileRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Keep(Vector256<T> vector, Vector256<T> mask) => vector & mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Rectify(Vector256<T> vector) => Vector256.ConditionalSelect(Vector256.LessThan(vector, Vector256<T>.Zero), Vector256<T>.Zero, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddHalves(Vector256<T> vector) => vector.GetLower() + vector.GetUpper();
}

/// <summary>128 bits: NEON with 32 registers, SSE with 16.</summary>
internal readonly unsafe struct Simd128<T> : ISimd<Vector128<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProducts<TColumns>(T factor, Vector128<T> b0, Vector128<T> b1, Vector128<T>* x, Vector128<T>* y) where TColumns : unmanaged
    {
        if (!FusedMultiplyAdd.IsFast)
        {
            Vector128<T> a = Vector128.Create(factor);
            *x += a * b0;
            if (sizeof(TColumns) > 1) *y += a * b1;
        }
        else if (typeof(T) == typeof(float))
        {
            Vector128<float> a = Vector128.Create(*(float*)&factor);
            *(Vector128<float>*)x = Vector128.FusedMultiplyAdd(a, *(Vector128<float>*)&b0, *(Vector128<float>*)x);
            if (sizeof(TColumns) > 1) *(Vector128<float>*)y = Vector128.FusedMultiplyAdd(a, *(Vector128<float>*)&b1, *(Vector128<float>*)y);
        }
        else
        {
            Vector128<double> a = Vector128.Create(*(double*)&factor);
            *(Vector128<double>*)x = Vector128.FusedMultiplyAdd(a, *(Vector128<double>*)&b0, *(Vector128<double>*)x);
            if (sizeof(TColumns) > 1) *(Vector128<double>*)y = Vector128.FusedMultiplyAdd(a, *(Vector128<double>*)&b1, *(Vector128<double>*)y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> a, Vector128<T> b, Vector128<T> c)
    {
        if (!FusedMultiplyAdd.IsFast) return a * b + c;
        if (typeof(T) == typeof(float))
        {
            Vector128<float> sum = Vector128.FusedMultiplyAdd(*(Vector128<float>*)&a, *(Vector128<float>*)&b, *(Vector128<float>*)&c);
            return *(Vector128<T>*)&sum;
        }
        else
        {
            Vector128<double> sum = Vector128.FusedMultiplyAdd(*(Vector128<double>*)&a, *(Vector128<double>*)&b, *(Vector128<double>*)&c);
            return *(Vector128<T>*)&sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Add(Vector128<T> a, Vector128<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value)
    {
        if (typeof(T) == typeof(float))
        {
            Vector128<float> all = Vector128.Create(*(float*)&value);
            return *(Vector128<T>*)&all;
        }
        else
        {
            Vector128<double> all = Vector128.Create(*(double*)&value);
            return *(Vector128<T>*)&all;
        }
    }

    public static int Lanes => Vector128<T>.Count;
    public static int TileRows => AdvSimd.Arm64.IsSupported ? 12 : 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Keep(Vector128<T> vector, Vector128<T> mask) => vector & mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Rectify(Vector128<T> vector) => Vector128.ConditionalSelect(Vector128.LessThan(vector, Vector128<T>.Zero), Vector128<T>.Zero, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddHalves(Vector128<T> vector) => vector;
}

/// <summary>One number at a time: runs everywhere, and reads as the plain algorithm.</summary>
internal readonly unsafe struct SimdScalar<T> : ISimd<T, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Lanes => 1;
    public static int TileRows => 6;
    public static T Keep(T vector, T mask) => mask == T.Zero ? T.Zero : vector; // ones are no number
    public static T Broadcast(T value) => value;
    public static T Add(T a, T b) => a + b;
    public static T MultiplyAdd(T a, T b, T c) => FusedMultiplyAdd.Of(a, b, c);
    public static void AddProducts<TColumns>(T factor, T b0, T b1, T* x, T* y) where TColumns : unmanaged
    {
        *x = MultiplyAdd(factor, b0, *x);
        if (sizeof(TColumns) > 1) *y = MultiplyAdd(factor, b1, *y);
    }

    public static T Rectify(T vector) => vector < T.Zero ? T.Zero : vector;
    public static Vector128<T> AddHalves(T vector) => Vector128.CreateScalar(vector);
}

/// <summary>
/// Whether the processor multiplies and adds with one rounding in one instruction. The runtime's own MultiplyAddEstimate asks the same, but is a call, one number at a time,
/// in code that was compiled before it was shipped.
/// </summary>
internal static class FusedMultiplyAdd
{
    public static bool IsFast
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Fma.IsSupported || AdvSimd.IsSupported;
    }

    /// <summary>a · b + c, with one rounding where that is fast, otherwise with two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(T a, T b, T c) where T : IFloatingPointIeee754<T> => IsFast ? T.FusedMultiplyAdd(a, b, c) : a * b + c;
}

internal static unsafe class SimdMasks
{
    private static ReadOnlySpan<byte> Bytes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ];

    /// <summary>Between 64 bytes of zeros and 64 bytes of ones; constant data, which never moves.</summary>
    public static byte* ZerosThenOnes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // a call would cost its caller all vector registers
        get => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Bytes)) + 64;
    }
}
