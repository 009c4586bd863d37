namespace Backprop;

/// <summary>The largest value of each window (Keras: MaxPooling2D; the book: Pooling). Shapes: [n, c, h, w] → [n, c, h′, w′], see <c>Tensor.MaxPool2d</c>.</summary>
/// <param name="kernelSize">The window.</param>
/// <param name="stride">Distance between windows; the window's size if omitted.</param>
/// <param name="padding">−∞ on each side, at most half the window.</param>
/// <param name="dilation">Distance between the pixels of a window; 1 if omitted.</param>
/// <param name="ceilMode">Whether a window that is cut by the border counts.</param>
public sealed class MaxPool2d(Size2d kernelSize, Size2d? stride = null, Size2d padding = default, Size2d? dilation = null, bool ceilMode = false) : Module
{
    private readonly Size2d _stride = PoolingArguments.Check(nameof(MaxPool2d), kernelSize, stride, padding, dilation ?? 1);

    internal bool IsPadded => padding != default;

    /// <summary>Whether each pixel belongs to one 2 × 2 window, but for a last odd row or column, which is dropped.</summary>
    internal bool Halves => kernelSize == 2 && _stride == 2 && !IsPadded && (dilation ?? 1) == 1 && !ceilMode;

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.MaxPool2d(kernelSize, _stride, padding, dilation, ceilMode);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(MaxPool2d)).With("kernelSize", kernelSize)
        .With("stride", _stride, kernelSize).With("padding", padding, 0).With("dilation", dilation ?? 1, 1).With("ceilMode", ceilMode, false);
}

/// <summary>The largest value of each window along the last axis (Keras: MaxPooling1D). Shapes: [n, c, length] → [n, c, length′], see <c>Tensor.MaxPool1d</c>.</summary>
/// <param name="kernelSize">The window.</param>
/// <param name="stride">Distance between windows; the window's size if omitted.</param>
/// <param name="padding">−∞ on each side, at most half the window.</param>
/// <param name="dilation">Distance between the elements of a window.</param>
/// <param name="ceilMode">Whether a window that is cut by the border counts.</param>
public sealed class MaxPool1d(int kernelSize, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false) : Module
{
    private readonly int _stride = PoolingArguments.Check(nameof(MaxPool1d), kernelSize, stride, padding, dilation);

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.MaxPool1d(kernelSize, _stride, padding, dilation, ceilMode);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(MaxPool1d)).With("kernelSize", kernelSize)
        .With("stride", _stride, kernelSize).With("padding", padding, 0).With("dilation", dilation, 1).With("ceilMode", ceilMode, false);
}

/// <summary>The mean of each window (Keras: AveragePooling2D). Shapes: [n, c, h, w] → [n, c, h′, w′], see <c>Tensor.AvgPool2d</c>.</summary>
/// <param name="kernelSize">The window.</param>
/// <param name="stride">Distance between windows; the window's size if omitted.</param>
/// <param name="padding">Zeros on each side, at most half the window.</param>
/// <param name="ceilMode">Whether a window that is cut by the border counts.</param>
/// <param name="countIncludePad">Whether padding counts in the divisor.</param>
public sealed class AvgPool2d(Size2d kernelSize, Size2d? stride = null, Size2d padding = default, bool ceilMode = false, bool countIncludePad = true) : Module
{
    private readonly Size2d _stride = PoolingArguments.Check(nameof(AvgPool2d), kernelSize, stride, padding, 1);

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.AvgPool2d(kernelSize, _stride, padding, ceilMode, countIncludePad);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(AvgPool2d)).With("kernelSize", kernelSize)
        .With("stride", _stride, kernelSize).With("padding", padding, 0).With("ceilMode", ceilMode, false).With("countIncludePad", countIncludePad, true);
}

/// <summary>The mean of each window along the last axis (Keras: AveragePooling1D). Shapes: [n, c, length] → [n, c, length′], see <c>Tensor.AvgPool1d</c>.</summary>
/// <param name="kernelSize">The window.</param>
/// <param name="stride">Distance between windows; the window's size if omitted.</param>
/// <param name="padding">Zeros on each side, at most half the window.</param>
/// <param name="ceilMode">Whether a window that is cut by the border counts.</param>
/// <param name="countIncludePad">Whether padding counts in the divisor.</param>
public sealed class AvgPool1d(int kernelSize, int? stride = null, int padding = 0, bool ceilMode = false, bool countIncludePad = true) : Module
{
    private readonly int _stride = PoolingArguments.Check(nameof(AvgPool1d), kernelSize, stride, padding, 1);

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.AvgPool1d(kernelSize, _stride, padding, ceilMode, countIncludePad);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(AvgPool1d)).With("kernelSize", kernelSize)
        .With("stride", _stride, kernelSize).With("padding", padding, 0).With("ceilMode", ceilMode, false).With("countIncludePad", countIncludePad, true);
}

/// <summary>Means over windows that share the image out evenly: the output has the given size whatever the input's. See <c>Tensor.AdaptiveAvgPool2d</c>.</summary>
/// <param name="outputSize">Height and width of the result.</param>
public sealed class AdaptiveAvgPool2d(Size2d outputSize) : Module
{
    private readonly Size2d _outputSize = outputSize is { Height: > 0, Width: > 0 } ? outputSize
        : throw new ArgumentOutOfRangeException(nameof(outputSize), $"AdaptiveAvgPool2d: the output size {outputSize} must be at least 1×1.");

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.AdaptiveAvgPool2d(_outputSize);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(AdaptiveAvgPool2d)).With("outputSize", _outputSize);
}

/// <summary>The mean of each channel's image (Keras: GlobalAveragePooling2D; PyTorch: <c>AdaptiveAvgPool2d(1)</c> and Flatten). Shapes: [n, c, h, w] → [n, c].</summary>
public sealed class GlobalAvgPool2d : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.GlobalAvgPool2d();
}

/// <summary>What the pooling layers ask of their arguments.</summary>
internal static class PoolingArguments
{
    /// <summary>The stride; the window's own size where none is given.</summary>
    public static Size2d Check(string layer, Size2d kernel, Size2d? stride, Size2d padding, Size2d dilation)
    {
        Size2d step = stride ?? kernel;
        Images.CheckPositive(layer, kernel.Height, step.Height, padding.Height, dilation.Height);
        Images.CheckPositive(layer, kernel.Width, step.Width, padding.Width, dilation.Width);
        return step;
    }

    /// <inheritdoc cref="Check(string, Size2d, Size2d?, Size2d, Size2d)"/>
    public static int Check(string layer, int kernel, int? stride, int padding, int dilation) => Check(layer, (Size2d)kernel, stride, padding, dilation).Width;
}
