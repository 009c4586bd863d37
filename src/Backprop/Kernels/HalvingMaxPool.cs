using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>
/// The commonest pooling, 2 × 2 windows side by side, a vector of windows at a time.
/// </summary>
internal static class HalvingMaxPool
{
    public static bool Fits<T, TIndex>(in PoolingShape s) =>
        typeof(T) == typeof(float) && typeof(TIndex) == typeof(byte) && Vector<float>.Count is 4 or 8 or 16
        && s is { KernelHeight: 2, KernelWidth: 2, StrideHeight: 2, StrideWidth: 2, PadHeight: 0, PadWidth: 0, DilationHeight: 1, DilationWidth: 1 }
        && 2 * s.OutHeight <= s.Height && 2 * s.OutWidth <= s.Width;

    /// <summary>Planes of an even height, one below the other, are one tall plane: only its last rows need to be copied.</summary>
    public static PoolingShape Stack<T, TIndex>(in PoolingShape s, int planes) =>
        Fits<T, TIndex>(s) && 2 * s.OutHeight == s.Height ? s with { Height = planes * s.Height, OutHeight = planes * s.OutHeight } : s;

    /// <summary>
    /// A vector takes what it needs of a row and, if the row is shorter, what follows: the outputs that are too many are overwritten by the next row's. Where the plane
    /// ends too soon for that, the row is copied to where there is room.
    /// </summary>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y, Span<byte> winners, in PoolingShape s)
    {
        if (IsWide(s)) Forward<HalvingStep512, Vector512<float>, Vector512<int>>(x, y, winners, s);
        else Forward<HalvingStep, Vector<float>, Vector<int>>(x, y, winners, s);
    }

    /// <inheritdoc cref="Forward"/>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<byte> winners, Span<float> dx, in PoolingShape s)
    {
        if (IsWide(s)) Backward<HalvingStep512, Vector512<float>, Vector512<int>>(dy, winners, dx, s);
        else Backward<HalvingStep, Vector<float>, Vector<int>>(dy, winners, dx, s);
    }

    private static bool IsWide(in PoolingShape s) => Avx512F.IsSupported && s.OutWidth > HalvingStep.Lanes;

    private static void Forward<TStep, TValues, TPositions>(ReadOnlySpan<float> x, Span<float> y, Span<byte> winners, in PoolingShape s)
        where TStep : struct, IHalvingStep<TValues, TPositions> where TPositions : struct
    {
        int lanes = TStep.Lanes;
        Span<float> upperEnd = stackalloc float[2 * lanes], lowerEnd = stackalloc float[2 * lanes], bestEnd = stackalloc float[lanes];
        Span<byte> winnerEnd = stackalloc byte[lanes];
        for (int i = 0; i < s.OutHeight; i++)
        {
            ReadOnlySpan<float> upper = x[(2 * i * s.Width)..], lower = x[((2 * i + 1) * s.Width)..];
            Span<float> best = y[(i * s.OutWidth)..];
            Span<byte> winner = winners.IsEmpty ? default : winners[(i * s.OutWidth)..];
            for (int next = 0; next < s.OutWidth; next += lanes)
            {
                int j = s.OutWidth < lanes ? 0 : Math.Min(next, s.OutWidth - lanes); // the last vector repeats what the one before did
                if (best.Length - j >= lanes && lower.Length - 2 * j >= 2 * lanes)
                {
                    Step<TStep, TValues, TPositions>(upper[(2 * j)..], lower[(2 * j)..], best[j..], winner.IsEmpty ? default : winner[j..]);
                    continue;
                }
                upper[..(2 * s.OutWidth)].CopyTo(upperEnd);
                lower[..(2 * s.OutWidth)].CopyTo(lowerEnd);
                Step<TStep, TValues, TPositions>(upperEnd, lowerEnd, bestEnd, winnerEnd);
                bestEnd[..s.OutWidth].CopyTo(best);
                if (!winner.IsEmpty) winnerEnd[..s.OutWidth].CopyTo(winner);
            }
        }
    }

    /// <summary>The four numbers of each window in turn, row by row: so the first of equal ones wins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TStep, TValues, TPositions>(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, Span<float> best, Span<byte> winner)
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

    private static void Backward<TStep, TValues, TPositions>(ReadOnlySpan<float> dy, ReadOnlySpan<byte> winners, Span<float> dx, in PoolingShape s)
        where TStep : struct, IHalvingStep<TValues, TPositions> where TPositions : struct
    {
        int lanes = TStep.Lanes;
        Span<float> upperEnd = stackalloc float[2 * lanes], lowerEnd = stackalloc float[2 * lanes], slopeEnd = stackalloc float[lanes];
        Span<byte> winnerEnd = stackalloc byte[lanes];
        for (int i = 0; i < s.OutHeight; i++)
        {
            Span<float> upper = dx[(2 * i * s.Width)..], lower = dx[((2 * i + 1) * s.Width)..];
            ReadOnlySpan<float> slope = dy[(i * s.OutWidth)..];
            ReadOnlySpan<byte> winner = winners[(i * s.OutWidth)..];
            for (int next = 0; next < s.OutWidth; next += lanes)
            {
                int j = s.OutWidth < lanes ? 0 : Math.Min(next, s.OutWidth - lanes);
                if (slope.Length - j >= lanes && lower.Length - 2 * j >= 2 * lanes)
                {
                    TStep.Backward(slope[j..], winner[j..], upper[(2 * j)..], lower[(2 * j)..]);
                    continue;
                }
                slope[..s.OutWidth].CopyTo(slopeEnd);
                winner[..s.OutWidth].CopyTo(winnerEnd);
                TStep.Backward(slopeEnd, winnerEnd, upperEnd, lowerEnd);
                upperEnd[..(2 * s.OutWidth)].CopyTo(upper);
                lowerEnd[..(2 * s.OutWidth)].CopyTo(lower);
            }
            if (2 * s.OutWidth == s.Width) continue;
            upper[(2 * s.OutWidth)..s.Width].Clear(); // the columns that are left over
            lower[(2 * s.OutWidth)..s.Width].Clear();
        }
        dx[(2 * s.OutHeight * s.Width)..].Clear();
    }
}
