namespace Backprop.Kernels;

/// <summary>
/// One axis (height or width) of a convolution, seen from the side that is computed: target position i is the sum over taps t of
/// weight(t) · source at <c>i·step + offset(t)</c>, zero outside of the source. Target positions may be every second, third, … of the target's axis.
/// </summary>
/// <param name="SourceSize">The length of the source's axis.</param>
/// <param name="Positions">How many target positions there are.</param>
/// <param name="Step">By how much the source moves from one position to the next.</param>
/// <param name="Taps">How many weights meet here.</param>
/// <param name="FirstOffset">The offset of tap 0.</param>
/// <param name="OffsetStep">From each tap's offset to the next.</param>
/// <param name="FirstWeight">The kernel's index of tap 0.</param>
/// <param name="WeightStep">From each tap's kernel index to the next.</param>
/// <param name="TargetStart">Where position 0 lies in the target.</param>
/// <param name="TargetStep">From each position to the next in the target.</param>
internal readonly record struct ConvolutionAxis(
    int SourceSize, int Positions, int Step, int Taps, int FirstOffset, int OffsetStep, int FirstWeight, int WeightStep, int TargetStart, int TargetStep)
{
    /// <summary>From the input to the output: <c>y[i] = Σ_t w[t] · x[i·stride + t·dilation − pad]</c>.</summary>
    public static ConvolutionAxis Forward(int input, int output, int kernel, int stride, int pad, int dilation) =>
        new(input, output, stride, kernel, -pad, dilation, 0, 1, 0, 1);

    /// <summary>
    /// From the gradient of the output to that of the input. Solved for the input's index, forward's rule reads
    /// <c>dx[i] = Σ_t w[t] · dy[(i + pad − t·dilation) / stride]</c> over those t that leave no remainder. Which t these are depends on i modulo stride only:
    /// for each <paramref name="remainder"/> the positions i = remainder, remainder + stride, … are a convolution of stride 1 of their own.
    /// </summary>
    public static ConvolutionAxis Backward(int input, int output, int kernel, int stride, int pad, int dilation, int remainder)
    {
        int positions = remainder < input ? (input - remainder - 1) / stride + 1 : 0;
        int taps = 0, firstWeight = 0, weightStep = 1;
        for (int t = 0; t < kernel; t++)
        {
            if ((remainder + pad - t * dilation) % stride != 0) continue;
            if (taps == 0) firstWeight = t;
            if (taps == 1) weightStep = t - firstWeight;
            taps++;
        }
        int firstOffset = (remainder + pad - firstWeight * dilation) / stride;
        return new(output, positions, 1, taps, taps == 0 ? 0 : firstOffset, -weightStep * dilation / stride, firstWeight, weightStep, remainder, stride);
    }

    public int Offset(int tap) => FirstOffset + tap * OffsetStep;

    public int Weight(int tap) => FirstWeight + tap * WeightStep;

    /// <summary>The sources of one tap lie <see cref="Step"/> apart: at phase, phase + step, … Offset = turn · step + phase, with 0 ≤ phase &lt; step.</summary>
    public int Phase(int tap) => (Offset(tap) % Step + Step) % Step;

    public int Turn(int tap) => (Offset(tap) - Phase(tap)) / Step;

    public int FirstTurn => Taps == 0 ? 0 : Math.Min(Turn(0), Turn(Taps - 1));

    public int LastTurn => Taps == 0 ? 0 : Math.Max(Turn(0), Turn(Taps - 1));

    /// <summary>The positions whose source under an offset is inside: from … to − 1.</summary>
    public (int From, int To) Inside(int offset)
    {
        int from = offset >= 0 ? 0 : (-offset + Step - 1) / Step, to = offset >= SourceSize ? 0 : (SourceSize - 1 - offset) / Step + 1;
        from = Math.Min(from, Positions);
        return (from, Math.Clamp(to, from, Positions));
    }
}
