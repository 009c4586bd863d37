using System.Numerics;
using System.Numerics.Tensors;

namespace Backprop.Kernels;

/// <summary>
/// Batch normalization of [batch, channels, inner], a channel at a time: what its statistics have read is still in the cache when it is normalized. Where inner
/// is 1, as many channels at a time as a vector has lanes. Each channel is summed up by one thread, in one order.
/// </summary>
internal static class BatchNormKernel
{
    /// <summary>
    /// <c>y ← (x − mean) / √(variance + epsilon) · gamma + beta</c>. With <paramref name="fromBatch"/>, mean and variance (divided by the count) are written first, else
    /// they are read. Gamma and beta may be empty: 1 and 0.
    /// </summary>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, Span<double> mean, Span<double> variance,
        double epsilon, bool fromBatch, in ChannelLayout layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new ForwardJob<T> { X = x, Y = y, Gamma = gamma, Beta = beta, Mean = mean, Variance = variance, Epsilon = epsilon, FromBatch = fromBatch, Layout = layout };
        WorkerPool.Run(ref job, layout.Pieces<T>().Parts);
    }

    /// <summary>
    /// <c>dgamma ← Σ dy · x̂</c>, <c>dbeta ← Σ dy</c>, and <c>dx ← gamma / √(variance + epsilon) · (dy − mean of dy − x̂ · mean of dy·x̂)</c>, or just the first factor times dy
    /// where mean and variance do not come from the batch. Each of the three may be empty if it is not wanted.
    /// </summary>
    public static void Backward<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> gamma, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance,
        double epsilon, bool fromBatch, Span<T> dx, Span<T> dgamma, Span<T> dbeta, in ChannelLayout layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new BackwardJob<T>
        {
            Dy = dy,
            X = x,
            Gamma = gamma,
            Mean = mean,
            Variance = variance,
            Epsilon = epsilon,
            FromBatch = fromBatch,
            Dx = dx,
            Dgamma = dgamma,
            Dbeta = dbeta,
            Layout = layout,
        };
        WorkerPool.Run(ref job, layout.Pieces<T>().Parts);
    }

    /// <summary><c>running ← (1 − momentum) · running + momentum · factor · batch</c>.</summary>
    public static void UpdateRunning<T>(Span<T> running, ReadOnlySpan<double> batch, double momentum, double factor = 1) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < running.Length; i++) running[i] = T.CreateTruncating((1 - momentum) * double.CreateTruncating(running[i]) + momentum * factor * batch[i]);
    }

    private ref struct ForwardJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X, Gamma, Beta;
        public Span<T> Y;
        public Span<double> Mean, Variance;
        public double Epsilon;
        public bool FromBatch;
        public ChannelLayout Layout;

        public readonly void Run(int piece)
        {
            int lanes = Vector<T>.Count;
            Span<double> sum = stackalloc double[lanes], squares = stackalloc double[lanes];
            Span<T> mean = stackalloc T[lanes], scale = stackalloc T[lanes], offset = stackalloc T[lanes];
            EvenSplit pieces = Layout.Pieces<T>();
            for (int unit = pieces.Start(piece), end = unit + pieces.Length(piece); unit < end; unit++)
            {
                Strip strip = Layout.Strip<T>(unit, out int channel, out int width);
                if (FromBatch)
                {
                    ReadOnlySpan<T> first = X.Slice(strip.Start, strip.Length);
                    Vector<T> shift = Layout.ChannelsAreLanes ? VectorMath.Load(first, 0) : new Vector<T>(TensorPrimitives.Sum(first) / T.CreateTruncating(first.Length));
                    StripKernel.Sums(X, strip, shift, sum, squares);
                    Layout.Reduce(sum, squares);
                    for (int lane = 0; lane < width; lane++)
                    {
                        double d = sum[lane] / Layout.Count;
                        Mean[channel + lane] = double.CreateTruncating(shift[lane]) + d;
                        Variance[channel + lane] = Math.Max(0, squares[lane] / Layout.Count - d * d);
                    }
                }
                for (int lane = 0; lane < lanes; lane++)
                {
                    int c = channel + Math.Min(lane, width - 1);
                    double factor = 1 / Math.Sqrt(Variance[c] + Epsilon);
                    mean[lane] = T.CreateTruncating(Mean[c]);
                    scale[lane] = Gamma.IsEmpty ? T.CreateTruncating(factor) : Gamma[c] * T.CreateTruncating(factor);
                    offset[lane] = Beta.IsEmpty ? T.Zero : Beta[c];
                }
                StripKernel.Normalize(X, Y, strip, new Vector<T>(mean), new Vector<T>(scale), new Vector<T>(offset));
            }
        }
    }

    private ref struct BackwardJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> Dy, X, Gamma;
        public ReadOnlySpan<double> Mean, Variance;
        public Span<T> Dx, Dgamma, Dbeta;
        public double Epsilon;
        public bool FromBatch;
        public ChannelLayout Layout;

        public readonly void Run(int piece)
        {
            int lanes = Vector<T>.Count;
            Span<double> sum = stackalloc double[lanes], products = stackalloc double[lanes];
            Span<T> mean = stackalloc T[lanes], a = stackalloc T[lanes], b = stackalloc T[lanes], c = stackalloc T[lanes];
            EvenSplit pieces = Layout.Pieces<T>();
            for (int unit = pieces.Start(piece), end = unit + pieces.Length(piece); unit < end; unit++)
            {
                Strip strip = Layout.Strip<T>(unit, out int channel, out int width);
                for (int lane = 0; lane < lanes; lane++) mean[lane] = T.CreateTruncating(Mean[channel + Math.Min(lane, width - 1)]);
                StripKernel.Products(Dy, X, strip, new Vector<T>(mean), sum, products);
                Layout.Reduce(sum, products);
                for (int lane = 0; lane < lanes; lane++)
                {
                    int at = Math.Min(lane, width - 1), index = channel + at;
                    double factor = 1 / Math.Sqrt(Variance[index] + Epsilon), slope = Gamma.IsEmpty ? factor : factor * double.CreateTruncating(Gamma[index]);
                    if (!Dgamma.IsEmpty) Dgamma[index] = T.CreateTruncating(products[at] * factor);
                    if (!Dbeta.IsEmpty) Dbeta[index] = T.CreateTruncating(sum[at]);
                    a[lane] = T.CreateTruncating(slope);
                    b[lane] = FromBatch ? T.CreateTruncating(-slope * factor * factor * products[at] / Layout.Count) : T.Zero;
                    c[lane] = FromBatch ? T.CreateTruncating(-slope * sum[at] / Layout.Count) : T.Zero;
                }
                if (!Dx.IsEmpty) StripKernel.Pull(Dy, X, Dx, strip, new Vector<T>(mean), new Vector<T>(a), new Vector<T>(b), new Vector<T>(c));
            }
        }
    }
}

/// <summary>[batch, channels, inner] as the strips that belong to its channels: one for each, or one for as many as a vector has lanes where inner is 1.</summary>
internal readonly record struct ChannelLayout(int Batch, int Channels, int Inner)
{
    private const int PieceLength = 1 << 15;

    /// <summary>Elements of a channel.</summary>
    public int Count => Batch * Inner;

    public bool ChannelsAreLanes => Inner == 1;

    /// <summary>How strips are shared out.</summary>
    public EvenSplit Pieces<T>()
    {
        int width = ChannelsAreLanes ? Vector<T>.Count : 1;
        return new EvenSplit((Channels + width - 1) / width, Math.Max(1, PieceLength / Math.Max(1, Count * width)));
    }

    /// <summary>Strip number <paramref name="unit"/>, its first channel, and how many channels it has.</summary>
    public Strip Strip<T>(int unit, out int channel, out int width)
    {
        channel = ChannelsAreLanes ? unit * Vector<T>.Count : unit;
        width = ChannelsAreLanes ? Math.Min(Vector<T>.Count, Channels - channel) : 1;
        return new Strip(channel * Inner, width * Inner, Batch, Channels * Inner);
    }

    /// <summary>Makes sums of lanes sums of channels.</summary>
    public void Reduce(Span<double> first, Span<double> second)
    {
        if (ChannelsAreLanes) return;
        (double a, double b) = (0, 0);
        for (int lane = 0; lane < first.Length; lane++) (a, b) = (a + first[lane], b + second[lane]);
        (first[0], second[0]) = (a, b);
    }
}
