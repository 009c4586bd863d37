using System.Numerics;

namespace Backprop.Kernels;

/// <summary>The sizes of a group normalization: [batch, groups, channels of a group, inner], each (batch, group) normalized by itself.</summary>
internal readonly record struct GroupLayout(int Batch, int Groups, int GroupChannels, int Inner)
{
    private const int PieceLength = 1 << 15;

    /// <summary>Elements of a group.</summary>
    public int Length => GroupChannels * Inner;

    public int Channels => Groups * GroupChannels;

    /// <summary>How groups are shared out.</summary>
    public EvenSplit Pieces => new(Batch * Groups, Math.Max(1, PieceLength / Math.Max(1, Length)));
}

/// <summary>Group normalization: statistics over a group's channels and all that follows, scale and offset by channel.</summary>
internal static class GroupNormKernel
{
    /// <summary>
    /// <c>y ← (x − mean) · inverse · gamma + beta</c>; writes each group's mean and <c>inverse = 1 / √(variance + epsilon)</c>. Gamma and beta may be empty: 1 and 0.
    /// </summary>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, Span<double> mean, Span<double> inverse, double epsilon, in GroupLayout layout)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new ForwardJob<T> { X = x, Y = y, Gamma = gamma, Beta = beta, Mean = mean, Inverse = inverse, Epsilon = epsilon, Layout = layout };
        WorkerPool.Run(ref job, layout.Pieces.Parts);
    }

    /// <summary>With g = dy · gamma: <c>dx ← inverse · (g − mean of g − x̂ · mean of g·x̂)</c>, <c>dgamma ← Σ dy · x̂</c>, <c>dbeta ← Σ dy</c>. Each of the three may be empty if it is not wanted.</summary>
    public static unsafe void Backward<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> gamma, ReadOnlySpan<double> mean, ReadOnlySpan<double> inverse,
        Span<T> dx, Span<T> dgamma, Span<T> dbeta, in GroupLayout layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int planes = layout.Batch * layout.Channels;
        using Scratch.Lease<double> lease = Scratch.Rent<double>(2 * planes);
        Span<double> sums = new(lease.Start, planes), products = new(lease.Start + planes, planes);
        var job = new BackwardJob<T> { Dy = dy, X = x, Gamma = gamma, Mean = mean, Inverse = inverse, Dx = dx, Sums = sums, Products = products, Layout = layout };
        WorkerPool.Run(ref job, layout.Pieces.Parts);
        SumOverBatch(products, dgamma);
        SumOverBatch(sums, dbeta);
    }

    private static void SumOverBatch<T>(ReadOnlySpan<double> planes, Span<T> channels) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int channel = 0; channel < channels.Length; channel++)
        {
            double sum = 0;
            for (int plane = channel; plane < planes.Length; plane += channels.Length) sum += planes[plane];
            channels[channel] = T.CreateTruncating(sum);
        }
    }

    private ref struct ForwardJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X, Gamma, Beta;
        public Span<T> Y;
        public Span<double> Mean, Inverse;
        public double Epsilon;
        public GroupLayout Layout;

        public readonly void Run(int piece)
        {
            EvenSplit pieces = Layout.Pieces;
            Vector<T> tail = NormalizedRow.TailMask<T>(Layout.Length);
            for (int group = pieces.Start(piece), end = group + pieces.Length(piece); group < end; group++)
            {
                (Mean[group], Inverse[group]) = Statistics(X.Slice(group * Layout.Length, Layout.Length), Epsilon, tail);
                (T mean, T inverse) = (T.CreateTruncating(Mean[group]), T.CreateTruncating(Inverse[group]));
                for (int c = 0; c < Layout.GroupChannels; c++)
                {
                    int plane = group * Layout.GroupChannels + c, channel = plane % Layout.Channels;
                    NormalizedRow.Normalize<OpenGate, T>(X.Slice(plane * Layout.Inner, Layout.Inner), Y.Slice(plane * Layout.Inner, Layout.Inner), mean,
                        Gamma.IsEmpty ? inverse : inverse * Gamma[channel], Beta.IsEmpty ? T.Zero : Beta[channel]);
                }
            }
        }
    }

    /// <summary>The mean of a row, and <c>1 / √(variance + epsilon)</c>.</summary>
    internal static (double Mean, double Inverse) Statistics<T>(ReadOnlySpan<T> x, double epsilon, Vector<T> tail) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T shift = ReduceKernel.Elements<SumRule, T>(x) / T.CreateTruncating(x.Length);
        (double sum, double squares) = NormalizedRow.Sums(x, shift, tail);
        double d = sum / x.Length, variance = Math.Max(0, squares / x.Length - d * d);
        return (double.CreateTruncating(shift) + d, 1 / Math.Sqrt(variance + epsilon));
    }

    private ref struct BackwardJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> Dy, X, Gamma;
        public ReadOnlySpan<double> Mean, Inverse;
        public Span<T> Dx;
        public Span<double> Sums, Products;
        public GroupLayout Layout;

        public readonly void Run(int piece)
        {
            EvenSplit pieces = Layout.Pieces;
            Vector<T> tail = NormalizedRow.TailMask<T>(Layout.Inner);
            for (int group = pieces.Start(piece), end = group + pieces.Length(piece); group < end; group++)
            {
                T mean = T.CreateTruncating(Mean[group]);
                (double inverse, double sum, double products) = (Inverse[group], 0, 0);
                for (int plane = group * Layout.GroupChannels; plane < (group + 1) * Layout.GroupChannels; plane++)
                {
                    (int start, int length) = (plane * Layout.Inner, Layout.Inner);
                    (Sums[plane], Products[plane]) = NormalizedRow.Products<OpenGate, T>(Dy.Slice(start, length), X.Slice(start, length), mean, tail);
                    Products[plane] *= inverse;
                    sum += Scale(plane) * Sums[plane];
                    products += Scale(plane) * Products[plane];
                }
                if (Dx.IsEmpty) continue;
                (T b, T c) = (T.CreateTruncating(-inverse * inverse * products / Layout.Length), T.CreateTruncating(-inverse * sum / Layout.Length));
                for (int plane = group * Layout.GroupChannels; plane < (group + 1) * Layout.GroupChannels; plane++)
                {
                    (int start, int length) = (plane * Layout.Inner, Layout.Inner);
                    NormalizedRow.Pull<OpenGate, T>(Dy.Slice(start, length), X.Slice(start, length), Dx.Slice(start, length), mean, T.CreateTruncating(inverse * Scale(plane)), b, c);
                }
            }
        }

        private readonly double Scale(int plane) => Gamma.IsEmpty ? 1 : double.CreateTruncating(Gamma[plane % Layout.Channels]);
    }
}
