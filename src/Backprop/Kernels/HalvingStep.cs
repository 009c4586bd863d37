using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>Some 2 × 2 windows side by side, of two rows: see <see cref="HalvingMaxPool"/>.</summary>
internal unsafe interface IHalvingStep<TValues, TPositions>
{
    /// <summary>How many windows.</summary>
    static abstract int Lanes { get; }

    /// <summary>The left and the right numbers of the windows, of one row; in an order that all of them share.</summary>
    static abstract (TValues Left, TValues Right) Columns(float* row);

    /// <summary>Where a number is larger than the best, or is not a number, it and its position take the best's place.</summary>
    static abstract void Take(ref TValues best, ref TPositions index, TValues value, int position);

    /// <summary>Writes the best, and their positions unless <paramref name="winner"/> is null.</summary>
    static abstract void Store(TValues value, TPositions index, float* best, byte* winner);

    /// <summary>The slope where the winner was, and 0 elsewhere; the lower row after the upper, whose last vector may reach into it.</summary>
    static abstract void Backward(float* slope, byte* winner, float* upper, float* lower);
}

/// <summary>For every processor. Pairs of neighbouring floats are looked at as one 64-bit number, whose halves are the left and the right column.</summary>
internal readonly unsafe struct HalvingStep128 : IHalvingStep<Vector128<float>, Vector128<int>>
{
    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<float> Left, Vector128<float> Right) Columns(float* row)
    {
        Vector128<ulong> a = Vector128.Load(row).AsUInt64(), b = Vector128.Load(row + 4).AsUInt64();
        return (Vector128.Narrow(a, b).AsSingle(), Vector128.Narrow(a >> 32, b >> 32).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(ref Vector128<float> best, ref Vector128<int> index, Vector128<float> value, int position)
    {
        Vector128<float> wins = Vector128.GreaterThan(value, best) | ~Vector128.Equals(value, value);
        best = Vector128.ConditionalSelect(wins, value, best);
        index = Vector128.ConditionalSelect(wins.AsInt32(), Vector128.Create(position), index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, Vector128<int> index, float* best, byte* winner)
    {
        value.Store(best);
        if (winner == null) return;
        Vector128<short> words = Vector128.Narrow(index, index);
        Unsafe.WriteUnaligned(winner, Vector128.Narrow(words, words).AsUInt32()[0]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(float* slope, byte* winner, float* upper, float* lower)
    {
        Vector128<float> g = Vector128.Load(slope);
        Vector128<byte> bytes = Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(winner)).AsByte();
        Vector128<int> index = Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32();
        StoreColumns(Where(index, 0, g), Where(index, 1, g), upper);
        StoreColumns(Where(index, 2, g), Where(index, 3, g), lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Where(Vector128<int> index, int position, Vector128<float> value) => Vector128.Equals(index, Vector128.Create(position)).AsSingle() & value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(Vector128<float> left, Vector128<float> right, float* row)
    {
        Interleave.Low(left, right).Store(row);
        Interleave.High(left, right).Store(row + 4);
    }
}

/// <summary>For those with AVX2, which shuffles within the halves of a vector: windows 0, 1, 4, 5 lie in the lower half and 2, 3, 6, 7 in the upper until they are stored.</summary>
internal readonly unsafe struct HalvingStep256 : IHalvingStep<Vector256<float>, Vector256<int>>
{
    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Left, Vector256<float> Right) Columns(float* row)
    {
        Vector256<float> a = Vector256.Load(row), b = Vector256.Load(row + 8);
        return (Avx.Shuffle(a, b, 0b10_00_10_00), Avx.Shuffle(a, b, 0b11_01_11_01));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(ref Vector256<float> best, ref Vector256<int> index, Vector256<float> value, int position)
    {
        Vector256<float> wins = Vector256.GreaterThan(value, best) | ~Vector256.Equals(value, value);
        best = Avx.BlendVariable(best, value, wins);
        index = Avx2.BlendVariable(index, Vector256.Create(position), wins.AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, Vector256<int> index, float* best, byte* winner)
    {
        Avx2.Permute4x64(value.AsDouble(), 0b11_01_10_00).AsSingle().Store(best);
        if (winner == null) return;
        Vector256<short> words = Avx2.PackSignedSaturate(index, index);
        Vector256<short> bytes = Avx2.PackUnsignedSaturate(words, words).AsInt16(); // each half's four, as two pairs
        Unsafe.WriteUnaligned(winner, Sse2.UnpackLow(bytes.GetLower(), bytes.GetUpper()).AsUInt64()[0]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(float* slope, byte* winner, float* upper, float* lower)
    {
        Vector256<float> g = Vector256.Load(slope);
        Vector256<int> index = Avx2.ConvertToVector256Int32(winner);
        StoreColumns(Where(index, 0, g), Where(index, 1, g), upper);
        StoreColumns(Where(index, 2, g), Where(index, 3, g), lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Where(Vector256<int> index, int position, Vector256<float> value) => Vector256.Equals(index, Vector256.Create(position)).AsSingle() & value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(Vector256<float> left, Vector256<float> right, float* row)
    {
        Vector256<float> low = Avx.UnpackLow(left, right), high = Avx.UnpackHigh(left, right); // of each half
        Avx.Permute2x128(low, high, 0x20).Store(row);
        Avx.Permute2x128(low, high, 0x31).Store(row + 8);
    }
}

/// <summary>For those with AVX-512, which sorts columns apart, and packs positions, by one instruction each.</summary>
internal readonly unsafe struct HalvingStep512 : IHalvingStep<Vector512<float>, Vector512<int>>
{
    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Left, Vector512<float> Right) Columns(float* row)
    {
        Vector512<float> a = Vector512.Load(row), b = Vector512.Load(row + 16);
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
    public static void Store(Vector512<float> value, Vector512<int> index, float* best, byte* winner)
    {
        value.Store(best);
        if (winner != null) Avx512F.ConvertToVector128Byte(index).Store(winner);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(float* slope, byte* winner, float* upper, float* lower)
    {
        Vector512<float> g = Vector512.Load(slope);
        Vector512<int> index = Avx512F.ConvertToVector512Int32(Vector128.Load(winner));
        StoreRow(g, index, 0, upper);
        StoreRow(g, index, 2, lower);
    }

    /// <summary>A row of the windows, whose numbers have the positions <paramref name="position"/> and that + 1. Each slope stands twice in it, for the left and for the right one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(Vector512<float> slopes, Vector512<int> winners, int position, float* row)
    {
        Vector512<int> first = Vector512.Create(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7), second = first + Vector512.Create(8);
        Vector512<int> places = Vector512.Create(0x1_0000_0000L).AsInt32() + Vector512.Create(position); // 0, 1, 0, 1, … or 2, 3, 2, 3, …
        Vector512<float> low = Avx512F.PermuteVar16x32(slopes, first), high = Avx512F.PermuteVar16x32(slopes, second);
        Vector512.ConditionalSelect(Vector512.Equals(Avx512F.PermuteVar16x32(winners, first), places).AsSingle(), low, Vector512<float>.Zero).Store(row);
        Vector512.ConditionalSelect(Vector512.Equals(Avx512F.PermuteVar16x32(winners, second), places).AsSingle(), high, Vector512<float>.Zero).Store(row + 16);
    }
}
