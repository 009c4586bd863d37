namespace Backprop.Kernels;

/// <summary>Some weights along one axis: tap t has the kernel's index <c>FirstWeight + t·WeightStep</c> and reads the source at <c>FirstOffset + t·OffsetStep</c>.</summary>
internal readonly record struct ConvolutionTaps(int Count, int FirstOffset, int OffsetStep, int FirstWeight, int WeightStep)
{
    public int Offset(int tap) => FirstOffset + tap * OffsetStep;

    public int Weight(int tap) => FirstWeight + tap * WeightStep;
}

/// <summary>
/// One axis (height or width) of a convolution, seen from the side that is computed: target position i is the sum over taps t of
/// weight(t) · source at <c>i·Step + offset(t)</c>, zero outside of the source.
/// </summary>
/// <remarks>
/// Forward: <c>y[i] = Σ_t w[t] · x[i·stride + t·dilation − pad]</c>. Solved for the input's index, the same rule gives the gradient of the input,
/// <c>dx[i] = Σ_t w[t] · dy[(i + pad − t·dilation) / stride]</c> over those t that leave no remainder. Which t these are depends on i modulo stride only:
/// for each remainder r the target positions r, r + stride, … are a convolution of step 1 with weights of their own. All remainders count the same positions;
/// the last may lie beyond the target.
/// </remarks>
internal readonly record struct ConvolutionAxis
{
    private readonly int _kernel, _stride, _pad, _dilation;
    private readonly bool _backward;

    private ConvolutionAxis(int input, int output, int kernel, int stride, int pad, int dilation, bool backward)
    {
        (_kernel, _stride, _pad, _dilation, _backward) = (kernel, stride, pad, dilation, backward);
        (SourceSize, TargetSize) = backward ? (output, input) : (input, output);
        Step = backward ? 1 : stride;
        Remainders = backward ? stride : 1;
        Positions = (TargetSize + Remainders - 1) / Remainders;
        FirstOffset = backward ? FloorDivide(pad - (kernel - 1) * dilation, stride) : -pad;
        OffsetStep = backward ? 1 : dilation;
        Offsets = backward ? FloorDivide(stride - 1 + pad, stride) - FirstOffset + 1 : kernel;
    }

    public static ConvolutionAxis Forward(int input, int output, int kernel, int stride, int pad, int dilation) =>
        new(input, output, kernel, stride, pad, dilation, backward: false);

    public static ConvolutionAxis Backward(int input, int output, int kernel, int stride, int pad, int dilation) =>
        new(input, output, kernel, stride, pad, dilation, backward: true);

    public int SourceSize { get; }
    public int TargetSize { get; }

    /// <summary>By how much the source moves from one position to the next.</summary>
    public int Step { get; }

    /// <summary>How many interleaved sets of target positions there are,</summary>
    public int Remainders { get; }

    /// <summary>and how many positions in each: position i of remainder r is the target's index <c>i·Remainders + r</c>.</summary>
    public int Positions { get; }

    /// <summary>All offsets that occur are among <c>FirstOffset + j·OffsetStep</c> for j below <see cref="Offsets"/>.</summary>
    public int FirstOffset { get; }

    public int OffsetStep { get; }

    public int Offsets { get; }

    public int LastOffset => FirstOffset + (Offsets - 1) * OffsetStep;

    /// <summary>The weights that meet the target positions of one remainder.</summary>
    public ConvolutionTaps Taps(int remainder)
    {
        if (!_backward) return new ConvolutionTaps(_kernel, -_pad, _dilation, 0, 1);
        int count = 0, first = 0, step = 1;
        for (int t = 0; t < _kernel; t++)
        {
            if ((remainder + _pad - t * _dilation) % _stride != 0) continue;
            if (count == 0) first = t;
            if (count == 1) step = t - first;
            count++;
        }
        return new ConvolutionTaps(count, (remainder + _pad - first * _dilation) / _stride, -step * _dilation / _stride, first, step);
    }

    /// <summary>What one offset reads lies <see cref="Step"/> apart: offset = turn · Step + phase, with 0 ≤ phase &lt; Step.</summary>
    public int Turn(int offset) => FloorDivide(offset, Step);

    public int Phase(int offset) => offset - Step * Turn(offset);

    /// <summary>The positions whose source under an offset is inside: from … to − 1.</summary>
    public (int From, int To) Inside(int offset)
    {
        int from = offset >= 0 ? 0 : (-offset + Step - 1) / Step, to = offset >= SourceSize ? 0 : (SourceSize - 1 - offset) / Step + 1;
        from = Math.Min(from, Positions);
        return (from, Math.Clamp(to, from, Positions));
    }

    private static int FloorDivide(int a, int b) => a >= 0 ? a / b : -((b - 1 - a) / b);
}
