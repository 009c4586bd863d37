using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>
/// The maximum of each window of a plane, and the way back to it. Winners are positions within the window, row by row; the first of equal ones wins, and one that
/// is not a number wins over all. No more than a byte is kept for each output, unless a window has more than 256 positions.
/// </summary>
internal static class MaxPoolKernel
{
    /// <summary>Writes the maxima, and who they are unless <paramref name="winners"/> is empty.</summary>
    public static void Forward<T, TIndex>(ReadOnlySpan<T> x, Span<T> y, Span<TIndex> winners, in PoolingShape shape)
        where T : unmanaged, IFloatingPointIeee754<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        Debug.Assert(x.Length == shape.InputLength && y.Length == shape.OutputLength && (winners.IsEmpty || winners.Length == y.Length));
        var job = new ForwardJob<T, TIndex> { X = x, Y = y, Winners = winners, Shape = shape };
        WorkerPool.Run(ref job, shape.Pieces.Parts);
    }

    /// <summary><c>dx ← dy</c> at the winners, added where windows overlap, and 0 elsewhere.</summary>
    public static void Backward<T, TIndex>(ReadOnlySpan<T> dy, ReadOnlySpan<TIndex> winners, Span<T> dx, in PoolingShape shape)
        where T : unmanaged, IFloatingPointIeee754<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        Debug.Assert(dx.Length == shape.InputLength && dy.Length == shape.OutputLength && winners.Length == dy.Length);
        var job = new BackwardJob<T, TIndex> { Dy = dy, Winners = winners, Dx = dx, Shape = shape };
        WorkerPool.Run(ref job, shape.Pieces.Parts);
    }

    private ref struct ForwardJob<T, TIndex> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        public ReadOnlySpan<T> X;
        public Span<T> Y;
        public Span<TIndex> Winners;
        public PoolingShape Shape;

        public readonly unsafe void Run(int piece)
        {
            int rowRoom = Shape.Width + Shape.StrideWidth; // the last phases may be one shorter than the first
            using Scratch.Lease<T> lease = Scratch.Rent<T>(rowRoom + Shape.OutWidth);
            Span<T> columns = new(lease.Start, rowRoom), winner = new(lease.Start + rowRoom, Shape.OutWidth);
            EvenSplit pieces = Shape.Pieces;
            PoolingShape tall = HalvingMaxPool.Stack<T, TIndex>(Shape, pieces.Length(piece));
            for (int plane = pieces.Start(piece), end = plane + pieces.Length(piece); plane < end; plane += tall.Height / Shape.Height)
            {
                ReadOnlySpan<T> x = X.Slice(plane * Shape.PlaneLength, tall.PlaneLength);
                Span<T> y = Y.Slice(plane * Shape.OutPlaneLength, tall.OutPlaneLength);
                Span<TIndex> winners = Winners.IsEmpty ? default : Winners.Slice(plane * Shape.OutPlaneLength, tall.OutPlaneLength);
                if (HalvingMaxPool.Fits<T, TIndex>(Shape))
                    HalvingMaxPool.Forward(MemoryMarshal.Cast<T, float>(x), MemoryMarshal.Cast<T, float>(y), MemoryMarshal.Cast<TIndex, byte>(winners), tall);
                else ForwardPlane(x, y, winners, Shape, columns, winner);
            }
        }
    }

    private ref struct BackwardJob<T, TIndex> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        public ReadOnlySpan<T> Dy;
        public ReadOnlySpan<TIndex> Winners;
        public Span<T> Dx;
        public PoolingShape Shape;

        public readonly void Run(int piece)
        {
            EvenSplit pieces = Shape.Pieces;
            PoolingShape tall = HalvingMaxPool.Stack<T, TIndex>(Shape, pieces.Length(piece));
            for (int plane = pieces.Start(piece), end = plane + pieces.Length(piece); plane < end; plane += tall.Height / Shape.Height)
            {
                ReadOnlySpan<T> dy = Dy.Slice(plane * Shape.OutPlaneLength, tall.OutPlaneLength);
                ReadOnlySpan<TIndex> winners = Winners.Slice(plane * Shape.OutPlaneLength, tall.OutPlaneLength);
                Span<T> dx = Dx.Slice(plane * Shape.PlaneLength, tall.PlaneLength);
                if (HalvingMaxPool.Fits<T, TIndex>(Shape))
                    HalvingMaxPool.Backward(MemoryMarshal.Cast<T, float>(dy), MemoryMarshal.Cast<TIndex, byte>(winners), MemoryMarshal.Cast<T, float>(dx), tall);
                else BackwardPlane(dy, winners, dx, Shape);
            }
        }
    }

    /// <param name="x">One plane.</param>
    /// <param name="y">The maxima.</param>
    /// <param name="winners">Who they are, or empty.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="columns">Room for a row, its columns sorted by their place within a stride.</param>
    /// <param name="winner">Room for an output row.</param>
    private static void ForwardPlane<T, TIndex>(ReadOnlySpan<T> x, Span<T> y, Span<TIndex> winners, in PoolingShape s, Span<T> columns, Span<T> winner)
        where T : unmanaged, IFloatingPointIeee754<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        for (int i = 0; i < s.OutHeight; i++)
        {
            int top = i * s.StrideHeight - s.PadHeight, firstTapRow = FirstTap(top, s.DilationHeight);
            Span<T> best = y.Slice(i * s.OutWidth, s.OutWidth);
            best.Fill(T.NegativeInfinity);
            for (int j = 0; j < winner.Length; j++) // where all are −∞, the first inside wins
            {
                winner[j] = T.CreateTruncating(firstTapRow * s.KernelWidth + FirstTap(j * s.StrideWidth - s.PadWidth, s.DilationWidth));
            }
            for (int tapRow = firstTapRow; tapRow < s.KernelHeight && top + tapRow * s.DilationHeight < s.Height; tapRow++)
            {
                int phaseLength = SortByPhase(x.Slice((top + tapRow * s.DilationHeight) * s.Width, s.Width), columns, s.StrideWidth);
                for (int tapColumn = 0; tapColumn < s.KernelWidth; tapColumn++)
                {
                    int shift = tapColumn * s.DilationWidth - s.PadWidth, last = s.Width - 1 - shift;
                    int from = FirstTap(shift, s.StrideWidth), to = last < 0 ? 0 : Math.Min(s.OutWidth, last / s.StrideWidth + 1); // where this position lies inside
                    if (from >= to) continue;
                    (int strides, int phase) = Math.DivRem(from * s.StrideWidth + shift, s.StrideWidth);
                    Compare(columns.Slice(phase * phaseLength + strides, to - from), best[from..to], winner[from..to], T.CreateTruncating(tapRow * s.KernelWidth + tapColumn));
                }
            }
            if (winners.IsEmpty) continue;
            Span<TIndex> kept = winners.Slice(i * s.OutWidth, s.OutWidth);
            for (int j = 0; j < kept.Length; j++) kept[j] = TIndex.CreateTruncating(T.ConvertToIntegerNative<int>(winner[j]));
        }
    }

    /// <summary>How many steps it takes from <paramref name="start"/> to reach 0 or more.</summary>
    private static int FirstTap(int start, int step) => start >= 0 ? 0 : (step - 1 - start) / step;

    /// <summary>Columns 0, stride, 2·stride, …, then 1, stride + 1, …: so the elements that neighbouring windows see at one position are neighbours. Returns the room of a phase.</summary>
    private static int SortByPhase<T>(ReadOnlySpan<T> row, Span<T> columns, int stride)
    {
        int phaseLength = (row.Length + stride - 1) / stride;
        for (int phase = 0; phase < stride && phase < row.Length; phase++)
        {
            Span<T> target = columns.Slice(phase * phaseLength, (row.Length - phase + stride - 1) / stride);
            for (int i = 0, from = phase; i < target.Length; i++, from += stride) target[i] = row[from];
        }
        return phaseLength;
    }

    private static void Compare<T>(ReadOnlySpan<T> x, Span<T> best, Span<T> winner, T index) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var position = new Vector<T>(index);
        for (int j = 0; j < x.Length; j += Vector<T>.Count)
        {
            Vector<T> value = VectorMath.Load(x, j), old = VectorMath.Load<T>(best, j);
            Vector<T> wins = Vector.GreaterThan(value, old) | ~Vector.Equals(value, value);
            VectorMath.Store(Vector.ConditionalSelect(wins, value, old), best, j);
            VectorMath.Store(Vector.ConditionalSelect(wins, position, VectorMath.Load<T>(winner, j)), winner, j);
        }
    }

    private static void BackwardPlane<T, TIndex>(ReadOnlySpan<T> dy, ReadOnlySpan<TIndex> winners, Span<T> dx, in PoolingShape s)
        where T : unmanaged, IFloatingPointIeee754<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        Span<int> offsets = s.Taps <= 256 ? stackalloc int[s.Taps] : new int[s.Taps];
        for (int tap = 0; tap < offsets.Length; tap++) offsets[tap] = tap / s.KernelWidth * s.DilationHeight * s.Width + tap % s.KernelWidth * s.DilationWidth;
        dx.Clear();
        for (int i = 0; i < s.OutHeight; i++)
        {
            int corner = (i * s.StrideHeight - s.PadHeight) * s.Width - s.PadWidth;
            ReadOnlySpan<T> slope = dy.Slice(i * s.OutWidth, s.OutWidth);
            ReadOnlySpan<TIndex> winner = winners.Slice(i * s.OutWidth, s.OutWidth);
            for (int j = 0; j < slope.Length; j++) dx[corner + j * s.StrideWidth + offsets[int.CreateTruncating(winner[j])]] += slope[j];
        }
    }
}
