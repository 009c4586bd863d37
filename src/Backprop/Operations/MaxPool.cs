using System.Numerics;
using System.Runtime.InteropServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>The settings of a pooling window.</summary>
internal readonly record struct PoolingOptions(Size2d Kernel, Size2d Stride, Size2d Padding, Size2d Dilation, bool CeilMode);

/// <summary><c>y[i, j] = max x[i·stride − padding + u·dilation, j·stride − padding + v·dilation]</c> over the window's positions (u, v) that lie inside.</summary>
/// <remarks>
/// Shapes: x [n, channels, height, width], or [n, channels, length] where there is one spatial axis.
/// The first maximum of a window wins ties, row by row. Backward: ∂L/∂x is ∂L/∂y at the winner, added where windows overlap. Saves the winner of each window, a
/// byte (four where a window has more than 256 positions), and not x.
/// </remarks>
internal sealed class MaxPoolOperation<T>(int spatialAxes, in PoolingOptions options) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PoolingOptions _options = options;
    private Shape _inputShape;
    private Tensor? _winners;

    public override OperationFormula Formula => new("y = max of each window of x", "∂L/∂x = ∂L/∂y at the winner of each window, added up where windows overlap, else 0");

    public override string Name => spatialAxes == 2 ? "MaxPool2d" : "MaxPool1d";

    private bool WinnersAreBytes => _options.Kernel.Height * _options.Kernel.Width <= 256;

    internal override int Along(int input, int axis, Span<int> axes) => axis < 2 ? axes[0] = axis : -1; // channel by channel of image by image

    protected override Tensor Forward(Tensor x)
    {
        _inputShape = x.Shape;
        PoolingShape pooling = Measure();
        Tensor y = Tensor.Uninitialized<T>(spatialAxes == 2 ? [x.Shape[0], x.Shape[1], pooling.OutHeight, pooling.OutWidth] : [x.Shape[0], x.Shape[1], pooling.OutWidth]);
        if (!IsRecorded)
        {
            MaxPoolKernel.Forward(x.AsSpan<T>(), y.AsSpan<T>(), default(Span<byte>), pooling);
            return y;
        }
        // No dtype is an unsigned byte; those of Bool are as good.
        _winners = Save(Tensor.Uninitialized(y.Shape, WinnersAreBytes ? DType.Bool : DType.Int32));
        if (WinnersAreBytes) MaxPoolKernel.Forward(x.AsSpan<T>(), y.AsSpan<T>(), MemoryMarshal.AsBytes(_winners.AsSpan<bool>()), pooling);
        else MaxPoolKernel.Forward(x.AsSpan<T>(), y.AsSpan<T>(), _winners.AsSpan<int>(), pooling);
        _winners.Discard(); // when backward has read it
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        PoolingShape pooling = Measure();
        Tensor dx = Tensor.Uninitialized<T>(_inputShape);
        if (WinnersAreBytes) MaxPoolKernel.Backward<T, byte>(gradient.AsSpan<T>(), MemoryMarshal.AsBytes(_winners!.AsSpan<bool>()), dx.AsSpan<T>(), pooling);
        else MaxPoolKernel.Backward<T, int>(gradient.AsSpan<T>(), _winners!.AsSpan<int>(), dx.AsSpan<T>(), pooling);
        return dx;
    }

    private PoolingShape Measure()
    {
        Shape x = _inputShape;
        Images.CheckRank(Name, x, spatialAxes);
        (Size2d kernel, Size2d stride, Size2d padding, Size2d dilation, bool ceilMode) = _options;
        int height = spatialAxes == 2 ? x[2] : 1, width = x[^1];
        int outHeight = Images.OutLength(Name, x, height, kernel.Height, stride.Height, padding.Height, dilation.Height, ceilMode);
        int outWidth = Images.OutLength(Name, x, width, kernel.Width, stride.Width, padding.Width, dilation.Width, ceilMode);
        CheckPadding(kernel.Height, padding.Height, dilation.Height, height);
        CheckPadding(kernel.Width, padding.Width, dilation.Width, width);
        return new PoolingShape(x[0] * x[1], height, width, outHeight, outWidth,
            kernel.Height, kernel.Width, stride.Height, stride.Width, padding.Height, padding.Width, dilation.Height, dilation.Width);
    }

    private void CheckPadding(int kernel, int padding, int dilation, int length)
    {
        if (padding > kernel / 2) throw new ArgumentOutOfRangeException(nameof(padding),
            $"{Name}: padding {padding} is more than half of kernel size {kernel}, so that windows would lie in the padding alone.");
        for (int start = -padding; start < 0; start++)
        {
            int first = start + (dilation - 1 - start) / dilation * dilation;
            if (first >= length) throw new ArgumentOutOfRangeException(nameof(dilation),
                $"{Name}: with dilation {dilation} and padding {padding}, windows step over the whole input of length {length}.");
        }
    }
}

/// <summary>Max pooling as members of <see cref="Tensor"/>.</summary>
public static class MaxPoolExtensions
{
    extension(Tensor x)
    {
        /// <summary>The maximum of each window of each channel; on a tie the gradient goes to the first, row by row (PyTorch: <c>max_pool2d</c>).</summary>
        /// <remarks>
        /// Shapes: [n, channels, height, width] → [n, channels, outHeight, outWidth], where out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1; what is left over is dropped.
        /// </remarks>
        /// <param name="kernelSize">Of the window.</param>
        /// <param name="stride">From one window to the next; the kernel size if left out.</param>
        /// <param name="padding">Rows and columns of −∞ on each side, at most half of the kernel.</param>
        /// <param name="dilation">From one position of a window to the next; 1 if left out.</param>
        /// <param name="ceilMode">Whether a last window that the input's end cuts off counts.</param>
        /// <exception cref="ShapeException">The input has not four axes, or the window is larger than the padded input.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A setting that no window has.</exception>
        public Tensor MaxPool2d(Size2d kernelSize, Size2d? stride = null, Size2d padding = default, Size2d? dilation = null, bool ceilMode = false) =>
            MaxPool(x, 2, new PoolingOptions(kernelSize, stride ?? kernelSize, padding, dilation ?? 1, ceilMode));

        /// <summary>The maximum of each window along the last axis (PyTorch: <c>max_pool1d</c>); [n, channels, length] → [n, channels, outLength], otherwise as <see cref="MaxPool2d"/>.</summary>
        /// <exception cref="ShapeException">The input has not three axes, or the window is larger than the padded input.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A setting that no window has.</exception>
        public Tensor MaxPool1d(int kernelSize, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false) =>
            MaxPool(x, 1, new PoolingOptions((1, kernelSize), (1, stride ?? kernelSize), (0, padding), (1, dilation), ceilMode));
    }

    private static Tensor MaxPool(Tensor x, int spatialAxes, in PoolingOptions options) => x.DType switch
    {
        DType.Float32 => new MaxPoolOperation<float>(spatialAxes, options).Apply(x),
        DType.Float64 => new MaxPoolOperation<double>(spatialAxes, options).Apply(x),
        _ => DTypes.ThrowUnsupported("MaxPool", x.DType),
    };
}
