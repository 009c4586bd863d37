using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;

namespace Backprop.Kernels;

/// <summary>The sizes of a batch normalization: [batch, channels, inner]. Where inner is 1, it is a matrix whose columns are channels; else each image has a row for each channel.</summary>
internal readonly record struct ChannelLayout(int Batch, int Channels, int Inner)
{
    private const int PieceLength = 1 << 15;

    /// <summary>Elements of a channel.</summary>
    public int Count => Batch * Inner;

    public bool ChannelsAreColumns => Inner == 1;

    /// <summary>How rows are shared out: those of a channel in an image, or those of the matrix.</summary>
    public EvenSplit Rows => ChannelsAreColumns
        ? new(Batch, Math.Max(1, PieceLength / Math.Max(1, Channels)))
        : new(Batch * Channels, Math.Max(1, PieceLength / Math.Max(1, Inner)));

    /// <summary>How vectors of columns are shared out.</summary>
    public EvenSplit Columns<T>() => new((Channels + Vector<T>.Count - 1) / Vector<T>.Count, Math.Max(1, PieceLength / Math.Max(1, Batch * Vector<T>.Count)));
}

/// <summary>
/// Batch normalization: memory is walked through from start to end, twice in each direction. What is summed up in a row (or down a vector of columns) is one thread's
/// doing and kept apart until all are there; then the rows of a channel are added in order. A ReLU behind it is an <see cref="IGate"/>: backward finds out anew which z it let pass, which
/// costs less than reading them.
/// </summary>
internal static class BatchNormKernel
{
    /// <summary>Mean and variance, divided by the count, of each channel.</summary>
    public static unsafe void Statistics<T>(ReadOnlySpan<T> x, Span<double> mean, Span<double> variance, in ChannelLayout layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int rows = layout.ChannelsAreColumns ? 1 : layout.Batch;
        using Scratch.Lease<double> lease = Scratch.Rent<double>((2 * rows + 1) * layout.Channels);
        var room = new Span<double>(lease.Start, (2 * rows + 1) * layout.Channels);
        Span<double> shift = room[..layout.Channels], sums = room.Slice(layout.Channels, rows * layout.Channels), squares = room[((rows + 1) * layout.Channels)..];
        for (int c = 0; c < layout.Channels; c++) // the first row's mean: near enough
        {
            shift[c] = layout.ChannelsAreColumns ? double.CreateTruncating(x[c])
                : double.CreateTruncating(ReduceKernel.Elements<SumRule, T>(x.Slice(c * layout.Inner, layout.Inner)) / T.CreateTruncating(layout.Inner));
        }
        var job = new SumsJob<T> { X = x, Shift = shift, Sums = sums, Squares = squares, Layout = layout };
        WorkerPool.Run(ref job, layout.ChannelsAreColumns ? layout.Columns<T>().Parts : layout.Rows.Parts);
        AddRows(sums, layout.Channels);
        AddRows(squares, layout.Channels);
        for (int c = 0; c < layout.Channels; c++)
        {
            double d = sums[c] / layout.Count;
            mean[c] = shift[c] + d;
            variance[c] = Math.Max(0, squares[c] / layout.Count - d * d);
        }
    }

    /// <summary><c>z = (x − mean) / √(variance + epsilon) · gamma + beta</c>, and <c>y ← </c> what is behind the gate. Gamma and beta may be empty: 1 and 0.</summary>
    public static unsafe void Forward<TGate, T>(ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance,
        double epsilon, in ChannelLayout layout)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using Scratch.Lease<T> lease = Scratch.Rent<T>(Factors<T>.Length(layout.Channels));
        var factors = new Factors<T>(lease.Start, gamma, beta, mean, variance, epsilon);
        var job = new NormalizeJob<TGate, T> { X = x, Y = y, Mean = factors.Mean, Scale = factors.Scale, Offset = factors.Offset, Layout = layout };
        WorkerPool.Run(ref job, layout.Rows.Parts);
    }

    /// <summary><c>scale ← gamma / √(variance + epsilon)</c> and <c>shift ← beta + (bias − mean) · scale</c>; of gamma, beta and bias each may be empty.</summary>
    public static void Fold<T>(ReadOnlySpan<T> mean, ReadOnlySpan<T> variance, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, ReadOnlySpan<T> bias, double epsilon, Span<T> scale, Span<T> shift)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int c = 0; c < scale.Length; c++)
        {
            double factor = At(gamma, c, 1) / Math.Sqrt(At(variance, c, 1) + epsilon);
            scale[c] = T.CreateTruncating(factor);
            shift[c] = T.CreateTruncating(At(beta, c, 0) + (At(bias, c, 0) - At(mean, c, 0)) * factor);
        }

        static double At(ReadOnlySpan<T> values, int index, double otherwise) => values.IsEmpty ? otherwise : double.CreateTruncating(values[index]);
    }

    /// <summary>
    /// With dz, what the gate leaves of dy: <c>dgamma ← Σ dz · x̂</c>, <c>dbeta ← Σ dz</c>, and <c>dx ← gamma / √(variance + epsilon) · (dz − mean of dz − x̂ · mean of dz·x̂)</c>, or just the
    /// first factor times dy where mean and variance do not come from the batch, which is without a gate alone. Each of the three may be empty if it is not wanted.
    /// </summary>
    public static unsafe void Backward<TGate, T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance,
        double epsilon, bool fromBatch, Span<T> dx, Span<T> dgamma, Span<T> dbeta, in ChannelLayout layout)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(fromBatch || typeof(TGate) == typeof(OpenGate));
        if (dy.IsEmpty)
        {
            dgamma.Clear();
            dbeta.Clear();
            return;
        }
        int channels = layout.Channels, rows = layout.ChannelsAreColumns ? 1 : layout.Batch;
        using Scratch.Lease<double> lease = Scratch.Rent<double>(2 * rows * channels);
        Span<double> sums = new(lease.Start, rows * channels), products = new(lease.Start + rows * channels, rows * channels);
        using Scratch.Lease<T> room = Scratch.Rent<T>(Factors<T>.Length(channels) + 3 * channels);
        var factors = new Factors<T>(room.Start, gamma, beta, mean, variance, epsilon);
        T* next = room.Start + Factors<T>.Length(channels);
        Span<T> a = new(next, channels), b = new(next + channels, channels), d = new(next + 2 * channels, channels);
        var sumsJob = new ProductsJob<TGate, T> { Dy = dy, X = x, Mean = factors.Mean, Scale = factors.Scale, Offset = factors.Offset, Sums = sums, Products = products, Layout = layout };
        WorkerPool.Run(ref sumsJob, layout.ChannelsAreColumns ? layout.Columns<T>().Parts : layout.Rows.Parts);
        AddRows(sums, channels);
        AddRows(products, channels);
        for (int c = 0; c < channels; c++)
        {
            double inverse = 1 / Math.Sqrt(variance[c] + epsilon), slope = gamma.IsEmpty ? inverse : inverse * double.CreateTruncating(gamma[c]);
            if (!dgamma.IsEmpty) dgamma[c] = T.CreateTruncating(products[c] * inverse);
            if (!dbeta.IsEmpty) dbeta[c] = T.CreateTruncating(sums[c]);
            a[c] = T.CreateTruncating(slope);
            b[c] = T.CreateTruncating(-slope * inverse * inverse * products[c] / layout.Count);
            d[c] = fromBatch ? T.CreateTruncating(-slope * sums[c] / layout.Count) : T.Zero;
        }
        if (dx.IsEmpty) return;
        if (!fromBatch) // x has no say: where it is infinite, dx is not
        {
            b.Clear();
            var scaling = new NormalizeJob<OpenGate, T> { X = dy, Y = dx, Mean = b, Scale = a, Offset = d, Layout = layout };
            WorkerPool.Run(ref scaling, layout.Rows.Parts);
            return;
        }
        var job = new PullJob<TGate, T> { Dy = dy, X = x, Dx = dx, Mean = factors.Mean, Scale = factors.Scale, Offset = factors.Offset, A = a, B = b, C = d, Layout = layout };
        WorkerPool.Run(ref job, layout.Rows.Parts);
    }

    /// <summary><c>running ← (1 − momentum) · running + momentum · factor · batch</c>.</summary>
    public static void UpdateRunning<T>(Span<T> running, ReadOnlySpan<double> batch, double momentum, double factor = 1) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < running.Length; i++) running[i] = T.CreateTruncating((1 - momentum) * double.CreateTruncating(running[i]) + momentum * factor * batch[i]);
    }

    /// <summary>Adds all rows of a matrix to its first, in order.</summary>
    private static void AddRows(Span<double> sums, int columns)
    {
        Span<double> total = sums[..columns];
        for (int row = columns; row < sums.Length; row += columns) TensorPrimitives.Add(total, sums.Slice(row, columns), total);
    }

    /// <summary>A normalization as what the loops compute, <c>z = (x − Mean) · Scale + Offset</c>: forward and backward the same numbers, so that both find the same z above 0.</summary>
    private readonly unsafe ref struct Factors<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly Span<T> Mean, Scale, Offset;

        public Factors(T* room, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance, double epsilon)
        {
            int channels = mean.Length;
            Mean = new(room, channels);
            Scale = new(room + channels, channels);
            Offset = new(room + 2 * channels, channels);
            for (int c = 0; c < channels; c++)
            {
                Mean[c] = T.CreateTruncating(mean[c]);
                Scale[c] = T.CreateTruncating(1 / Math.Sqrt(variance[c] + epsilon)) * (gamma.IsEmpty ? T.One : gamma[c]);
                Offset[c] = beta.IsEmpty ? T.Zero : beta[c];
            }
        }

        public static int Length(int channels) => 3 * channels;
    }

    private ref struct SumsJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X;
        public ReadOnlySpan<double> Shift;
        public Span<double> Sums, Squares;
        public ChannelLayout Layout;

        public readonly void Run(int piece)
        {
            if (Layout.ChannelsAreColumns)
            {
                EvenSplit pieces = Layout.Columns<T>();
                for (int unit = pieces.Start(piece), end = unit + pieces.Length(piece); unit < end; unit++)
                {
                    int column = unit * Vector<T>.Count, width = Math.Min(Vector<T>.Count, Layout.Channels - column);
                    NormalizedColumns.Sums(X, Layout.Channels, column, X.Slice(column, width), Sums.Slice(column, width), Squares.Slice(column, width));
                }
                return;
            }
            EvenSplit rows = Layout.Rows;
            Vector<T> tail = NormalizedRow.TailMask<T>(Layout.Inner);
            for (int row = rows.Start(piece), end = row + rows.Length(piece); row < end; row++)
            {
                (Sums[row], Squares[row]) = NormalizedRow.Sums(X.Slice(row * Layout.Inner, Layout.Inner), T.CreateTruncating(Shift[row % Layout.Channels]), tail);
            }
        }
    }

    private ref struct NormalizeJob<TGate, T> : IPieceJob
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X, Mean, Scale, Offset;
        public Span<T> Y;
        public ChannelLayout Layout;

        public readonly void Run(int piece)
        {
            EvenSplit rows = Layout.Rows;
            (int first, int count) = (rows.Start(piece), rows.Length(piece));
            if (Layout.ChannelsAreColumns)
            {
                (int start, int length) = (first * Layout.Channels, count * Layout.Channels);
                NormalizedColumns.Normalize<TGate, T>(X.Slice(start, length), Y.Slice(start, length), Mean, Scale, Offset);
                return;
            }
            for (int row = first; row < first + count; row++)
            {
                int c = row % Layout.Channels;
                NormalizedRow.Normalize<TGate, T>(X.Slice(row * Layout.Inner, Layout.Inner), Y.Slice(row * Layout.Inner, Layout.Inner), Mean[c], Scale[c], Offset[c]);
            }
        }
    }

    private ref struct ProductsJob<TGate, T> : IPieceJob
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> Dy, X, Mean, Scale, Offset;
        public Span<double> Sums, Products;
        public ChannelLayout Layout;

        public readonly void Run(int piece)
        {
            if (Layout.ChannelsAreColumns)
            {
                EvenSplit pieces = Layout.Columns<T>();
                for (int unit = pieces.Start(piece), end = unit + pieces.Length(piece); unit < end; unit++)
                {
                    int column = unit * Vector<T>.Count, width = Math.Min(Vector<T>.Count, Layout.Channels - column);
                    NormalizedColumns.Products<TGate, T>(Dy, X, Layout.Channels, column, Mean.Slice(column, width), Scale.Slice(column, width), Offset.Slice(column, width),
                        Sums.Slice(column, width), Products.Slice(column, width));
                }
                return;
            }
            EvenSplit rows = Layout.Rows;
            Vector<T> tail = NormalizedRow.TailMask<T>(Layout.Inner);
            for (int row = rows.Start(piece), end = row + rows.Length(piece); row < end; row++)
            {
                (int start, int length, int c) = (row * Layout.Inner, Layout.Inner, row % Layout.Channels);
                (Sums[row], Products[row]) = NormalizedRow.Products<TGate, T>(Dy.Slice(start, length), X.Slice(start, length), Mean[c], tail, Scale[c], Offset[c]);
            }
        }
    }

    private ref struct PullJob<TGate, T> : IPieceJob
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> Dy, X, Mean, Scale, Offset, A, B, C;
        public Span<T> Dx;
        public ChannelLayout Layout;

        public readonly void Run(int piece)
        {
            EvenSplit rows = Layout.Rows;
            (int first, int count) = (rows.Start(piece), rows.Length(piece));
            if (Layout.ChannelsAreColumns)
            {
                (int start, int length) = (first * Layout.Channels, count * Layout.Channels);
                NormalizedColumns.Pull<TGate, T>(Dy.Slice(start, length), X.Slice(start, length), Dx.Slice(start, length), Mean, Scale, Offset, A, B, C);
                return;
            }
            for (int row = first; row < first + count; row++)
            {
                int c = row % Layout.Channels, start = row * Layout.Inner;
                NormalizedRow.Pull<TGate, T>(Dy.Slice(start, Layout.Inner), X.Slice(start, Layout.Inner), Dx.Slice(start, Layout.Inner), Mean[c], A[c], B[c], C[c], Scale[c], Offset[c]);
            }
        }
    }
}
