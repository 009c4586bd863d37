using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>Squares of four by four floats, one or two of them side by side in four vectors.</summary>
internal unsafe interface ISquares<TVector> where TVector : unmanaged
{
    /// <summary>A row of each square; the second's begins <paramref name="next"/> numbers behind the first's.</summary>
    static abstract TVector Load(float* row, nint next);

    /// <summary>The first two numbers of both rows of a square, interleaved: a₀ b₀ a₁ b₁.</summary>
    static abstract TVector Low(TVector a, TVector b);

    /// <summary>The last two: a₂ b₂ a₃ b₃.</summary>
    static abstract TVector High(TVector a, TVector b);

    /// <summary>The first pairs: a₀ a₁ b₀ b₁.</summary>
    static abstract TVector LowPairs(TVector a, TVector b);

    /// <summary>The last pairs: a₂ a₃ b₂ b₃.</summary>
    static abstract TVector HighPairs(TVector a, TVector b);
}

/// <summary>One square.</summary>
internal readonly unsafe struct Squares128 : ISquares<Vector128<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* row, nint next) => Vector128.Load(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Low(Vector128<float> a, Vector128<float> b) => Interleave.Low(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> High(Vector128<float> a, Vector128<float> b) => Interleave.High(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LowPairs(Vector128<float> a, Vector128<float> b) => Interleave.Low(a.AsDouble(), b.AsDouble()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> HighPairs(Vector128<float> a, Vector128<float> b) => Interleave.High(a.AsDouble(), b.AsDouble()).AsSingle();
}

/// <summary>Two squares; for AVX.</summary>
internal readonly unsafe struct Squares256 : ISquares<Vector256<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* row, nint next) => Vector256.Create(Vector128.Load(row), Vector128.Load(row + next));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Low(Vector256<float> a, Vector256<float> b) => Avx.UnpackLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> High(Vector256<float> a, Vector256<float> b) => Avx.UnpackHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LowPairs(Vector256<float> a, Vector256<float> b) => Avx.UnpackLow(a.AsDouble(), b.AsDouble()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> HighPairs(Vector256<float> a, Vector256<float> b) => Avx.UnpackHigh(a.AsDouble(), b.AsDouble()).AsSingle();
}
