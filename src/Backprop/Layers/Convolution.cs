namespace Backprop;

/// <summary>2-D convolution, or cross-correlation: the kernel is not flipped (Keras: Conv2D; the book: Convolution).</summary>
/// <remarks>
/// Shapes: x [n, in, h, w] → y [n, out, h′, w′], <c>h′ = ⌊(h + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1</c>.
/// Parameters: <c>weight</c> [out, in/groups, kh, kw], <c>bias</c> [out], uniform in ±1/√(in/groups · kh · kw) at first.
/// </remarks>
public sealed class Conv2d : Module
{
    private readonly Size2d _stride, _padding, _dilation;
    private readonly int _groups;

    /// <summary>A convolution with new weights.</summary>
    /// <param name="inputChannels">Channels in.</param>
    /// <param name="outputChannels">Channels out; how many kernels there are.</param>
    /// <param name="kernelSize">Height and width of a kernel.</param>
    /// <param name="stride">Distance between windows; 1 if omitted.</param>
    /// <param name="padding">Zeros on each side.</param>
    /// <param name="dilation">Distance between the pixels of a window; 1 if omitted.</param>
    /// <param name="groups">Into how many blocks the channels are split; divides both channel counts.</param>
    /// <param name="bias">Whether to add a bias to each channel.</param>
    /// <param name="random">Where the weights come from; null: <see cref="RandomSource.Current"/>.</param>
    public Conv2d(int inputChannels, int outputChannels, Size2d kernelSize, Size2d? stride = null, Size2d padding = default, Size2d? dilation = null, int groups = 1,
        bool bias = true, RandomSource? random = null)
    {
        (_stride, _padding, _dilation, _groups) = (stride ?? 1, padding, dilation ?? 1, groups);
        ConvolutionArguments.Check(nameof(Conv2d), inputChannels, outputChannels, kernelSize, _stride, _padding, _dilation, groups);
        Shape shape = [outputChannels, inputChannels / groups, kernelSize.Height, kernelSize.Width];
        Initializer uniform = Initializers.FanInUniform(shape[1..].ElementCount);
        Weight = AddParameter("weight", shape, uniform, random);
        Bias = bias ? AddParameter("bias", [outputChannels], uniform, random) : null;
    }

    /// <summary>The kernels, [out, in/groups, kh, kw].</summary>
    public Parameter Weight { get; }

    /// <summary>[out], if there is one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Conv2d(Weight, Bias, _stride, _padding, _dilation, _groups);

    private ConvolutionOptions Options => new(_stride, _padding, _dilation, _groups);

    /// <summary>Whether <see cref="Fused"/> should take 2 × 2 pooling along.</summary>
    internal bool SuitsHalving(Tensor x) => PooledConvExtensions.SuitsHalving(x, Weight, Options);

    /// <summary>
    /// This layer and those that follow it, in one pass: in prediction a normalization in evaluation mode, and the addition of what goes around them; in prediction and in training ReLU, and
    /// 2 × 2 pooling where nothing is added.
    /// </summary>
    internal Tensor Fused(Tensor x, BatchNorm2d? norm = null, bool rectify = false, Tensor? around = null, bool halve = false)
    {
        try
        {
            (Tensor? scale, Tensor? shift) = norm is null ? (null, Bias) : norm.Fold(Bias);
            return halve
                ? PooledConvExtensions.HalvedConv2d(x, Weight, shift, Options, scale, rectify)
                : ConvExtensions.Fused(x, Weight, shift, Options, new ConvolutionTail(scale, around, rectify));
        }
        catch (ShapeException e)
        {
            AddName(e);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Conv2d))
        .With("inputChannels", Weight.Shape[1] * _groups).With("outputChannels", Weight.Shape[0]).With("kernelSize", new Size2d(Weight.Shape[2], Weight.Shape[3]))
        .With("stride", _stride, 1).With("padding", _padding, 0).With("dilation", _dilation, 1).With("groups", _groups, 1).With("bias", Bias is not null, true);
}

/// <summary>1-D convolution, or cross-correlation, along the last axis (Keras: Conv1D).</summary>
/// <remarks>
/// Shapes: x [n, in, length] → y [n, out, length′], <c>length′ = ⌊(length + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1</c>.
/// Parameters: <c>weight</c> [out, in/groups, kernel], <c>bias</c> [out], uniform in ±1/√(in/groups · kernel) at first.
/// </remarks>
public sealed class Conv1d : Module
{
    private readonly int _stride, _padding, _dilation, _groups;

    /// <summary>A convolution with new weights.</summary>
    /// <param name="inputChannels">Channels in.</param>
    /// <param name="outputChannels">Channels out.</param>
    /// <param name="kernelSize">Length of a kernel.</param>
    /// <param name="stride">Distance between windows.</param>
    /// <param name="padding">Zeros on each side.</param>
    /// <param name="dilation">Distance between the elements of a window.</param>
    /// <param name="groups">Into how many blocks the channels are split; divides both channel counts.</param>
    /// <param name="bias">Whether to add a bias to each channel.</param>
    /// <param name="random">Where the weights come from; null: <see cref="RandomSource.Current"/>.</param>
    public Conv1d(int inputChannels, int outputChannels, int kernelSize, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool bias = true, RandomSource? random = null)
    {
        ConvolutionArguments.Check(nameof(Conv1d), inputChannels, outputChannels, (1, kernelSize), (1, stride), (0, padding), (1, dilation), groups);
        (_stride, _padding, _dilation, _groups) = (stride, padding, dilation, groups);
        Shape shape = [outputChannels, inputChannels / groups, kernelSize];
        Initializer uniform = Initializers.FanInUniform(shape[1..].ElementCount);
        Weight = AddParameter("weight", shape, uniform, random);
        Bias = bias ? AddParameter("bias", [outputChannels], uniform, random) : null;
    }

    /// <summary>The kernels, [out, in/groups, kernel].</summary>
    public Parameter Weight { get; }

    /// <summary>[out], if there is one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Conv1d(Weight, Bias, _stride, _padding, _dilation, _groups);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Conv1d))
        .With("inputChannels", Weight.Shape[1] * _groups).With("outputChannels", Weight.Shape[0]).With("kernelSize", Weight.Shape[2])
        .With("stride", _stride, 1).With("padding", _padding, 0).With("dilation", _dilation, 1).With("groups", _groups, 1).With("bias", Bias is not null, true);
}

/// <summary>Transposed 2-D convolution: the gradient of a convolution as a layer; it makes images larger (Keras: Conv2DTranspose).</summary>
/// <remarks>
/// Shapes: x [n, in, h, w] → y [n, out, h′, w′], <c>h′ = (h − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1</c>.
/// Parameters: <c>weight</c> [in, out/groups, kh, kw], <c>bias</c> [out], uniform in ±1/√(out/groups · kh · kw) at first: PyTorch reads the fan-in off axis 1 here too.
/// </remarks>
public sealed class ConvTranspose2d : Module
{
    private readonly Size2d _stride, _padding, _outputPadding, _dilation;
    private readonly int _groups;

    /// <summary>A transposed convolution with new weights.</summary>
    /// <param name="inputChannels">Channels in.</param>
    /// <param name="outputChannels">Channels out.</param>
    /// <param name="kernelSize">Height and width of a kernel.</param>
    /// <param name="stride">Distance between the places where kernels are laid down; 1 if omitted.</param>
    /// <param name="padding">How much is cut off on each side.</param>
    /// <param name="outputPadding">Rows and columns added at the end.</param>
    /// <param name="groups">Into how many blocks the channels are split; divides both channel counts.</param>
    /// <param name="bias">Whether to add a bias to each channel.</param>
    /// <param name="dilation">Distance between the pixels of a kernel; 1 if omitted.</param>
    /// <param name="random">Where the weights come from; null: <see cref="RandomSource.Current"/>.</param>
    public ConvTranspose2d(int inputChannels, int outputChannels, Size2d kernelSize, Size2d? stride = null, Size2d padding = default, Size2d outputPadding = default,
        int groups = 1, bool bias = true, Size2d? dilation = null, RandomSource? random = null)
    {
        (_stride, _padding, _outputPadding, _dilation, _groups) = (stride ?? 1, padding, outputPadding, dilation ?? 1, groups);
        ConvolutionArguments.Check(nameof(ConvTranspose2d), inputChannels, outputChannels, kernelSize, _stride, _padding, _dilation, groups);
        Shape shape = [inputChannels, outputChannels / groups, kernelSize.Height, kernelSize.Width];
        Initializer uniform = Initializers.FanInUniform(shape[1..].ElementCount);
        Weight = AddParameter("weight", shape, uniform, random);
        Bias = bias ? AddParameter("bias", [outputChannels], uniform, random) : null;
    }

    /// <summary>The kernels, [in, out/groups, kh, kw].</summary>
    public Parameter Weight { get; }

    /// <summary>[out], if there is one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.ConvTranspose2d(Weight, Bias, _stride, _padding, _outputPadding, dilation: _dilation, groups: _groups);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(ConvTranspose2d))
        .With("inputChannels", Weight.Shape[0]).With("outputChannels", Weight.Shape[1] * _groups).With("kernelSize", new Size2d(Weight.Shape[2], Weight.Shape[3]))
        .With("stride", _stride, 1).With("padding", _padding, 0).With("outputPadding", _outputPadding, 0).With("groups", _groups, 1).With("bias", Bias is not null, true).With("dilation", _dilation, 1);
}

/// <summary>What the convolution layers ask of their arguments.</summary>
internal static class ConvolutionArguments
{
    public static void Check(string layer, int inputs, int outputs, Size2d kernel, Size2d stride, Size2d padding, Size2d dilation, int groups)
    {
        if (inputs < 1 || outputs < 1) throw new ArgumentOutOfRangeException(nameof(inputs), $"{layer}: {inputs} channels in and {outputs} out; both must be at least 1.");
        if (kernel.Height < 1 || kernel.Width < 1) throw new ArgumentOutOfRangeException(nameof(kernel), $"{layer}: the kernel size {kernel} must be at least 1.");
        if (stride.Height < 1 || stride.Width < 1) throw new ArgumentOutOfRangeException(nameof(stride), $"{layer}: the stride {stride} must be at least 1.");
        if (dilation.Height < 1 || dilation.Width < 1) throw new ArgumentOutOfRangeException(nameof(dilation), $"{layer}: the dilation {dilation} must be at least 1.");
        if (padding.Height < 0 || padding.Width < 0) throw new ArgumentOutOfRangeException(nameof(padding), $"{layer}: the padding {padding} can't be negative.");
        if (groups < 1 || inputs % groups != 0 || outputs % groups != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(groups), $"{layer}: {groups} groups do not divide {inputs} channels in and {outputs} out; both must be multiples of it.");
        }
    }
}
