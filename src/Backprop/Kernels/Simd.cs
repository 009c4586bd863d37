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
    public static int Lanes => Vector512<T>.Count;
    public static int TileRows => 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => *(Vector512<T>*)source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadLast(T* end, int count) =>
        (Vector512.Load((byte*)(end - Lanes)) & Vector512.Load(SimdMasks.ZerosThenOnes - Vector512<byte>.Count + count * sizeof(T))).As<byte, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> vector, T* destination) => *(Vector512<T>*)destination = vector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Subtract(Vector512<T> a, Vector512<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> a, Vector512<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c)
    {
        if (typeof(T) == typeof(float)) return Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        return Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Rectify(Vector512<T> vector) => Vector512.MaxNative(Vector512<T>.Zero, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddHalves(Vector512<T> vector) => Simd256<T>.AddHalves(vector.GetLower() + vector.GetUpper());
}

/// <summary>256 bits: AVX2, with 16 registers.</summary>
internal readonly unsafe struct Simd256<T> : ISimd<Vector256<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Lanes => Vector256<T>.Count;
    public static int TileRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* source) => *(Vector256<T>*)source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadLast(T* end, int count) =>
        (Vector256.Load((byte*)(end - Lanes)) & Vector256.Load(SimdMasks.ZerosThenOnes - Vector256<byte>.Count + count * sizeof(T))).As<byte, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> vector, T* destination) => *(Vector256<T>*)destination = vector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Add(Vector256<T> a, Vector256<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Subtract(Vector256<T> a, Vector256<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Multiply(Vector256<T> a, Vector256<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> a, Vector256<T> b, Vector256<T> c)
    {
        if (!Fma.IsSupported && !AdvSimd.IsSupported) return a * b + c;
        if (typeof(T) == typeof(float)) return Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        return Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Rectify(Vector256<T> vector) => Vector256.MaxNative(Vector256<T>.Zero, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddHalves(Vector256<T> vector) => vector.GetLower() + vector.GetUpper();
}

/// <summary>128 bits: NEON with 32 registers, SSE with 16.</summary>
internal readonly unsafe struct Simd128<T> : ISimd<Vector128<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Lanes => Vector128<T>.Count;
    public static int TileRows => AdvSimd.Arm64.IsSupported ? 12 : 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* source) => *(Vector128<T>*)source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> LoadLast(T* end, int count) =>
        (Vector128.Load((byte*)(end - Lanes)) & Vector128.Load(SimdMasks.ZerosThenOnes - Vector128<byte>.Count + count * sizeof(T))).As<byte, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> vector, T* destination) => *(Vector128<T>*)destination = vector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Add(Vector128<T> a, Vector128<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Subtract(Vector128<T> a, Vector128<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Multiply(Vector128<T> a, Vector128<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> a, Vector128<T> b, Vector128<T> c)
    {
        if (!Fma.IsSupported && !AdvSimd.IsSupported) return a * b + c;
        if (typeof(T) == typeof(float)) return Vector128.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        return Vector128.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Rectify(Vector128<T> vector) => Vector128.MaxNative(Vector128<T>.Zero, vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddHalves(Vector128<T> vector) => vector;
}

/// <summary>One number at a time: runs everywhere, and reads as the plain algorithm.</summary>
internal readonly unsafe struct SimdScalar<T> : ISimd<T, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Lanes => 1;
    public static int TileRows => 6;
    public static T Load(T* source) => *source;
    public static T LoadLast(T* end, int count) => count == 0 ? T.Zero : end[-1];
    public static void Store(T vector, T* destination) => *destination = vector;
    public static T Broadcast(T value) => value;
    public static T Add(T a, T b) => a + b;
    public static T Subtract(T a, T b) => a - b;
    public static T Multiply(T a, T b) => a * b;
    public static T MultiplyAdd(T a, T b, T c) => FusedMultiplyAdd.Of(a, b, c);
    public static T Rectify(T vector) => vector < T.Zero ? T.Zero : vector;
    public static Vector128<T> AddHalves(T vector) => Vector128.CreateScalar(vector);
}

/// <summary>a · b + c, with one rounding where the processor has an instruction for it, otherwise with two.</summary>
/// <remarks>
/// The runtime's own MultiplyAddEstimate does the same, but is a call, one number at a time, in code that was compiled before it was shipped. Its kin for vectors ask in place, and each way has a
/// return of its own: where two ways meet, the compiler goes through a variable, and a tile of a matrix product copies a register after every other multiply-add.
/// </remarks>
internal static class FusedMultiplyAdd
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(T a, T b, T c) where T : IFloatingPointIeee754<T> => Fma.IsSupported || AdvSimd.IsSupported ? T.FusedMultiplyAdd(a, b, c) : a * b + c;
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
