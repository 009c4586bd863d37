using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace Backprop.Kernels;

/// <summary>
/// A convolution and the 2 × 2 pooling behind it in one job. The planes between them, four times as large as the result, stay in the cache of the thread that made them; and an
/// image too small for sharing twice is worth sharing once. On the way back to the weights they never come into being: see <see cref="PooledWeightGradient{TVector, TSimd}"/>.
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

    /// <summary>Whether there is a <see cref="BackwardWeight"/> for these numbers.</summary>
    public static bool SuitsBackward<T>() => typeof(T) == typeof(float);

    private static unsafe long BytesOfImage<T>(in ConvolutionShape shape) where T : unmanaged => (long)shape.OutChannels * shape.OutHeight * shape.OutWidth * sizeof(T);

    /// <summary>The maxima of the windows of what <see cref="ConvolutionKernel.Forward"/> gives, and who they are unless <paramref name="winners"/> is empty.</summary>
    public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> w, ReadOnlySpan<T> bias, Span<T> y, Span<byte> winners, in ConvolutionShape shape,
        ReadOnlySpan<T> scale = default, bool rectify = false) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(y.Length == shape.Halved.OutputLength && (winners.IsEmpty || winners.Length == y.Length));
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
            Winners = winners,
            Shape = shape,
            Rectify = rectify,
            Images = new EvenSplit(shape.Batch, imagesOfPiece),
            Channels = EvenSplit.InParts(shape.OutChannels, parts),
        };
        WorkerPool.Run(ref job, job.Images.Parts * job.Channels.Parts);
    }

    /// <summary>The gradient of the weights, <c>dw = ∂L/∂w</c> from <c>dy = ∂L/∂y</c> and the winners; overwrites dw. Of float32.</summary>
    public static unsafe void BackwardWeight<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, ReadOnlySpan<byte> winners, Span<T> dw, in ConvolutionShape shape, SimdPath? path = null)
        where T : unmanaged
    {
        Debug.Assert(SuitsBackward<T>() && shape.Groups == 1 && x.Length == shape.InputLength && dw.Length == shape.WeightLength);
        Debug.Assert(dy.Length == shape.Halved.OutputLength && winners.Length == dy.Length);
        fixed (T* px = x, pdy = dy, pdw = dw)
        fixed (byte* pw = winners)
        {
            SimdPath width = path ?? MatMulKernel.Best;
            if (width == SimdPath.Vector512 && shape.OutChannels <= Vector256<float>.Count) width = SimdPath.Vector256; // lanes are channels
            switch (width)
            {
                case SimdPath.Vector512: PooledWeightGradient<Vector512<float>, Simd512<float>>.Run((float*)px, (float*)pdy, pw, (float*)pdw, shape); break;
                case SimdPath.Vector256: PooledWeightGradient<Vector256<float>, Simd256<float>>.Run((float*)px, (float*)pdy, pw, (float*)pdw, shape); break;
                case SimdPath.Vector128: PooledWeightGradient<Vector128<float>, Simd128<float>>.Run((float*)px, (float*)pdy, pw, (float*)pdw, shape); break;
                default: PooledWeightGradient<float, SimdScalar<float>>.Run((float*)px, (float*)pdy, pw, (float*)pdw, shape); break;
            }
        }
    }

    private ref struct Job<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X, Weights, Bias, Scale;
        public Span<T> Y;
        public Span<byte> Winners;
        public ConvolutionShape Shape;
        public bool Rectify;
        public EvenSplit Images, Channels;

        public readonly unsafe void Run(int piece)
        {
            (int imagePart, int channelPart) = Math.DivRem(piece, Channels.Parts);
            int image = Images.Start(imagePart), channel = Channels.Start(channelPart), channels = Channels.Length(channelPart);
            ConvolutionShape shape = Shape with { Batch = Images.Length(imagePart), OutChannels = channels };
            PoolingShape pooling = shape.Halved;
            using Scratch.Lease<T> planes = Scratch.Rent<T>(shape.OutputLength);
            var between = new Span<T>(planes.Start, shape.OutputLength);
            int weights = Weights.Length / Shape.OutChannels;
            ConvolutionKernel.Forward(X.Slice(image * (X.Length / Shape.Batch), shape.InputLength), Weights.Slice(channel * weights, channels * weights),
                Bias.IsEmpty ? default : Bias.Slice(channel, channels), between, shape, method: ConvolutionMethod.Plain,
                scale: Scale.IsEmpty ? default : Scale.Slice(channel, channels), rectify: Rectify);
            int start = (image * Shape.OutChannels + channel) * pooling.OutPlaneLength;
            MaxPoolKernel.Forward(between, Y.Slice(start, pooling.OutputLength), Winners.IsEmpty ? default : Winners.Slice(start, pooling.OutputLength), pooling);
        }
    }
}
