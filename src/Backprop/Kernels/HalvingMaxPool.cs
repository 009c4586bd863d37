using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>
/// The commonest pooling, 2 × 2 windows side by side, a vector of windows at a time.
/// </summary>
/// <remarks>
/// A vector takes what it needs of a row and, if the row is shorter, what follows: the outputs that are too many are overwritten by the next row's. Where the plane
/// ends too soon for that, the row is copied to where there is room.
/// </remarks>
internal static unsafe class HalvingMaxPool
{
    public static bool Fits<T, TIndex>(in PoolingShape s) =>
        typeof(T) == typeof(float) && typeof(TIndex) == typeof(byte) && Vector128.IsHardwareAccelerated
        && s is { KernelHeight: 2, KernelWidth: 2, StrideHeight: 2, StrideWidth: 2, PadHeight: 0, PadWidth: 0, DilationHeight: 1, DilationWidth: 1 }
        && 2 * s.OutHeight <= s.Height && 2 * s.OutWidth <= s.Width;

    /// <summary>Planes of an even height, one below the other, are one tall plane: only its last rows need to be copied.</summary>
    public static PoolingShape Stack<T, TIndex>(in PoolingShape s, int planes) =>
        Fits<T, TIndex>(s) && 2 * s.OutHeight == s.Height ? s with { Height = planes * s.Height, OutHeight = planes * s.OutHeight } : s;

    /// <summary>The maxima of a plane, and who they are unless <paramref name="winners"/> is empty.</summary>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y, Span<byte> winners, in PoolingShape s)
    {
        if (IsWide(s)) Forward<HalvingStep512, Vector512<float>, Vector512<int>>(x, y, winners, s);
        else if (Avx2.IsSupported) Forward<HalvingStep256, Vector256<float>, Vector256<int>>(x, y, winners, s);
        else Forward<HalvingStep128, Vector128<float>, Vector128<int>>(x, y, winners, s);
    }

    /// <summary>The slopes of a plane: <c>dx ← dy</c> at the winners, and 0 elsewhere.</summary>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<byte> winners, Span<float> dx, in PoolingShape s)
    {
        if (IsWide(s)) Backward<HalvingStep512, Vector512<float>, Vector512<int>>(dy, winners, dx, s);
        else if (Avx2.IsSupported) Backward<HalvingStep256, Vector256<float>, Vector256<int>>(dy, winners, dx, s);
        else Backward<HalvingStep128, Vector128<float>, Vector128<int>>(dy, winners, dx, s);
    }

    private static bool IsWide(in PoolingShape s) => Avx512F.IsSupported && s.OutWidth > HalvingStep256.Lanes;

    [SkipLocalsInit]
    private static void Forward<TStep, TValues, TPositions>(ReadOnlySpan<float> x, Span<float> y, Span<byte> winners, in PoolingShape s)
        where TStep : struct, IHalvingStep<TValues, TPositions> where TPositions : struct
    {
        int lanes = TStep.Lanes, outWidth = s.OutWidth;
        float* upperEnd = stackalloc float[2 * lanes], lowerEnd = stackalloc float[2 * lanes], bestEnd = stackalloc float[lanes];
        byte* winnerEnd = stackalloc byte[lanes];
        fixed (float* px = x, py = y)
        fixed (byte* pw = winners)
        {
            float* upper = px, best = py, xEnd = px + x.Length, yEnd = py + y.Length;
            for (int i = 0; i < s.OutHeight; i++, upper += 2 * s.Width, best += outWidth)
            {
                float* lower = upper + s.Width;
                byte* winner = pw == null ? null : pw + (best - py);
                if (outWidth < lanes && (best + lanes > yEnd || lower + 2 * lanes > xEnd))
                {
                    Copy(upper, upperEnd, 2 * outWidth);
                    Copy(lower, lowerEnd, 2 * outWidth);
                    Step<TStep, TValues, TPositions>(upperEnd, lowerEnd, bestEnd, winnerEnd);
                    Copy(bestEnd, best, outWidth);
                    if (winner != null) Copy(winnerEnd, winner, outWidth);
                    continue;
                }
                for (int next = 0; next < outWidth; next += lanes)
                {
                    int j = Math.Max(0, Math.Min(next, outWidth - lanes)); // the last vector repeats what the one before did
                    Step<TStep, TValues, TPositions>(upper + 2 * j, lower + 2 * j, best + j, winner == null ? null : winner + j);
                }
            }
        }
    }

    /// <summary>The four numbers of each window in turn, row by row: so the first of equal ones wins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TStep, TValues, TPositions>(float* upper, float* lower, float* best, byte* winner)
        where TStep : struct, IHalvingStep<TValues, TPositions> where TPositions : struct
    {
        (TValues value, TValues other) = TStep.Columns(upper);
        TPositions index = default;
        TStep.Take(ref value, ref index, other, 1);
        (TValues left, TValues right) = TStep.Columns(lower);
        TStep.Take(ref value, ref index, left, 2);
        TStep.Take(ref value, ref index, right, 3);
        TStep.Store(value, index, best, winner);
    }

    [SkipLocalsInit]
    private static void Backward<TStep, TValues, TPositions>(ReadOnlySpan<float> dy, ReadOnlySpan<byte> winners, Span<float> dx, in PoolingShape s)
        where TStep : struct, IHalvingStep<TValues, TPositions> where TPositions : struct
    {
        int lanes = TStep.Lanes, outWidth = s.OutWidth, leftOver = s.Width - 2 * outWidth;
        float* upperEnd = stackalloc float[2 * lanes], lowerEnd = stackalloc float[2 * lanes], slopeEnd = stackalloc float[lanes];
        byte* winnerEnd = stackalloc byte[lanes];
        fixed (float* pdy = dy, pdx = dx)
        fixed (byte* pw = winners)
        {
            float* slope = pdy, upper = pdx, dyEnd = pdy + dy.Length, dxEnd = pdx + dx.Length;
            byte* winner = pw;
            for (int i = 0; i < s.OutHeight; i++, upper += 2 * s.Width, slope += outWidth, winner += outWidth)
            {
                float* lower = upper + s.Width;
                if (outWidth < lanes && (slope + lanes > dyEnd || lower + 2 * lanes > dxEnd))
                {
                    Copy(slope, slopeEnd, outWidth);
                    Copy(winner, winnerEnd, outWidth);
                    TStep.Backward(slopeEnd, winnerEnd, upperEnd, lowerEnd);
                    Copy(upperEnd, upper, 2 * outWidth);
                    Copy(lowerEnd, lower, 2 * outWidth);
                }
                else
                {
                    for (int next = 0; next < outWidth; next += lanes)
                    {
                        int j = Math.Max(0, Math.Min(next, outWidth - lanes));
                        TStep.Backward(slope + j, winner + j, upper + 2 * j, lower + 2 * j);
                    }
                }
                if (leftOver == 0) continue;
                new Span<float>(upper + 2 * outWidth, leftOver).Clear();
                new Span<float>(lower + 2 * outWidth, leftOver).Clear();
            }
        }
        dx[(2 * s.OutHeight * s.Width)..].Clear();
    }

    private static void Copy<T>(T* from, T* to, int count) where T : unmanaged => new ReadOnlySpan<T>(from, count).CopyTo(new Span<T>(to, count));
}
