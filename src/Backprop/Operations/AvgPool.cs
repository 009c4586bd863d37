using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y[i, j] = Σ x[rows(i), columns(j)] / count(i, j)</c>: the mean over windows, each a range of rows and one of columns.</summary>
/// <remarks>
/// Shapes: x [n, channels, height, width], or [n, channels, length] where there is one spatial axis.
/// Backward: ∂L/∂x is the sum of ∂L/∂y / count over the windows that see x. Saves nothing.
/// </remarks>
internal abstract class AveragingOperation<T> : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Shape _inputShape;
    private PoolingWindow[] _rows = [], _columns = [];

    public override OperationFormula Formula => new("y = mean of each window of x", "∂L/∂x = ∂L/∂y / size of the window, added up over the windows that see x");

    private int Height => _inputShape.Rank == 4 ? _inputShape[2] : 1;

    internal override int Along(int input, int axis, Span<int> axes) => axis < 2 ? axes[0] = axis : -1; // channel by channel of image by image

    protected sealed override Tensor Forward(Tensor x)
    {
        _inputShape = x.Shape;
        (_rows, _columns) = Windows(x.Shape);
        Shape shape = x.Rank == 4 ? [x.Shape[0], x.Shape[1], _rows.Length, _columns.Length] : [x.Shape[0], x.Shape[1], _columns.Length];
        Tensor y = Tensor.Uninitialized<T>(shape);
        AveragePoolKernel.Forward(x.AsSpan<T>(), y.AsSpan<T>(), _rows, _columns, Height, x.Shape[^1]);
        return y;
    }

    protected sealed override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Uninitialized<T>(_inputShape);
        AveragePoolKernel.Backward(gradient.AsSpan<T>(), dx.AsSpan<T>(), _rows, _columns, Height, _inputShape[^1]);
        return dx;
    }

    /// <summary>The windows along height and width; checks the shape.</summary>
    protected abstract (PoolingWindow[] Rows, PoolingWindow[] Columns) Windows(Shape x);
}

/// <summary>The mean over windows of one size, a stride apart. Padding counts as zeros in the sum, and in the divisor if so wanted.</summary>
internal sealed class AvgPoolOperation<T>(int spatialAxes, in PoolingOptions options, bool countIncludePad) : AveragingOperation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PoolingOptions _options = options;

    public override string Name => spatialAxes == 2 ? "AvgPool2d" : "AvgPool1d";

    protected override (PoolingWindow[] Rows, PoolingWindow[] Columns) Windows(Shape x)
    {
        Images.CheckRank(Name, x, spatialAxes);
        return (Along(x, spatialAxes == 2 ? x[2] : 1, _options.Kernel.Height, _options.Stride.Height, _options.Padding.Height),
            Along(x, x[^1], _options.Kernel.Width, _options.Stride.Width, _options.Padding.Width));
    }

    private PoolingWindow[] Along(Shape x, int length, int kernel, int stride, int padding)
    {
        int count = Images.OutLength(Name, x, length, kernel, stride, padding, ceilMode: _options.CeilMode);
        if (padding > kernel / 2) throw new ArgumentOutOfRangeException(nameof(padding),
            $"{Name}: padding {padding} is more than half of kernel size {kernel}, so that windows would lie in the padding alone.");
        return Images.Windows(count, length, kernel, stride, padding, countIncludePad);
    }
}

/// <summary>The mean over as many windows as the output has positions, which share the input evenly: window i of o goes from ⌊i·n/o⌋ to ⌈(i + 1)·n/o⌉.</summary>
internal sealed class AdaptiveAvgPoolOperation<T>(Size2d outputSize) : AveragingOperation<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override string Name => "AdaptiveAvgPool2d";

    protected override (PoolingWindow[] Rows, PoolingWindow[] Columns) Windows(Shape x)
    {
        Images.CheckRank(Name, x, 2);
        if (x[2] == 0 || x[3] == 0) ShapeException.Throw(Name, "an image without pixels has no mean", "[n, channels, height, width] with at least one pixel", ("input", x));
        return (Images.AdaptiveWindows(outputSize.Height, x[2]), Images.AdaptiveWindows(outputSize.Width, x[3]));
    }
}

/// <summary>Average pooling as members of <see cref="Tensor"/>.</summary>
public static class AvgPoolExtensions
{
    extension(Tensor x)
    {
        /// <summary>The mean of each window of each channel (PyTorch: <c>avg_pool2d</c>).</summary>
        /// <remarks>
        /// Shapes: [n, channels, height, width] → [n, channels, outHeight, outWidth], where out = ⌊(in + 2·padding − kernel) / stride⌋ + 1; what is left over is dropped.
        /// </remarks>
        /// <param name="kernelSize">Of the window.</param>
        /// <param name="stride">From one window to the next; the kernel size if left out.</param>
        /// <param name="padding">Rows and columns of zeros on each side, at most half of the kernel.</param>
        /// <param name="ceilMode">Whether a last window that the input's end cuts off counts.</param>
        /// <param name="countIncludePad">Whether padding counts in the divisor, as it does in PyTorch; what lies beyond the padding never does.</param>
        /// <exception cref="ShapeException">The input has not four axes, or the window is larger than the padded input.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A setting that no window has.</exception>
        public Tensor AvgPool2d(Size2d kernelSize, Size2d? stride = null, Size2d padding = default, bool ceilMode = false, bool countIncludePad = true) =>
            AvgPool(x, 2, new PoolingOptions(kernelSize, stride ?? kernelSize, padding, 1, ceilMode), countIncludePad);

        /// <summary>The mean of each window along the last axis (PyTorch: <c>avg_pool1d</c>); [n, channels, length] → [n, channels, outLength], otherwise as <see cref="AvgPool2d"/>.</summary>
        /// <exception cref="ShapeException">The input has not three axes, or the window is larger than the padded input.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A setting that no window has.</exception>
        public Tensor AvgPool1d(int kernelSize, int? stride = null, int padding = 0, bool ceilMode = false, bool countIncludePad = true) =>
            AvgPool(x, 1, new PoolingOptions((1, kernelSize), (1, stride ?? kernelSize), (0, padding), 1, ceilMode), countIncludePad);

        /// <summary>
        /// The mean over windows that share each channel evenly, so that any image comes out in one size (PyTorch: <c>adaptive_avg_pool2d</c>): window i of o goes from
        /// ⌊i·n/o⌋ to ⌈(i + 1)·n/o⌉.
        /// </summary>
        /// <remarks>Shapes: [n, channels, height, width] → [n, channels, outputSize.Height, outputSize.Width].</remarks>
        /// <exception cref="ShapeException">The input has not four axes, or no pixels.</exception>
        /// <exception cref="ArgumentOutOfRangeException">An output size below 1.</exception>
        public Tensor AdaptiveAvgPool2d(Size2d outputSize)
        {
            if (outputSize is not { Height: > 0, Width: > 0 })
            {
                throw new ArgumentOutOfRangeException(nameof(outputSize), $"AdaptiveAvgPool2d: the output size {outputSize} must be at least 1×1.");
            }
            return x.DType switch
            {
                DType.Float32 => new AdaptiveAvgPoolOperation<float>(outputSize).Apply(x),
                DType.Float64 => new AdaptiveAvgPoolOperation<double>(outputSize).Apply(x),
                _ => DTypes.ThrowUnsupported("AdaptiveAvgPool2d", x.DType),
            };
        }

        /// <summary>
        /// The mean of each channel: [n, channels, height, width] → [n, channels] (Keras: <c>GlobalAveragePooling2D</c>; PyTorch's <c>adaptive_avg_pool2d(x, 1)</c> keeps
        /// two axes of length 1).
        /// </summary>
        /// <exception cref="ShapeException">The input has not four axes, or no pixels.</exception>
        public Tensor GlobalAvgPool2d()
        {
            Tensor y = x.AdaptiveAvgPool2d(1);
            return y.Reshape(y.Shape[0], y.Shape[1]);
        }
    }

    private static Tensor AvgPool(Tensor x, int spatialAxes, in PoolingOptions options, bool countIncludePad) => x.DType switch
    {
        DType.Float32 => new AvgPoolOperation<float>(spatialAxes, options, countIncludePad).Apply(x),
        DType.Float64 => new AvgPoolOperation<double>(spatialAxes, options, countIncludePad).Apply(x),
        _ => DTypes.ThrowUnsupported("AvgPool", x.DType),
    };
}
