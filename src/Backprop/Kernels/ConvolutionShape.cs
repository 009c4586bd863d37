namespace Backprop.Kernels;

/// <summary>
/// The sizes of one 2-d convolution. Layouts: input [batch, inChannels, inHeight, inWidth], weight [outChannels, inChannels / groups, kernelHeight, kernelWidth],
/// output [batch, outChannels, outHeight, outWidth]. The caller has seen to it that groups divide both channels and that the kernel fits into the padded input.
/// </summary>
internal readonly record struct ConvolutionShape(
    int Batch, int InChannels, int InHeight, int InWidth,
    int OutChannels, int KernelHeight, int KernelWidth,
    int StrideHeight = 1, int StrideWidth = 1,
    int PadHeight = 0, int PadWidth = 0,
    int DilationHeight = 1, int DilationWidth = 1,
    int Groups = 1)
{
    /// <summary>As many windows as fit; a transposed convolution, whose output padding may make room for more than there are, sets it.</summary>
    public int OutHeight { get; init; } = (InHeight + 2 * PadHeight - DilationHeight * (KernelHeight - 1) - 1) / StrideHeight + 1;

    /// <inheritdoc cref="OutHeight"/>
    public int OutWidth { get; init; } = (InWidth + 2 * PadWidth - DilationWidth * (KernelWidth - 1) - 1) / StrideWidth + 1;

    public int InputLength => Batch * InChannels * InHeight * InWidth;
    public int WeightLength => OutChannels * (InChannels / Groups) * KernelHeight * KernelWidth;
    public int OutputLength => Batch * OutChannels * OutHeight * OutWidth;

    /// <summary>The products that the plain formula adds up: each output meets the weights of its channel.</summary>
    public long MultiplyAdds => (long)OutputLength * (InChannels / Groups) * KernelHeight * KernelWidth;

    public ConvolutionAxis ForwardRows => ConvolutionAxis.Forward(InHeight, OutHeight, KernelHeight, StrideHeight, PadHeight, DilationHeight);
    public ConvolutionAxis ForwardColumns => ConvolutionAxis.Forward(InWidth, OutWidth, KernelWidth, StrideWidth, PadWidth, DilationWidth);

    public ConvolutionAxis BackwardRows => ConvolutionAxis.Backward(InHeight, OutHeight, KernelHeight, StrideHeight, PadHeight, DilationHeight);
    public ConvolutionAxis BackwardColumns => ConvolutionAxis.Backward(InWidth, OutWidth, KernelWidth, StrideWidth, PadWidth, DilationWidth);

    /// <summary>The pooling of 2 × 2 windows behind it.</summary>
    public PoolingShape Halved => new(Batch * OutChannels, OutHeight, OutWidth, OutHeight / 2, OutWidth / 2, 2, 2, 2, 2);

    /// <summary>Whether Winograd's algorithm computes this, whatever it costs.</summary>
    public bool SuitsWinograd => KernelHeight == 3 && KernelWidth == 3 && StrideHeight == 1 && StrideWidth == 1 && DilationHeight == 1 && DilationWidth == 1
        && PadHeight <= 2 && PadWidth <= 2 && Groups == 1 && OutHeight == InHeight + 2 * PadHeight - 2 && OutWidth == InWidth + 2 * PadWidth - 2;

    /// <summary>The faster method where the results are images of this size. It knows the sizes alone, so that the bits depend on nothing else.</summary>
    public ConvolutionMethod BestMethod(int height, int width)
    {
        if (!SuitsWinograd) return ConvolutionMethod.Plain;
        const int Vector = 16, WorkOfTransform = 300, WorkOfWeights = 120; // as many multiply-adds would take the time of a tile's transform, and of a weight's, in each lane
        long channels = (long)InChannels * OutChannels, tiles = (long)Batch * ((height + 3) / 4) * ((width + 3) / 4);
        int inLanes = (InChannels + Vector - 1) / Vector * Vector, outLanes = (OutChannels + Vector - 1) / Vector * Vector;
        long winograd = tiles * (36L * InChannels * outLanes + WorkOfTransform * (inLanes + outLanes)) + WorkOfWeights * channels;
        return winograd < 9 * channels * Batch * height * width ? ConvolutionMethod.Winograd : ConvolutionMethod.Plain;
    }
}
