using System.Numerics;

namespace Backprop.Kernels;

/// <summary>
/// A convolution and the 2 × 2 pooling behind it, for prediction, in one job. The planes between them, four times as large as the result, stay in the cache of the thread that made them; and an
/// image too small for sharing twice is worth sharing once.
/// </summary>
internal static class PooledConvolutionKernel
{
    private const int BytesOfPiece = 1 << 18; // of planes: a part of the second cache
    private const long WorkOfPiece = 1 << 17; // multiply-adds
    private const int ChannelsOfPiece = 12, PiecesWanted = 16;

    /// <summary>
    /// Whether there are windows, and the planes of an image fit into the cache. Winograd's convolution is left whole: it does some things once for all images and channels.
    /// </summary>
    public static bool Suits<T>(in ConvolutionShape shape) where T : unmanaged =>
        shape is { Groups: 1, Batch: > 0, OutHeight: > 1, OutWidth: > 1 } && BytesOfImage<T>(shape) <= BytesOfPiece && shape.BestMethod(shape.OutHeight, shape.OutWidth) == ConvolutionMethod.Plain;

    /// <summary>The pooling of 2 × 2 windows behind it.</summary>
    public static PoolingShape Halved(in ConvolutionShape shape) =>
        new(shape.Batch * shape.OutChannels, shape.OutHeight, shape.OutWidth, shape.OutHeight / 2, shape.OutWidth / 2, 2, 2, 2, 2);

    private static unsafe long BytesOfImage<T>(in ConvolutionShape shape) where T : unmanaged => (long)shape.OutChannels * shape.OutHeight * shape.OutWidth * sizeof(T);

    /// <summary>The maxima of the windows of what <see cref="ConvolutionKernel.Forward"/> gives.</summary>
    public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> w, ReadOnlySpan<T> bias, Span<T> y, in ConvolutionShape shape, in PoolingShape pooling,
        ReadOnlySpan<T> scale = default, bool rectify = false) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // The channels of an image are cut where there are few images to share.
        int parts = (int)long.Clamp(shape.MultiplyAdds / shape.Batch / WorkOfPiece, 1, Math.Max(Math.Min(shape.OutChannels / ChannelsOfPiece, PiecesWanted / shape.Batch), 1));
        int imagesOfPiece = parts > 1 ? 1 : (int)long.Clamp(BytesOfPiece / BytesOfImage<T>(shape), 1, shape.Batch);
        var job = new Job<T>
        {
            X = x,
            Weights = w,
            Bias = bias,
            Scale = scale,
            Y = y,
            Shape = shape,
            Pooling = pooling,
            Rectify = rectify,
            Images = new EvenSplit(shape.Batch, imagesOfPiece),
            Channels = EvenSplit.InParts(shape.OutChannels, parts),
        };
        WorkerPool.Run(ref job, job.Images.Parts * job.Channels.Parts);
    }

    private ref struct Job<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X, Weights, Bias, Scale;
        public Span<T> Y;
        public ConvolutionShape Shape;
        public PoolingShape Pooling;
        public bool Rectify;
        public EvenSplit Images, Channels;

        public readonly unsafe void Run(int piece)
        {
            (int imagePart, int channelPart) = Math.DivRem(piece, Channels.Parts);
            int image = Images.Start(imagePart), channel = Channels.Start(channelPart), channels = Channels.Length(channelPart);
            ConvolutionShape shape = Shape with { Batch = Images.Length(imagePart), OutChannels = channels };
            PoolingShape pooling = Pooling with { Planes = shape.Batch * channels };
            using Scratch.Lease<T> planes = Scratch.Rent<T>(shape.OutputLength);
            var between = new Span<T>(planes.Start, shape.OutputLength);
            int weights = Weights.Length / Shape.OutChannels;
            ConvolutionKernel.Forward(X.Slice(image * (X.Length / Shape.Batch), shape.InputLength), Weights.Slice(channel * weights, channels * weights),
                Bias.IsEmpty ? default : Bias.Slice(channel, channels), between, shape, method: ConvolutionMethod.Plain,
                scale: Scale.IsEmpty ? default : Scale.Slice(channel, channels), rectify: Rectify);
            MaxPoolKernel.Forward(between, Y.Slice((image * Shape.OutChannels + channel) * Pooling.OutPlaneLength, pooling.OutputLength), default(Span<byte>), pooling);
        }
    }
}
