namespace Backprop;

/// <summary>The largest value of each window (Keras: MaxPooling2D; the book: Pooling). Shapes: [n, c, h, w] → [n, c, h′, w′], see <c>Tensor.MaxPool2d</c>.</summary>
/// <param name="kernelSize">The window.</param>
/// <param name="stride">Distance between windows; the window's size if omitted.</param>
/// <param name="padding">−∞ on each side, at most half the window.</param>
/// <param name="dilation">Distance between the pixels of a window; 1 if omitted.</param>
/// <param name="ceilMode">Whether a window that is cut by the border counts.</param>
public sealed class MaxPool2d(Size2d kernelSize, Size2d? stride = null, Size2d padding = default, Size2d? dilation = null, bool ceilMode = false) : Module
{
    internal bool IsPadded => padding != default;

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.MaxPool2d(kernelSize, stride, padding, dilation, ceilMode);

    /// <inheritdoc/>
    protected override string Describe() => LayerText.Call(nameof(MaxPool2d), $"{kernelSize}", LayerText.Given("stride", stride ?? kernelSize, kernelSize),
        LayerText.Given("padding", padding, 0), LayerText.Given("dilation", dilation ?? 1, 1), LayerText.Given("ceilMode", ceilMode, false));
}

/// <summary>The largest value of each window along the last axis (Keras: MaxPooling1D). Shapes: [n, c, length] → [n, c, length′], see <c>Tensor.MaxPool1d</c>.</summary>
/// <param name="kernelSize">The window.</param>
/// <param name="stride">Distance between windows; the window's size if omitted.</param>
/// <param name="padding">−∞ on each side, at most half the window.</param>
/// <param name="dilation">Distance between the elements of a window.</param>
/// <param name="ceilMode">Whether a window that is cut by the border counts.</param>
public sealed class MaxPool1d(int kernelSize, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.MaxPool1d(kernelSize, stride, padding, dilation, ceilMode);

    /// <inheritdoc/>
    protected override string Describe() => LayerText.Call(nameof(MaxPool1d), $"{kernelSize}", LayerText.Given("stride", stride ?? kernelSize, kernelSize),
        LayerText.Given("padding", padding, 0), LayerText.Given("dilation", dilation, 1), LayerText.Given("ceilMode", ceilMode, false));
}

/// <summary>The mean of each window (Keras: AveragePooling2D). Shapes: [n, c, h, w] → [n, c, h′, w′], see <c>Tensor.AvgPool2d</c>.</summary>
/// <param name="kernelSize">The window.</param>
/// <param name="stride">Distance between windows; the window's size if omitted.</param>
/// <param name="padding">Zeros on each side, at most half the window.</param>
/// <param name="ceilMode">Whether a window that is cut by the border counts.</param>
/// <param name="countIncludePad">Whether padding counts in the divisor.</param>
public sealed class AvgPool2d(Size2d kernelSize, Size2d? stride = null, Size2d padding = default, bool ceilMode = false, bool countIncludePad = true) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.AvgPool2d(kernelSize, stride, padding, ceilMode, countIncludePad);

    /// <inheritdoc/>
    protected override string Describe() => LayerText.Call(nameof(AvgPool2d), $"{kernelSize}", LayerText.Given("stride", stride ?? kernelSize, kernelSize),
        LayerText.Given("padding", padding, 0), LayerText.Given("ceilMode", ceilMode, false), LayerText.Given("countIncludePad", countIncludePad, true));
}

/// <summary>The mean of each window along the last axis (Keras: AveragePooling1D). Shapes: [n, c, length] → [n, c, length′], see <c>Tensor.AvgPool1d</c>.</summary>
/// <param name="kernelSize">The window.</param>
/// <param name="stride">Distance between windows; the window's size if omitted.</param>
/// <param name="padding">Zeros on each side, at most half the window.</param>
/// <param name="ceilMode">Whether a window that is cut by the border counts.</param>
/// <param name="countIncludePad">Whether padding counts in the divisor.</param>
public sealed class AvgPool1d(int kernelSize, int? stride = null, int padding = 0, bool ceilMode = false, bool countIncludePad = true) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.AvgPool1d(kernelSize, stride, padding, ceilMode, countIncludePad);

    /// <inheritdoc/>
    protected override string Describe() => LayerText.Call(nameof(AvgPool1d), $"{kernelSize}", LayerText.Given("stride", stride ?? kernelSize, kernelSize),
        LayerText.Given("padding", padding, 0), LayerText.Given("ceilMode", ceilMode, false), LayerText.Given("countIncludePad", countIncludePad, true));
}

/// <summary>Means over windows that share the image out evenly: the output has the given size whatever the input's. See <c>Tensor.AdaptiveAvgPool2d</c>.</summary>
/// <param name="outputSize">Height and width of the result.</param>
public sealed class AdaptiveAvgPool2d(Size2d outputSize) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.AdaptiveAvgPool2d(outputSize);

    /// <inheritdoc/>
    protected override string Describe() => $"AdaptiveAvgPool2d({outputSize})";
}

/// <summary>The mean of each channel's image (Keras: GlobalAveragePooling2D; PyTorch: <c>AdaptiveAvgPool2d(1)</c> and Flatten). Shapes: [n, c, h, w] → [n, c].</summary>
public sealed class GlobalAvgPool2d : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.GlobalAvgPool2d();
}
