using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>Some 2 × 2 windows side by side, of two rows: see <see cref="HalvingMaxPool"/>.</summary>
internal interface IHalvingStep<TValues, TPositions>
{
    /// <summary>How many windows.</summary>
    static abstract int Lanes { get; }

    /// <summary>The left and the right numbers of the windows, of one row.</summary>
    static abstract (TValues Left, TValues Right) Columns(ReadOnlySpan<float> row);

    /// <summary>Where a number is larger than the best, or is not a number, it and its position take the best's place.</summary>
    static abstract void Take(ref TValues best, ref TPositions index, TValues value, int position);

    /// <summary>Writes the best, and their positions unless <paramref name="winner"/> is empty.</summary>
    static abstract void Store(TValues value, TPositions index, Span<float> best, Span<byte> winner);

    /// <summary>The slope where the winner was, and 0 elsewhere; the lower row after the upper, whose last vector may reach into it.</summary>
    static abstract void Backward(ReadOnlySpan<float> slope, ReadOnlySpan<byte> winner, Span<float> upper, Span<float> lower);
}

/// <summary>For every processor. Pairs of neighbouring floats are looked at as one 64-bit number, whose halves are the left and the right column.</summary>
internal readonly struct HalvingStep : IHalvingStep<Vector<float>, Vector<int>>
{
    public static int Lanes => Vector<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<float> Left, Vector<float> Right) Columns(ReadOnlySpan<float> row)
    {
        Vector<ulong> a = new Vector<float>(row).As<float, ulong>(), b = new Vector<float>(row[Vector<float>.Count..]).As<float, ulong>();
        return (Vector.Narrow(a, b).As<uint, float>(), Vector.Narrow(a >> 32, b >> 32).As<uint, float>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(ref Vector<float> best, ref Vector<int> index, Vector<float> value, int position)
    {
        Vector<int> wins = Vector.GreaterThan(value, best) | ~Vector.Equals(value, value);
        best = Vector.ConditionalSelect(wins, value, best);
        index = Vector.ConditionalSelect(wins, new Vector<int>(position), index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> value, Vector<int> index, Span<float> best, Span<byte> winner)
    {
        value.CopyTo(best);
        if (!winner.IsEmpty) StoreBytes(index, winner);
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
    public static void Backward(ReadOnlySpan<float> slope, ReadOnlySpan<byte> winner, Span<float> upper, Span<float> lower)
    {
        var g = new Vector<float>(slope);
        Vector<int> index = LoadBytes(winner);
        StoreColumns(Where(index, 0, g), Where(index, 1, g), upper);
        StoreColumns(Where(index, 2, g), Where(index, 3, g), lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<int> LoadBytes(ReadOnlySpan<byte> bytes)
    {
        ref byte start = ref Unsafe.AsRef(in bytes[..Vector<int>.Count][0]);
        Vector<ulong> packed = Vector.CreateScalar(Vector<int>.Count == 4 ? Unsafe.ReadUnaligned<uint>(ref start) : Unsafe.ReadUnaligned<ulong>(ref start));
        if (Vector<int>.Count == 16) packed = packed.WithElement(1, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, 8)));
        return Vector.WidenLower(Vector.WidenLower(packed.As<ulong, byte>())).As<uint, int>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Where(Vector<int> index, int position, Vector<float> value) =>
        Vector.ConditionalSelect(Vector.Equals(index, new Vector<int>(position)), value, Vector<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(Vector<float> left, Vector<float> right, Span<float> row)
    {
        Vector.Widen(left.As<float, uint>(), out Vector<ulong> leftLow, out Vector<ulong> leftHigh);
        Vector.Widen(right.As<float, uint>(), out Vector<ulong> rightLow, out Vector<ulong> rightHigh);
        (leftLow | (rightLow << 32)).As<ulong, float>().CopyTo(row);
        (leftHigh | (rightHigh << 32)).As<ulong, float>().CopyTo(row[Vector<float>.Count..]);
    }
}

/// <summary>For those with AVX-512, which sorts columns apart, and packs positions, by one instruction each.</summary>
internal readonly struct HalvingStep512 : IHalvingStep<Vector512<float>, Vector512<int>>
{
    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Left, Vector512<float> Right) Columns(ReadOnlySpan<float> row)
    {
        Vector512<float> a = Vector512.Create(row), b = Vector512.Create(row[16..]);
        Vector512<int> even = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        return (Avx512F.PermuteVar16x32x2(a, even, b), Avx512F.PermuteVar16x32x2(a, even + Vector512<int>.One, b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(ref Vector512<float> best, ref Vector512<int> index, Vector512<float> value, int position)
    {
        Vector512<float> wins = Vector512.GreaterThan(value, best) | ~Vector512.Equals(value, value);
        best = Vector512.ConditionalSelect(wins, value, best);
        index = Vector512.ConditionalSelect(wins.AsInt32(), Vector512.Create(position), index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, Vector512<int> index, Span<float> best, Span<byte> winner)
    {
        value.CopyTo(best);
        if (!winner.IsEmpty) Avx512F.ConvertToVector128Byte(index).CopyTo(winner);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(ReadOnlySpan<float> slope, ReadOnlySpan<byte> winner, Span<float> upper, Span<float> lower)
    {
        Vector512<float> g = Vector512.Create(slope);
        Vector512<int> index = Avx512F.ConvertToVector512Int32(Vector128.Create(winner));
        Store(g, index, 0, upper);
        Store(g, index, 2, lower);
    }

    /// <summary>A row of the windows, whose numbers have the positions <paramref name="position"/> and that + 1. Each slope stands twice in it, for the left and for the right one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> slopes, Vector512<int> winners, int position, Span<float> row)
    {
        Vector512<int> first = Vector512.Create(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7), second = first + Vector512.Create(8);
        Vector512<int> places = Vector512.Create(0x1_0000_0000L).AsInt32() + Vector512.Create(position); // 0, 1, 0, 1, … or 2, 3, 2, 3, …
        Vector512<float> low = Avx512F.PermuteVar16x32(slopes, first), high = Avx512F.PermuteVar16x32(slopes, second);
        Vector512.ConditionalSelect(Vector512.Equals(Avx512F.PermuteVar16x32(winners, first), places).AsSingle(), low, Vector512<float>.Zero).CopyTo(row);
        Vector512.ConditionalSelect(Vector512.Equals(Avx512F.PermuteVar16x32(winners, second), places).AsSingle(), high, Vector512<float>.Zero).CopyTo(row[16..]);
    }
}
