using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>Squares of four by four floats, one or two of them side by side in four vectors.</summary>
internal unsafe interface ISquares<TVector> where TVector : unmanaged
{
    /// <summary>A row of each square; the second's begins <paramref name="next"/> numbers behind the first's.</summary>
    static abstract TVector Load(float* row, nint next);

    /// <summary>Rows become columns, in each square: two rounds of interleaving.</summary>
    static abstract void Turn(ref TVector a, ref TVector b, ref TVector c, ref TVector d);
}

/// <summary>One square.</summary>
internal readonly unsafe struct Squares128 : ISquares<Vector128<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* row, nint next) => Vector128.Load(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn(ref Vector128<float> a, ref Vector128<float> b, ref Vector128<float> c, ref Vector128<float> d)
    {
        Vector128<double> lowAB = Interleave.Low(a, b).AsDouble(), highAB = Interleave.High(a, b).AsDouble();
        Vector128<double> lowCD = Interleave.Low(c, d).AsDouble(), highCD = Interleave.High(c, d).AsDouble();
        (a, b) = (Interleave.Low(lowAB, lowCD).AsSingle(), Interleave.High(lowAB, lowCD).AsSingle());
        (c, d) = (Interleave.Low(highAB, highCD).AsSingle(), Interleave.High(highAB, highCD).AsSingle());
    }
}

/// <summary>Two squares; for AVX.</summary>
internal readonly unsafe struct Squares256 : ISquares<Vector256<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* row, nint next) => Vector256.Create(Vector128.Load(row), Vector128.Load(row + next));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn(ref Vector256<float> a, ref Vector256<float> b, ref Vector256<float> c, ref Vector256<float> d)
    {
        Vector256<double> lowAB = Avx.UnpackLow(a, b).AsDouble(), highAB = Avx.UnpackHigh(a, b).AsDouble();
        Vector256<double> lowCD = Avx.UnpackLow(c, d).AsDouble(), highCD = Avx.UnpackHigh(c, d).AsDouble();
        (a, b) = (Avx.UnpackLow(lowAB, lowCD).AsSingle(), Avx.UnpackHigh(lowAB, lowCD).AsSingle());
        (c, d) = (Avx.UnpackLow(highAB, highCD).AsSingle(), Avx.UnpackHigh(highAB, highCD).AsSingle());
    }
}
