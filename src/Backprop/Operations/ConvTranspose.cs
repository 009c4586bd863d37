using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>
/// <c>y[n, o, i·stride − padding + u·dilation, j·stride − padding + v·dilation] += w[c, o, u, v] · x[n, c, i, j]</c>, from y = b[o]: a convolution's derivative by its
/// input, as a layer of its own.
/// </summary>
/// <remarks>
/// Shapes: x [n, channels, height, width], w [channels, out / groups, kernelHeight, kernelWidth], b [out] → y [n, out, outHeight, outWidth], where
/// outHeight = (height − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1.
/// Backward: ∂L/∂x is the convolution of ∂L/∂y with w; ∂L/∂w that convolution's derivative by its weight; ∂L/∂b[o] = Σ ∂L/∂y[:, o]. Saves x and w.
/// Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning" (2016).
/// </remarks>
internal sealed class ConvTranspose2dOperation<T>(in ConvolutionOptions options, Size2d outputPadding) : NaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ConvolutionOptions _options = options;
    private Tensor _x = null!, _weight = null!;
    private ConvolutionShape _shape; // of the convolution that this one transposes: its input is y, its output x

    public override long MultiplyAdds => _shape.MultiplyAdds;

    public override OperationFormula Formula => InputCount > 2
        ? new("y = x spread by w + b", "∂L/∂x = w ∗ ∂L/∂y", "∂L/∂w = x ∗ ∂L/∂y: the windows of ∂L/∂y, weighted by x", "∂L/∂b = Σ ∂L/∂y over images and places")
        : new("y = x spread by w", "∂L/∂x = w ∗ ∂L/∂y", "∂L/∂w = x ∗ ∂L/∂y: the windows of ∂L/∂y, weighted by x");

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        (_x, _weight) = (Save(inputs[0]), Save(inputs[1]));
        Tensor? bias = inputs.Length > 2 ? inputs[2] : null;
        _shape = Measure(_x.Shape, _weight.Shape, bias);
        Tensor y = Tensor.Uninitialized<T>([_shape.Batch, _shape.InChannels, _shape.InHeight, _shape.InWidth]);
        ConvolutionKernel.BackwardInput(_x.AsSpan<T>(), _weight.AsSpan<T>(), y.AsSpan<T>(), _shape);
        if (bias is not null) PlaneKernel.AddToEach(bias.AsSpan<T>(), y.AsSpan<T>(), _shape.InHeight * _shape.InWidth);
        return y;
    }

    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        ReadOnlySpan<T> dy = gradient.AsSpan<T>();
        if (Needs(0))
        {
            Tensor dx = inputGradients[0] = Tensor.Uninitialized<T>(_x.Shape);
            ConvolutionKernel.Forward(dy, _weight.AsSpan<T>(), default, dx.AsSpan<T>(), _shape);
        }
        if (Needs(1))
        {
            Tensor dw = inputGradients[1] = Tensor.Uninitialized<T>(_weight.Shape);
            ConvolutionKernel.BackwardWeight(dy, _x.AsSpan<T>(), dw.AsSpan<T>(), _shape);
        }
        if (InputCount > 2 && Needs(2))
        {
            Tensor db = inputGradients[2] = Tensor.Uninitialized<T>([_shape.InChannels]);
            ConvolutionKernel.BackwardBias(dy, db.AsSpan<T>(), _shape.InHeight * _shape.InWidth);
        }
    }

    private ConvolutionShape Measure(Shape x, Shape weight, Tensor? bias)
    {
        ConvolutionChecks.CheckAxes(Name, x, weight, bias?.Shape, 2, _options, outChannels: weight.Rank > 1 ? weight[1] * _options.Groups : 0);
        ConvolutionChecks.CheckChannels(Name, x, weight, weight[0], weight[0], _options.Groups);
        (Size2d stride, Size2d padding, Size2d dilation, int groups) = _options;
        return new ConvolutionShape(
            x[0], weight[1] * groups,
            OutLength(x, weight, x[2], weight[2], stride.Height, padding.Height, dilation.Height, outputPadding.Height),
            OutLength(x, weight, x[3], weight[3], stride.Width, padding.Width, dilation.Width, outputPadding.Width),
            x[1], weight[2], weight[3], stride.Height, stride.Width, padding.Height, padding.Width, dilation.Height, dilation.Width, groups)
        {
            OutHeight = x[2],
            OutWidth = x[3],
        };
    }

    private int OutLength(Shape x, Shape weight, int length, int kernel, int stride, int padding, int dilation, int extra)
    {
        Images.CheckPositive(Name, kernel, stride, padding, dilation);
        if (extra < 0 || extra >= Math.Max(stride, dilation)) throw new ArgumentOutOfRangeException(nameof(extra),
            $"{Name}: output padding {extra} must be at least 0 and less than stride {stride} or dilation {dilation}: it chooses among the sizes that the stride makes alike.");
        long outLength = (length - 1L) * stride - 2L * padding + dilation * (kernel - 1L) + extra + 1;
        if (length < 1 || outLength < 1) ShapeException.Throw(Name,
            $"an axis of {length} would become one of {outLength}", "a larger input or kernel, or less padding", ("input", x), ("weight", weight));
        return checked((int)outLength);
    }
}

/// <summary>Transposed convolution as a member of <see cref="Tensor"/>.</summary>
public static class ConvTransposeExtensions
{
    extension(Tensor x)
    {
        /// <summary>
        /// Transposed 2-d convolution, which enlarges an image: each element of x adds a copy of the kernel to y (PyTorch: <c>conv_transpose2d</c>; also called
        /// deconvolution, which it is not).
        /// </summary>
        /// <remarks>
        /// Shapes: x [n, channels, height, width] → [n, out, outHeight, outWidth], where outHeight = (height − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1.
        /// </remarks>
        /// <param name="weight">[channels, out / groups, kernelHeight, kernelWidth].</param>
        /// <param name="bias">[out], or none.</param>
        /// <param name="stride">From one copy of the kernel to the next; 1 if left out.</param>
        /// <param name="padding">Rows and columns that are cut from each side of the result.</param>
        /// <param name="outputPadding">Rows and columns added at the end alone, less than the stride or the dilation.</param>
        /// <param name="groups">Blocks of channels that do not see each other.</param>
        /// <param name="dilation">From one element of the kernel to the next; 1 if left out.</param>
        /// <exception cref="ShapeException">The axes do not fit, the channels are not the weight's, groups do not divide them, or nothing is left.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A stride, dilation or number of groups below 1, a negative padding, an output padding not below stride and dilation.</exception>
        public Tensor ConvTranspose2d(
            Tensor weight, Tensor? bias = null, Size2d? stride = null, Size2d padding = default, Size2d outputPadding = default, int groups = 1, Size2d? dilation = null)
        {
            ConvolutionChecks.CheckDTypes("ConvTranspose2d", x, weight, bias);
            var options = new ConvolutionOptions(stride ?? 1, padding, dilation ?? 1, groups);
            return x.DType switch
            {
                DType.Float32 => ConvExtensions.Apply(new ConvTranspose2dOperation<float>(options, outputPadding), x, weight, bias),
                DType.Float64 => ConvExtensions.Apply(new ConvTranspose2dOperation<double>(options, outputPadding), x, weight, bias),
                _ => DTypes.ThrowUnsupported("ConvTranspose2d", x.DType),
            };
        }
    }
}
