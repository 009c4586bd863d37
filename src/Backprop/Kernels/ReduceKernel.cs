using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>How two elements become one: a sum, a maximum. The rule must not care about the grouping, but for rounding.</summary>
internal interface IReduceRule
{
    /// <summary>What nothing amounts to: 0 for a sum.</summary>
    static abstract T Start<T>() where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>a and b made one.</summary>
    static abstract T Combine<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <inheritdoc cref="Combine{T}(T, T)"/>
    static abstract Vector<T> Combine<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>
/// Reductions of dense arrays over any axes. Everything is combined in halves, down to short blocks, so the rounding error of a sum grows with the logarithm of the
/// count; and the halves depend on the lengths only, so the bits are the same however many threads share the work and wherever the array lies.
/// </summary>
internal static unsafe class ReduceKernel
{
    private const int BlockLength = 256;       // elements of a run, in four vectors side by side
    private const int BlockRows = 32;          // rows of a column block, four at a time
    private const int BlockColumns = 2048;
    private const int UnitLength = 32768;      // elements: what one thread reduces at a time
    private const int SharedFrom = 2 * UnitLength;

    /// <summary>Reduces the axes that <paramref name="reduced"/> marks; y is dense over the others. Over an axis of length 0, y is the rule's start.</summary>
    public static void Run<TRule, T>(ReadOnlySpan<T> x, ReadOnlySpan<int> lengths, ReadOnlySpan<bool> reduced, Span<T> y)
        where TRule : struct, IReduceRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int last = reduced.LastIndexOf(true), first = last;
        if (last < 0)
        {
            x.CopyTo(y);
            return;
        }
        while (first > 0 && reduced[first - 1]) first--;
        int outer = Product(lengths[..first]), length = Product(lengths[first..(last + 1)]), inner = Product(lengths[(last + 1)..]);
        if (reduced[..first].IndexOf(true) < 0)
        {
            Run<TRule, T>(x, outer, length, inner, y);
            return;
        }
        using Scratch.Lease<T> lease = Scratch.Rent<T>((nint)outer * inner);
        var rest = new Span<T>(lease.Start, outer * inner);
        Run<TRule, T>(x, outer, length, inner, rest);
        int kept = lengths.Length - 1 - last;
        Span<int> restLengths = stackalloc int[first + kept];
        Span<bool> restReduced = stackalloc bool[first + kept];
        lengths[..first].CopyTo(restLengths);
        lengths[(last + 1)..].CopyTo(restLengths[first..]);
        reduced[..first].CopyTo(restReduced);
        restReduced[first..].Clear();
        Run<TRule, T>(rest, restLengths, restReduced, y);
    }

    /// <summary><c>y[o, i] ← x[o, 0, i] ∘ x[o, 1, i] ∘ …</c>; x is [outer, length, inner].</summary>
    [MethodImpl(Compile.Once)]
    public static void Run<TRule, T>(ReadOnlySpan<T> x, int outer, int length, int inner, Span<T> y)
        where TRule : struct, IReduceRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (length == 0) y.Fill(TRule.Start<T>());
        if (x.IsEmpty) return;
        int columns = Math.Min(inner, BlockColumns), rows = Math.Max(BlockRows, UnitLength / columns), segments = (length - 1) / rows + 1;
        if (segments == 1)
        {
            RunUnits<TRule, T>(x, outer, length, inner, rows, columns, y);
            return;
        }
        using Scratch.Lease<T> lease = Scratch.Rent<T>((nint)outer * segments * inner);
        var parts = new Span<T>(lease.Start, outer * segments * inner);
        RunUnits<TRule, T>(x, outer, length, inner, rows, columns, parts);
        Run<TRule, T>(parts, outer, segments, inner, y);
    }

    /// <summary>Reduces each unit of <paramref name="rows"/> × <paramref name="columns"/> elements; parts is [outer, segments, inner].</summary>
    private static void RunUnits<TRule, T>(ReadOnlySpan<T> x, int outer, int length, int inner, int rows, int columns, Span<T> parts)
        where TRule : struct, IReduceRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new Job<TRule, T> { X = x, Parts = parts, Length = length, Inner = inner, Rows = rows, Columns = columns, Outer = outer };
        if (x.Length >= SharedFrom) WorkerPool.Run(ref job, job.Pieces);
        else for (int piece = 0; piece < job.Pieces; piece++) job.Run(piece);
    }

    private readonly ref struct Job<TRule, T> : IPieceJob
        where TRule : struct, IReduceRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public required ReadOnlySpan<T> X { get; init; }
        public required Span<T> Parts { get; init; }
        public required int Outer { get; init; }
        public required int Length { get; init; }
        public required int Inner { get; init; }
        public required int Rows { get; init; }
        public required int Columns { get; init; }

        public int Pieces => (Units - 1) / UnitsPerPiece + 1;

        private int Segments => (Length - 1) / Rows + 1;
        private int Strips => (Inner - 1) / Columns + 1;
        private int Units => Outer * Segments * Strips;
        private int UnitsPerPiece => Math.Max(1, UnitLength / (Math.Min(Rows, Length) * Columns));

        public void Run(int piece)
        {
            int end = Math.Min(Units, (piece + 1) * UnitsPerPiece);
            if (Inner == 1 && Length <= Rows)
            {
                for (int o = piece * UnitsPerPiece; o < end; o++) Parts[o] = Elements<TRule, T>(X.Slice(o * Length, Length));
                return;
            }
            for (int unit = piece * UnitsPerPiece; unit < end; unit++)
            {
                (int part, int strip) = Math.DivRem(unit, Strips);
                (int o, int segment) = Math.DivRem(part, Segments);
                int row = segment * Rows, rows = Math.Min(Rows, Length - row), column = strip * Columns, columns = Math.Min(Columns, Inner - column);
                ReadOnlySpan<T> from = X.Slice((o * Length + row) * Inner + column, (rows - 1) * Inner + columns);
                if (Inner == 1) Parts[part] = Elements<TRule, T>(from);
                else ColumnsOf<TRule, T>(from, rows, Inner, Parts.Slice(part * Inner + column, columns));
            }
        }
    }

    /// <summary>All elements, pairs of halves down to short runs: as accurate for many as for few.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static T Elements<TRule, T>(ReadOnlySpan<T> x)
        where TRule : struct, IReduceRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (x.Length > BlockLength)
        {
            int half = (x.Length / 2 + BlockLength - 1) / BlockLength * BlockLength;
            return TRule.Combine(Elements<TRule, T>(x[..half]), Elements<TRule, T>(x[half..]));
        }
        int i = 0, width = Vector<T>.Count;
        T rest = TRule.Start<T>();
        if (x.Length >= width)
        {
            Vector<T> a = new(TRule.Start<T>()), b = a, c = a, d = a;
            ref T from = ref MemoryMarshal.GetReference(x);
            for (; i <= x.Length - 4 * width; i += 4 * width)
            {
                a = TRule.Combine(a, Vector.LoadUnsafe(ref from, (nuint)i));
                b = TRule.Combine(b, Vector.LoadUnsafe(ref from, (nuint)(i + width)));
                c = TRule.Combine(c, Vector.LoadUnsafe(ref from, (nuint)(i + 2 * width)));
                d = TRule.Combine(d, Vector.LoadUnsafe(ref from, (nuint)(i + 3 * width)));
            }
            for (; i <= x.Length - width; i += width) a = TRule.Combine(a, Vector.LoadUnsafe(ref from, (nuint)i));
            a = TRule.Combine(TRule.Combine(a, b), TRule.Combine(c, d));
            for (int lane = 0; lane < width; lane++) rest = TRule.Combine(rest, a[lane]);
        }
        for (; i < x.Length; i++) rest = TRule.Combine(rest, x[i]);
        return rest;
    }

    /// <summary>Reduces <paramref name="rows"/> rows that lie <paramref name="stride"/> elements apart.</summary>
    private static void ColumnsOf<TRule, T>(ReadOnlySpan<T> x, int rows, int stride, Span<T> y)
        where TRule : struct, IReduceRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T from = ref MemoryMarshal.GetReference(x);
        int column = 0, width = Vector<T>.Count;
        for (; column <= y.Length - width; column += width) Column<TRule, T>(ref Unsafe.Add(ref from, column), rows, stride).CopyTo(y[column..]);
        if (column == y.Length) return;
        if (y.Length >= width) // the last columns once more, with some that are done: the same bits again
        {
            Column<TRule, T>(ref Unsafe.Add(ref from, y.Length - width), rows, stride).CopyTo(y[^width..]);
            return;
        }
        int several = 4 * width / y.Length;
        if (rows < 4 * several || stride != y.Length)
        {
            for (; column < y.Length; column++) y[column] = NarrowColumn<TRule, T>(ref Unsafe.Add(ref from, column), rows, stride);
            return;
        }
        // Several narrow rows at once are a wide one; what remains are so many rows again, and those that were left over.
        int whole = rows / several;
        Span<T> wide = stackalloc T[several * stride];
        ColumnsOf<TRule, T>(x, whole, several * stride, wide);
        for (; column < y.Length; column++)
        {
            y[column] = NarrowColumn<TRule, T>(ref wide[column], several, stride);
            if (whole * several < rows) y[column] = TRule.Combine(y[column], NarrowColumn<TRule, T>(ref Unsafe.Add(ref from, whole * several * stride + column), rows - whole * several, stride));
        }
    }

    /// <summary>Columns side by side, as many as a vector holds.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static Vector<T> Column<TRule, T>(ref T x, int rows, int stride)
        where TRule : struct, IReduceRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (rows > BlockRows)
        {
            int half = (rows / 2 + BlockRows - 1) / BlockRows * BlockRows;
            return TRule.Combine(Column<TRule, T>(ref x, half, stride), Column<TRule, T>(ref Unsafe.Add(ref x, (nint)half * stride), rows - half, stride));
        }
        Vector<T> a = new(TRule.Start<T>()), b = a, c = a, d = a;
        nuint at = 0, step = (nuint)stride;
        int row = 0;
        for (; row <= rows - 4; row += 4, at += 4 * step)
        {
            a = TRule.Combine(a, Vector.LoadUnsafe(ref x, at));
            b = TRule.Combine(b, Vector.LoadUnsafe(ref x, at + step));
            c = TRule.Combine(c, Vector.LoadUnsafe(ref x, at + 2 * step));
            d = TRule.Combine(d, Vector.LoadUnsafe(ref x, at + 3 * step));
        }
        for (; row < rows; row++, at += step) a = TRule.Combine(a, Vector.LoadUnsafe(ref x, at));
        return TRule.Combine(TRule.Combine(a, b), TRule.Combine(c, d));
    }

    private static T NarrowColumn<TRule, T>(ref T x, int rows, int stride)
        where TRule : struct, IReduceRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (rows > BlockRows)
        {
            int half = (rows / 2 + BlockRows - 1) / BlockRows * BlockRows;
            return TRule.Combine(NarrowColumn<TRule, T>(ref x, half, stride), NarrowColumn<TRule, T>(ref Unsafe.Add(ref x, (nint)half * stride), rows - half, stride));
        }
        T all = TRule.Start<T>();
        for (int row = 0; row < rows; row++) all = TRule.Combine(all, Unsafe.Add(ref x, (nint)row * stride));
        return all;
    }

    private static int Product(ReadOnlySpan<int> lengths)
    {
        int product = 1;
        foreach (int length in lengths) product *= length;
        return product;
    }
}

/// <summary>a + b.</summary>
internal readonly struct SumRule : IReduceRule
{
    public static T Start<T>() where T : unmanaged, IFloatingPointIeee754<T> => T.Zero;
    public static T Combine<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => a + b;
    public static Vector<T> Combine<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => a + b;
}
