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

    public static void Forward(ReadOnlySpan<float> x, Span<float> y, Span<byte> winners, in PoolingShape s)
    {
        for (int i = 0; i < s.OutHeight; i++)
        {
            ReadOnlySpan<float> upper = x.Slice(2 * i * s.Width, s.Width), lower = x.Slice((2 * i + 1) * s.Width, s.Width);
            Span<float> best = y.Slice(i * s.OutWidth, s.OutWidth);
            Span<byte> winner = winners.IsEmpty ? default : winners.Slice(i * s.OutWidth, s.OutWidth);
            int j = 0;
            for (; j <= s.OutWidth - Vector<float>.Count; j += Vector<float>.Count)
            {
                (Vector<float> value, Vector<float> other) = Columns(upper, 2 * j);
                Vector<int> index = Vector<int>.Zero;
                Take(ref value, ref index, other, 1);
                (Vector<float> left, Vector<float> right) = Columns(lower, 2 * j);
                Take(ref value, ref index, left, 2);
                Take(ref value, ref index, right, 3);
                value.CopyTo(best[j..]);
                if (!winner.IsEmpty) StoreBytes(index, winner[j..]);
            }
            for (; j < s.OutWidth; j++)
            {
                float value = upper[2 * j];
                byte index = 0;
                Take(ref value, ref index, upper[2 * j + 1], 1);
                Take(ref value, ref index, lower[2 * j], 2);
                Take(ref value, ref index, lower[2 * j + 1], 3);
                best[j] = value;
                if (!winner.IsEmpty) winner[j] = index;
            }
        }
    }

    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<byte> winners, Span<float> dx, in PoolingShape s)
    {
        for (int i = 0; i < s.OutHeight; i++)
        {
            Span<float> upper = dx.Slice(2 * i * s.Width, s.Width), lower = dx.Slice((2 * i + 1) * s.Width, s.Width);
            ReadOnlySpan<float> slope = dy.Slice(i * s.OutWidth, s.OutWidth);
            ReadOnlySpan<byte> winner = winners.Slice(i * s.OutWidth, s.OutWidth);
            int j = 0;
            for (; j <= s.OutWidth - Vector<float>.Count; j += Vector<float>.Count)
            {
                var g = new Vector<float>(slope[j..]);
                Vector<int> index = LoadBytes(winner[j..]);
                StoreColumns(Where(index, 0, g), Where(index, 1, g), upper, 2 * j);
                StoreColumns(Where(index, 2, g), Where(index, 3, g), lower, 2 * j);
            }
            for (; j < s.OutWidth; j++)
            {
                (upper[2 * j], upper[2 * j + 1]) = (winner[j] == 0 ? slope[j] : 0, winner[j] == 1 ? slope[j] : 0);
                (lower[2 * j], lower[2 * j + 1]) = (winner[j] == 2 ? slope[j] : 0, winner[j] == 3 ? slope[j] : 0);
            }
            upper[(2 * s.OutWidth)..].Clear(); // the column that is left over
            lower[(2 * s.OutWidth)..].Clear();
        }
        dx[(2 * s.OutHeight * s.Width)..].Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(ref Vector<float> best, ref Vector<int> index, Vector<float> value, int position)
    {
        Vector<int> wins = Vector.GreaterThan(value, best) | ~Vector.Equals(value, value);
        best = Vector.ConditionalSelect(wins, value, best);
        index = Vector.ConditionalSelect(wins, new Vector<int>(position), index);
    }

    private static void Take(ref float best, ref byte index, float value, byte position)
    {
        if (value > best || float.IsNaN(value)) (best, index) = (value, position);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Where(Vector<int> index, int position, Vector<float> value) =>
        Vector.ConditionalSelect(Vector.Equals(index, new Vector<int>(position)), value, Vector<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> Left, Vector<float> Right) Columns(ReadOnlySpan<float> row, int start)
    {
        Vector<ulong> a = new Vector<float>(row[start..]).As<float, ulong>(), b = new Vector<float>(row[(start + Vector<float>.Count)..]).As<float, ulong>();
        return (Vector.Narrow(a, b).As<uint, float>(), Vector.Narrow(a >> 32, b >> 32).As<uint, float>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(Vector<float> left, Vector<float> right, Span<float> row, int start)
    {
        Vector.Widen(left.As<float, uint>(), out Vector<ulong> leftLow, out Vector<ulong> leftHigh);
        Vector.Widen(right.As<float, uint>(), out Vector<ulong> rightLow, out Vector<ulong> rightHigh);
        (leftLow | (rightLow << 32)).As<ulong, float>().CopyTo(row[start..]);
        (leftHigh | (rightHigh << 32)).As<ulong, float>().CopyTo(row[(start + Vector<float>.Count)..]);
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
