using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// The commonest pooling, 2 × 2 windows side by side, a vector of windows at a time. Pairs of neighbouring floats are looked at as one 64-bit number, whose halves
/// are the left and the right column.
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
        int lanes = Vector<float>.Count;
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
                    Step(upper[(2 * j)..], lower[(2 * j)..], best[j..], winner.IsEmpty ? default : winner[j..]);
                    continue;
                }
                upper[..(2 * s.OutWidth)].CopyTo(upperEnd);
                lower[..(2 * s.OutWidth)].CopyTo(lowerEnd);
                Step(upperEnd, lowerEnd, bestEnd, winnerEnd);
                bestEnd[..s.OutWidth].CopyTo(best);
                if (!winner.IsEmpty) winnerEnd[..s.OutWidth].CopyTo(winner);
            }
        }
    }

    /// <inheritdoc cref="Forward"/>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<byte> winners, Span<float> dx, in PoolingShape s)
    {
        int lanes = Vector<float>.Count;
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
                    StepBack(slope[j..], winner[j..], upper[(2 * j)..], lower[(2 * j)..]);
                    continue;
                }
                slope[..s.OutWidth].CopyTo(slopeEnd);
                winner[..s.OutWidth].CopyTo(winnerEnd);
                StepBack(slopeEnd, winnerEnd, upperEnd, lowerEnd);
                upperEnd[..(2 * s.OutWidth)].CopyTo(upper);
                lowerEnd[..(2 * s.OutWidth)].CopyTo(lower);
            }
            if (2 * s.OutWidth == s.Width) continue;
            upper[(2 * s.OutWidth)..s.Width].Clear(); // the columns that are left over
            lower[(2 * s.OutWidth)..s.Width].Clear();
        }
        dx[(2 * s.OutHeight * s.Width)..].Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, Span<float> best, Span<byte> winner)
    {
        (Vector<float> value, Vector<float> other) = Columns(upper);
        Vector<int> index = Vector<int>.Zero;
        Take(ref value, ref index, other, 1);
        (Vector<float> left, Vector<float> right) = Columns(lower);
        Take(ref value, ref index, left, 2);
        Take(ref value, ref index, right, 3);
        value.CopyTo(best);
        if (!winner.IsEmpty) StoreBytes(index, winner);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StepBack(ReadOnlySpan<float> slope, ReadOnlySpan<byte> winner, Span<float> upper, Span<float> lower)
    {
        var g = new Vector<float>(slope);
        Vector<int> index = LoadBytes(winner);
        StoreColumns(Where(index, 0, g), Where(index, 1, g), upper);
        StoreColumns(Where(index, 2, g), Where(index, 3, g), lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(ref Vector<float> best, ref Vector<int> index, Vector<float> value, int position)
    {
        Vector<int> wins = Vector.GreaterThan(value, best) | ~Vector.Equals(value, value);
        best = Vector.ConditionalSelect(wins, value, best);
        index = Vector.ConditionalSelect(wins, new Vector<int>(position), index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Where(Vector<int> index, int position, Vector<float> value) =>
        Vector.ConditionalSelect(Vector.Equals(index, new Vector<int>(position)), value, Vector<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> Left, Vector<float> Right) Columns(ReadOnlySpan<float> row)
    {
        Vector<ulong> a = new Vector<float>(row).As<float, ulong>(), b = new Vector<float>(row[Vector<float>.Count..]).As<float, ulong>();
        return (Vector.Narrow(a, b).As<uint, float>(), Vector.Narrow(a >> 32, b >> 32).As<uint, float>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(Vector<float> left, Vector<float> right, Span<float> row)
    {
        Vector.Widen(left.As<float, uint>(), out Vector<ulong> leftLow, out Vector<ulong> leftHigh);
        Vector.Widen(right.As<float, uint>(), out Vector<ulong> rightLow, out Vector<ulong> rightHigh);
        (leftLow | (rightLow << 32)).As<ulong, float>().CopyTo(row);
        (leftHigh | (rightHigh << 32)).As<ulong, float>().CopyTo(row[Vector<float>.Count..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBytes(Vector<int> index, Span<byte> bytes)
    {
        Vector<short> words = Vector.Narrow(index, index);
        Vector<ulong> packed = Vector.Narrow(words, words).As<sbyte, ulong>();
        ref byte start = ref bytes[..Vector<int>.Count][0];
        if (Vector<int>.Count == 4) Unsafe.WriteUnaligned(ref start, (uint)packed[0]);
        else Unsafe.WriteUnaligned(ref start, packed[0]);
        if (Vector<int>.Count == 16) Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, 8), packed[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<int> LoadBytes(ReadOnlySpan<byte> bytes)
    {
        ref byte start = ref Unsafe.AsRef(in bytes[..Vector<int>.Count][0]);
        Vector<ulong> packed = Vector.CreateScalar(Vector<int>.Count == 4 ? Unsafe.ReadUnaligned<uint>(ref start) : Unsafe.ReadUnaligned<ulong>(ref start));
        if (Vector<int>.Count == 16) packed = packed.WithElement(1, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, 8)));
        return Vector.WidenLower(Vector.WidenLower(packed.As<ulong, byte>())).As<uint, int>();
    }
}
