using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>The loop of all element-wise functions of two operands, forward and backward. An operand that stands still along a row is read from a vector of copies.</summary>
internal static class BinaryKernel
{
    private const int PieceLength = 16384;             // elements
    private const int SharedFrom = 4 * PieceLength;    // below, waking a thread costs more than it gives
    private const int TileLength = 256;                // elements of short rows that are done at once

    private interface ILoop
    {
        static abstract Vector<T> Combine<T>(Vector<T> a, Vector<T> b, Vector<T> dc) where T : unmanaged, IFloatingPointIeee754<T>;
    }

    /// <summary><c>c ← f(a, b)</c>.</summary>
    public static void Value<TRule, T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, in BroadcastPlan plan)
        where TRule : struct, IBinaryRule
        where T : unmanaged, IFloatingPointIeee754<T> => Run<ValueLoop<TRule>, T>(a, b, default, c, plan);

    /// <summary><c>part ← dc ⊙ ∂f/∂a</c>, of the result's shape. An operand that the slope does not read may be empty.</summary>
    public static void SlopeA<TRule, T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> dc, Span<T> part, in BroadcastPlan plan)
        where TRule : struct, IBinaryRule
        where T : unmanaged, IFloatingPointIeee754<T> => Run<SlopeALoop<TRule>, T>(a, b, dc, part, plan);

    /// <summary><c>part ← dc ⊙ ∂f/∂b</c>, of the result's shape. An operand that the slope does not read may be empty.</summary>
    public static void SlopeB<TRule, T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> dc, Span<T> part, in BroadcastPlan plan)
        where TRule : struct, IBinaryRule
        where T : unmanaged, IFloatingPointIeee754<T> => Run<SlopeBLoop<TRule>, T>(a, b, dc, part, plan);

    /// <summary><c>c ← b</c>, repeated where b stands still; the plan's first operand has the shape of c.</summary>
    public static void Repeat<T>(ReadOnlySpan<T> b, Span<T> c, in BroadcastPlan plan) where T : unmanaged, IFloatingPointIeee754<T> =>
        Run<RepeatLoop, T>(default, b, default, c, plan);

    private static void Run<TLoop, T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> dc, Span<T> result, in BroadcastPlan plan)
        where TLoop : struct, ILoop
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (result.IsEmpty) return;
        if (plan.Rows == 1 && result.Length < SharedFrom)
        {
            Combine<TLoop, T>(a, b, dc, result);
        }
        else if (plan.HasShortRows)
        {
            int times = TileLength / plan.Width;
            Span<T> tile = stackalloc T[TileLength];
            Repeat(plan.RepeatsA ? a : b, tile, times);
            Share<TLoop, T>(plan.RepeatsA && !a.IsEmpty ? tile : a, !plan.RepeatsA && !b.IsEmpty ? tile : b, dc, result, plan.Lengthened(times));
        }
        else
        {
            Share<TLoop, T>(a, b, dc, result, plan);
        }
    }

    private static void Repeat<T>(ReadOnlySpan<T> row, Span<T> tile, int times)
    {
        for (int i = 0; i < times; i++) row.CopyTo(tile[(i * row.Length)..]);
    }

    private static void Share<TLoop, T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> dc, Span<T> result, in BroadcastPlan plan)
        where TLoop : struct, ILoop
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new Job<TLoop, T>(a, b, dc, result, plan);
        if (result.Length >= SharedFrom) WorkerPool.Run(ref job, job.Pieces);
        else for (int piece = 0; piece < job.Pieces; piece++) job.Run(piece);
    }

    /// <summary>A piece is a part of a row, or several rows where they are short.</summary>
    private readonly ref struct Job<TLoop, T> : IPieceJob
        where TLoop : struct, ILoop
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _a, _b, _dc;
        private readonly Span<T> _result;
        private readonly BroadcastPlan _plan;
        private readonly int _piecesPerRow, _rowsPerPiece;

        public Job(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> dc, Span<T> result, in BroadcastPlan plan)
        {
            _a = a;
            _b = b;
            _dc = dc;
            _result = result;
            _plan = plan;
            _piecesPerRow = (plan.Width + PieceLength - 1) / PieceLength;
            _rowsPerPiece = Math.Max(1, PieceLength / plan.Width);
        }

        public int Pieces => _piecesPerRow > 1 ? _piecesPerRow * _plan.Rows : (_plan.Rows + _rowsPerPiece - 1) / _rowsPerPiece;

        public void Run(int piece)
        {
            if (_piecesPerRow > 1)
            {
                (int row, int part) = Math.DivRem(piece, _piecesPerRow);
                int start = part * PieceLength;
                RunRow(row, start, Math.Min(PieceLength, _plan.Width - start));
                return;
            }
            int end = Math.Min(_plan.Rows, (piece + 1) * _rowsPerPiece);
            for (int row = piece * _rowsPerPiece; row < end; row++) RunRow(row, 0, _plan.Width);
        }

        private void RunRow(int row, int start, int length)
        {
            (int a, int b) = _plan.Start(row);
            int at = row * _plan.Width + start;
            length = Math.Min(length, _result.Length - at); // the last of several short rows at once
            Combine<TLoop, T>(
                _a.IsEmpty ? _a : _plan.StepA == 0 ? _a.Slice(a, 1) : _a.Slice(a + start, length),
                _b.IsEmpty ? _b : _plan.StepB == 0 ? _b.Slice(b, 1) : _b.Slice(b + start, length),
                _dc.IsEmpty ? _dc : _dc.Slice(at, length),
                _result.Slice(at, length));
        }
    }

    /// <summary>One row. An operand is as long as the result, or one number that stands for all, or empty where it is not read.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void Combine<TLoop, T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> dc, Span<T> result)
        where TLoop : struct, ILoop
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // At the end of a row the vectors are filled up with zeros, so that an element's bits don't depend on where it stands.
        int last = result.Length - Vector<T>.Count, i = 0;
        bool walksA = a.Length == result.Length, walksB = b.Length == result.Length, walksDc = dc.Length == result.Length;
        Vector<T> stillA = a.IsEmpty ? default : new Vector<T>(a[0]), stillB = b.IsEmpty ? default : new Vector<T>(b[0]);
        ref T fromA = ref MemoryMarshal.GetReference(a), fromB = ref MemoryMarshal.GetReference(b), fromDc = ref MemoryMarshal.GetReference(dc), to = ref MemoryMarshal.GetReference(result);
        for (; i <= last; i += Vector<T>.Count)
        {
            TLoop.Combine(
                walksA ? Vector.LoadUnsafe(ref fromA, (nuint)i) : stillA,
                walksB ? Vector.LoadUnsafe(ref fromB, (nuint)i) : stillB,
                walksDc ? Vector.LoadUnsafe(ref fromDc, (nuint)i) : default).StoreUnsafe(ref to, (nuint)i);
        }
        if (i == result.Length) return;
        VectorMath.Store(
            TLoop.Combine(walksA ? VectorMath.Load(a, i) : stillA, walksB ? VectorMath.Load(b, i) : stillB, walksDc ? VectorMath.Load(dc, i) : default), result, i);
    }

    private readonly struct ValueLoop<TRule> : ILoop where TRule : struct, IBinaryRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> Combine<T>(Vector<T> a, Vector<T> b, Vector<T> dc) where T : unmanaged, IFloatingPointIeee754<T> => TRule.Value(a, b);
    }

    private readonly struct SlopeALoop<TRule> : ILoop where TRule : struct, IBinaryRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> Combine<T>(Vector<T> a, Vector<T> b, Vector<T> dc) where T : unmanaged, IFloatingPointIeee754<T> => dc * TRule.SlopeA(a, b);
    }

    private readonly struct SlopeBLoop<TRule> : ILoop where TRule : struct, IBinaryRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> Combine<T>(Vector<T> a, Vector<T> b, Vector<T> dc) where T : unmanaged, IFloatingPointIeee754<T> => dc * TRule.SlopeB(a, b);
    }

    private readonly struct RepeatLoop : ILoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> Combine<T>(Vector<T> a, Vector<T> b, Vector<T> dc) where T : unmanaged, IFloatingPointIeee754<T> => b;
    }
}
