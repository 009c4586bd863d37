using System.Numerics;
using System.Numerics.Tensors;

namespace Backprop.Kernels;

/// <summary>What one output sees along one axis: the positions from Start up to but not including End, and by what their sum is divided.</summary>
internal readonly record struct PoolingWindow(int Start, int End, int Divisor);

/// <summary>
/// The mean over windows of a plane, of any size and position along each axis: fixed ones, padded ones, adaptive ones, the whole plane. Rows of a window are
/// added as vectors into one, and that one is summed up from left to right; the way back spreads in the opposite order.
/// </summary>
internal static class AveragePoolKernel
{
    /// <summary><c>y[i, j] ← Σ x[rows[i], columns[j]] / (rows[i].Divisor · columns[j].Divisor)</c> on each plane.</summary>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<PoolingWindow> rows, ReadOnlySpan<PoolingWindow> columns, int height, int width)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new ForwardJob<T> { X = x, Y = y, Rows = rows, Columns = columns, Height = height, Width = width };
        WorkerPool.Run(ref job, Pieces(x.Length, height * width).Parts);
    }

    /// <summary><c>dx ← Σ dy[i, j] / (rows[i].Divisor · columns[j].Divisor)</c> over the windows that see an element, 0 where none does.</summary>
    public static void Backward<T>(ReadOnlySpan<T> dy, Span<T> dx, ReadOnlySpan<PoolingWindow> rows, ReadOnlySpan<PoolingWindow> columns, int height, int width)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new BackwardJob<T> { Dy = dy, Dx = dx, Rows = rows, Columns = columns, Height = height, Width = width };
        WorkerPool.Run(ref job, Pieces(dx.Length, height * width).Parts);
    }

    private static EvenSplit Pieces(int length, int planeLength) => new(planeLength == 0 ? 0 : length / planeLength, Math.Max(1, (1 << 15) / Math.Max(1, planeLength)));

    private static bool IsWholePlane(ReadOnlySpan<PoolingWindow> rows, ReadOnlySpan<PoolingWindow> columns, int height, int width) =>
        rows.Length == 1 && columns.Length == 1 && rows[0] is { Start: 0 } row && columns[0] is { Start: 0 } column && row.End == height && column.End == width;

    private ref struct ForwardJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X;
        public Span<T> Y;
        public ReadOnlySpan<PoolingWindow> Rows, Columns;
        public int Height, Width;

        public readonly unsafe void Run(int piece)
        {
            using Scratch.Lease<T> lease = Scratch.Rent<T>(Width);
            var sums = new Span<T>(lease.Start, Width);
            EvenSplit pieces = Pieces(X.Length, Height * Width);
            for (int plane = pieces.Start(piece), end = plane + pieces.Length(piece); plane < end; plane++)
            {
                ReadOnlySpan<T> x = X.Slice(plane * Height * Width, Height * Width);
                Span<T> y = Y.Slice(plane * Rows.Length * Columns.Length, Rows.Length * Columns.Length);
                if (IsWholePlane(Rows, Columns, Height, Width))
                {
                    y[0] = T.CreateTruncating(BlockSum.Of(x) / (Rows[0].Divisor * Columns[0].Divisor));
                    continue;
                }
                for (int i = 0; i < Rows.Length; i++)
                {
                    PoolingWindow window = Rows[i];
                    x.Slice(window.Start * Width, Width).CopyTo(sums);
                    for (int row = window.Start + 1; row < window.End; row++) TensorPrimitives.Add(sums, x.Slice(row * Width, Width), sums);
                    for (int j = 0; j < Columns.Length; j++)
                    {
                        PoolingWindow column = Columns[j];
                        T sum = T.Zero;
                        foreach (T value in sums[column.Start..column.End]) sum += value;
                        y[i * Columns.Length + j] = sum / T.CreateTruncating(window.Divisor * column.Divisor);
                    }
                }
            }
        }
    }

    private ref struct BackwardJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> Dy;
        public Span<T> Dx;
        public ReadOnlySpan<PoolingWindow> Rows, Columns;
        public int Height, Width;

        public readonly unsafe void Run(int piece)
        {
            using Scratch.Lease<T> lease = Scratch.Rent<T>(Width);
            var spread = new Span<T>(lease.Start, Width);
            EvenSplit pieces = Pieces(Dx.Length, Height * Width);
            for (int plane = pieces.Start(piece), end = plane + pieces.Length(piece); plane < end; plane++)
            {
                Span<T> dx = Dx.Slice(plane * Height * Width, Height * Width);
                ReadOnlySpan<T> dy = Dy.Slice(plane * Rows.Length * Columns.Length, Rows.Length * Columns.Length);
                if (IsWholePlane(Rows, Columns, Height, Width))
                {
                    dx.Fill(dy[0] / T.CreateTruncating(Rows[0].Divisor * Columns[0].Divisor));
                    continue;
                }
                dx.Clear();
                for (int i = 0; i < Rows.Length; i++)
                {
                    PoolingWindow window = Rows[i];
                    spread.Clear();
                    for (int j = 0; j < Columns.Length; j++)
                    {
                        PoolingWindow column = Columns[j];
                        T share = dy[i * Columns.Length + j] / T.CreateTruncating(window.Divisor * column.Divisor);
                        foreach (ref T value in spread[column.Start..column.End]) value += share;
                    }
                    for (int row = window.Start; row < window.End; row++)
                    {
                        Span<T> target = dx.Slice(row * Width, Width);
                        TensorPrimitives.Add(target, spread, target);
                    }
                }
            }
        }
    }
}
