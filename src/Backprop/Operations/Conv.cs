using System.Diagnostics;
using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>The settings of a convolution.</summary>
internal readonly record struct ConvolutionOptions(Size2d Stride, Size2d Padding, Size2d Dilation, int Groups)
{
    /// <summary>The sizes of such a convolution, of images or of lines, that were not looked at yet.</summary>
    public ConvolutionShape Measure(Shape x, Shape weight)
    {
        bool images = x.Length == 4;
        return new ConvolutionShape(x[0], x[1], images ? x[2] : 1, x[^1], weight[0], images ? weight[2] : 1, weight[^1],
            Stride.Height, Stride.Width, Padding.Height, Padding.Width, Dilation.Height, Dilation.Width, Groups);
    }
}

/// <summary>What is taken along behind the sums of a convolution, in this order.</summary>
/// <param name="Scale">In prediction: what the sums are multiplied by before the bias is added, [out].</param>
/// <param name="Addend">In prediction: what is then added, of the result's shape.</param>
/// <param name="Rectify">Whether negative results then become zero.</param>
internal readonly record struct ConvolutionTail(Tensor? Scale, Tensor? Addend, bool Rectify);

/// <summary>
/// <c>y[n, o, i, j] = b[o] + Σ_{c, u, v} w[o, c, u, v] · x[n, c, i·stride − padding + u·dilation, j·stride − padding + v·dilation]</c>, x being 0 outside. Or, with the ReLU behind it,
/// <c>y = max(z, 0)</c> of that z.
/// </summary>
/// <remarks>
/// A cross-correlation: the kernel is not flipped. Shapes: x [n, channels, height, width], w [out, channels / groups, kernelHeight, kernelWidth], b [out]
/// → y [n, out, outHeight, outWidth]; with one spatial axis x is [n, channels, length] and w [out, channels / groups, kernel]. Out channels are split into
/// <c>groups</c> blocks in order, each of which sees its own block of channels.
/// Backward: ∂L/∂x is the transposed convolution of ∂L/∂y with w; ∂L/∂w[o, c, u, v] = Σ ∂L/∂y[n, o, i, j] · x at the place above; ∂L/∂b[o] = Σ ∂L/∂y[:, o].
/// With ReLU, ∂L/∂z = ∂L/∂y where y &gt; 0, else 0, takes the place of ∂L/∂y. Saves x and w, and with ReLU y.
/// </remarks>
/// <param name="spatialAxes">2 for images, 1 for lines.</param>
/// <param name="options">The settings.</param>
/// <param name="tail">What is taken along.</param>
internal sealed class ConvOperation<T>(int spatialAxes, in ConvolutionOptions options, in ConvolutionTail tail = default) : NaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ConvolutionOptions _options = options;
    private readonly ConvolutionTail _tail = tail;
    private Tensor _x = null!, _weight = null!;
    private Tensor? _rectified;
    private ConvolutionShape _shape;

    public override OperationFormula Formula
    {
        get
        {
            string sum = InputCount > 2 ? "w ∗ x + b" : "w ∗ x", slope = _tail.Rectify ? "∂L/∂y · [y > 0]" : "∂L/∂y";
            string[] slopes = [$"∂L/∂x = {slope} spread back by w: the transposed convolution", $"∂L/∂w = {slope} ∗ x: the windows of x, weighted by {slope}", $"∂L/∂b = Σ {slope} over images and places"];
            return new(_tail.Rectify ? $"y = relu({sum})" : $"y = {sum}", slopes.AsSpan(0, InputCount));
        }
    }

    public override string Name => spatialAxes == 2 ? "Conv2d" : "Conv1d";

    public override long MultiplyAdds => _shape.MultiplyAdds;

    internal override int Kind => SpareOperations.Kind<ConvOperation<T>>.Number;

    /// <summary>One of the last step's with these settings, or a new one.</summary>
    public static ConvOperation<T> With(int spatialAxes, in ConvolutionOptions options, in ConvolutionTail tail = default) =>
        Autograd.Again<ConvOperation<T>>() is { } again && again.Has(spatialAxes, options, tail) ? again : new ConvOperation<T>(spatialAxes, options, tail);

    internal override int Along(int input, int axis, Span<int> axes)
    {
        axes.Fill(-1);
        if (axis != 0) return -1;
        if (input == 0) return axes[0] = 0; // an image
        if (_options.Groups > 1) return -1;
        axes[1..].Clear();
        return 1; // a kernel, and with it an element of the bias, give a channel
    }

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        (_x, _weight) = (Save(inputs[0]), Save(inputs[1]));
        Tensor? bias = inputs.Length > 2 ? inputs[2] : null;
        _shape = ConvolutionChecks.Measure(Name, _x.Shape, _weight.Shape, bias, spatialAxes, _options);
        Tensor y = Tensor.Uninitialized<T>(spatialAxes == 2
            ? [_shape.Batch, _shape.OutChannels, _shape.OutHeight, _shape.OutWidth]
            : [_shape.Batch, _shape.OutChannels, _shape.OutWidth]);
        if (_tail.Addend is { } addend && addend.Shape != y.Shape) ShapeException.Throw(Name, "what is added has another shape", $"{y.Shape}", ("addend", addend.Shape));
        ConvolutionKernel.Forward(_x.AsSpan<T>(), _weight.AsSpan<T>(), bias.SpanOrEmpty<T>(), y.AsSpan<T>(), _shape,
            scale: _tail.Scale.SpanOrEmpty<T>(), rectify: _tail.Rectify, addend: _tail.Addend.SpanOrEmpty<T>());
        _rectified = _tail.Rectify ? Save(y) : null;
        return y;
    }

    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Tensor dz = _rectified is null ? gradient : ConvExtensions.Passed<T>(gradient, _rectified);
        ReadOnlySpan<T> dy = dz.AsSpan<T>();
        if (Needs(0))
        {
            Tensor dx = inputGradients[0] = Tensor.Uninitialized<T>(_x.Shape);
            ConvolutionKernel.BackwardInput(dy, _weight.AsSpan<T>(), dx.AsSpan<T>(), _shape);
        }
        if (Needs(1))
        {
            Tensor dw = inputGradients[1] = Tensor.Uninitialized<T>(_weight.Shape);
            ConvolutionKernel.BackwardWeight(_x.AsSpan<T>(), dy, dw.AsSpan<T>(), _shape);
        }
        if (InputCount > 2 && Needs(2))
        {
            Tensor db = inputGradients[2] = Tensor.Uninitialized<T>([_shape.OutChannels]);
            ConvolutionKernel.BackwardBias(dy, db.AsSpan<T>(), _shape.OutHeight * _shape.OutWidth);
        }
        if (_rectified is not null) dz.Discard();
    }

    private bool Has(int axes, in ConvolutionOptions options, in ConvolutionTail tail) => spatialAxes == axes && _options == options && _tail == tail;
}

/// <summary>Convolutions as members of <see cref="Tensor"/>.</summary>
public static class ConvExtensions
{
    extension(Tensor x)
    {
        /// <summary>
        /// 2-d convolution, in deep learning's sense: <c>y[n, o, i, j] = b[o] + Σ w[o, c, u, v] · x[n, c, i·stride − padding + u·dilation, …]</c>, the kernel not flipped
        /// (PyTorch: <c>conv2d</c>).
        /// </summary>
        /// <remarks>
        /// Shapes: x [n, channels, height, width] → [n, out, outHeight, outWidth], where outHeight = ⌊(height + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1; what is left
        /// over is dropped.
        /// </remarks>
        /// <param name="weight">[out, channels / groups, kernelHeight, kernelWidth].</param>
        /// <param name="bias">[out], or none.</param>
        /// <param name="stride">From one position of the kernel to the next; 1 if left out.</param>
        /// <param name="padding">Rows and columns of zeros on each side.</param>
        /// <param name="dilation">From one element of the kernel to the next; 1 if left out.</param>
        /// <param name="groups">Blocks of channels that do not see each other; as many as channels make a depthwise convolution.</param>
        /// <exception cref="ShapeException">The axes do not fit, the channels are not the weight's, groups do not divide them, or the kernel is larger than the padded input.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A stride, dilation or number of groups below 1, or a negative padding.</exception>
        public Tensor Conv2d(Tensor weight, Tensor? bias = null, Size2d? stride = null, Size2d padding = default, Size2d? dilation = null, int groups = 1) =>
            Conv(x, weight, bias, 2, new ConvolutionOptions(stride ?? 1, padding, dilation ?? 1, groups));

        /// <summary>1-d convolution (PyTorch: <c>conv1d</c>): x [n, channels, length], weight [out, channels / groups, kernel] → [n, out, outLength], otherwise as <see cref="Conv2d"/>.</summary>
        /// <exception cref="ShapeException">The axes do not fit, the channels are not the weight's, groups do not divide them, or the kernel is larger than the padded input.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A stride, dilation or number of groups below 1, or a negative padding.</exception>
        public Tensor Conv1d(Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int dilation = 1, int groups = 1) =>
            Conv(x, weight, bias, 1, new ConvolutionOptions((1, stride), (0, padding), (1, dilation), groups));
    }

    private static Tensor Conv(Tensor x, Tensor weight, Tensor? bias, int spatialAxes, in ConvolutionOptions options)
    {
        ConvolutionChecks.CheckDTypes(spatialAxes == 2 ? "Conv2d" : "Conv1d", x, weight, bias);
        return x.DType switch
        {
            DType.Float32 => Apply(ConvOperation<float>.With(spatialAxes, options), x, weight, bias),
            DType.Float64 => Apply(ConvOperation<double>.With(spatialAxes, options), x, weight, bias),
            _ => DTypes.ThrowUnsupported("Convolution", x.DType),
        };
    }

    /// <summary>A convolution of images with what follows it; scale and addend in prediction alone.</summary>
    internal static Tensor Fused(Tensor x, Tensor weight, Tensor? shift, in ConvolutionOptions options, in ConvolutionTail tail)
    {
        Debug.Assert(!Autograd.IsRecording || tail is { Scale: null, Addend: null });
        return x.DType == DType.Float32
            ? Apply(ConvOperation<float>.With(2, options, tail), x, weight, shift)
            : Apply(ConvOperation<double>.With(2, options, tail), x, weight, shift);
    }

    /// <summary>What a ReLU lets pass of the gradient of what it has made.</summary>
    internal static Tensor Passed<T>(Tensor gradient, Tensor rectified) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Tensor passed = Operation.Overwritten(gradient);
        UnaryKernel.Slope(new ReluRule(), rectified.AsSpan<T>(), gradient.AsSpan<T>(), passed.AsSpan<T>());
        return passed;
    }

    internal static Tensor Apply(NaryOperation operation, Tensor x, Tensor weight, Tensor? bias) => bias is null ? operation.Apply(x, weight) : operation.Apply(x, weight, bias);
}
