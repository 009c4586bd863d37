using System.Numerics;
using System.Runtime.InteropServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>
/// <c>y[n, o, i, j] = max z[n, o, 2i + u, 2j + v]</c> over u, v in {0, 1}, where <c>z = w ∗ x + b</c>, or <c>z = relu(w ∗ x + b)</c>: a convolution and the ReLU and the 2 × 2 pooling behind it,
/// whose planes z nobody else sees.
/// </summary>
/// <remarks>
/// Shapes: x [n, channels, height, width], w [out, channels, kernelHeight, kernelWidth], b [out] → y [n, out, ⌊outHeight / 2⌋, ⌊outWidth / 2⌋]. The first maximum of a window wins ties, row by row.
/// Backward: ∂L/∂y becomes 0 where y was rectified to 0; ∂L/∂z is ∂L/∂y at the winner of each window, else 0; ∂L/∂w and ∂L/∂x follow from it as a convolution's do;
/// ∂L/∂b[o] = Σ ∂L/∂y[:, o], since each ∂L/∂y is in ∂L/∂z once. Saves x, w, the winner of each window, a byte, and with ReLU y; not z.
/// </remarks>
/// <param name="options">The settings of the convolution.</param>
/// <param name="scale">For prediction alone: what the sums are multiplied by before the bias is added, [out].</param>
/// <param name="rectify">Whether there is a ReLU between convolution and pooling.</param>
internal sealed class PooledConvOperation<T>(in ConvolutionOptions options, Tensor? scale = null, bool rectify = false) : NaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ConvolutionOptions _options = options;
    private Tensor _x = null!, _weight = null!;
    private Tensor? _winners, _rectified;
    private ConvolutionShape _shape;

    public override OperationFormula Formula
    {
        get
        {
            string sum = InputCount > 2 ? "w ∗ x + b" : "w ∗ x";
            (string z, string passes) = rectify ? ($"relu({sum})", " where y > 0") : (sum, "");
            string[] slopes =
            [
                $"∂L/∂x = ∂L/∂z spread back by w: ∂L/∂z is ∂L/∂y at the winner of each window{passes}, else 0", "∂L/∂w = ∂L/∂z ∗ x: the windows of x that won, weighted by ∂L/∂y",
                $"∂L/∂b = Σ ∂L/∂y over images and places{passes}",
            ];
            return new($"y = max of each window of z = {z}", slopes.AsSpan(0, InputCount));
        }
    }

    public override string Name => "Conv2d"; // what errors are about

    public override long MultiplyAdds => _shape.MultiplyAdds;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        (_x, _weight) = (Save(inputs[0]), Save(inputs[1]));
        Tensor? bias = inputs.Length > 2 ? inputs[2] : null;
        _shape = ConvolutionChecks.Measure(Name, _x.Shape, _weight.Shape, bias, 2, _options);
        PoolingShape pooling = _shape.Halved;
        Tensor y = Tensor.Uninitialized<T>([_shape.Batch, _shape.OutChannels, pooling.OutHeight, pooling.OutWidth]);
        _winners = IsRecorded ? Save(Tensor.Uninitialized(y.Shape, DType.Bool)) : null; // no dtype is an unsigned byte
        PooledConvolutionKernel.Forward(_x.AsSpan<T>(), _weight.AsSpan<T>(), bias.SpanOrEmpty<T>(), y.AsSpan<T>(), Winners, _shape, scale.SpanOrEmpty<T>(), rectify);
        _winners?.Discard(); // when backward has read it
        _rectified = rectify ? Save(y) : null;
        return y;
    }

    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Tensor? passed = rectify ? ConvExtensions.Passed<T>(gradient, _rectified!) : null;
        ReadOnlySpan<T> dy = (passed ?? gradient).AsSpan<T>();
        bool direct = PooledConvolutionKernel.SuitsBackward<T>();
        Tensor? dz = Needs(0) || (Needs(1) && !direct) ? Tensor.Uninitialized<T>([_shape.Batch, _shape.OutChannels, _shape.OutHeight, _shape.OutWidth]) : null;
        if (dz is not null) MaxPoolKernel.Backward<T, byte>(dy, Winners, dz.AsSpan<T>(), _shape.Halved);
        if (Needs(0))
        {
            Tensor dx = inputGradients[0] = Tensor.Uninitialized<T>(_x.Shape);
            ConvolutionKernel.BackwardInput(dz!.AsSpan<T>(), _weight.AsSpan<T>(), dx.AsSpan<T>(), _shape);
        }
        if (Needs(1))
        {
            Tensor dw = inputGradients[1] = Tensor.Uninitialized<T>(_weight.Shape);
            if (direct) PooledConvolutionKernel.BackwardWeight(_x.AsSpan<T>(), dy, Winners, dw.AsSpan<T>(), _shape);
            else ConvolutionKernel.BackwardWeight(_x.AsSpan<T>(), dz!.AsSpan<T>(), dw.AsSpan<T>(), _shape);
        }
        dz?.Discard();
        if (InputCount > 2 && Needs(2))
        {
            Tensor db = inputGradients[2] = Tensor.Uninitialized<T>([_shape.OutChannels]);
            ConvolutionKernel.BackwardBias(dy, db.AsSpan<T>(), _shape.Halved.OutPlaneLength);
        }
        passed?.Discard();
    }

    private Span<byte> Winners => _winners is null ? default : MemoryMarshal.AsBytes(_winners.AsSpan<bool>());
}

/// <summary>A convolution with the pooling behind it.</summary>
internal static class PooledConvExtensions
{
    /// <summary>Whether 2 × 2 pooling behind a convolution of images is better done along with it.</summary>
    public static bool SuitsHalving(Tensor x, Tensor weight, in ConvolutionOptions options) => x.Shape.Length == 4 && options.Measure(x.Shape, weight.Shape) is var shape
        && (x.DType == DType.Float32 ? PooledConvolutionKernel.Suits<float>(shape) : PooledConvolutionKernel.Suits<double>(shape));

    /// <summary>The largest of each 2 × 2 window of a convolution, with the ReLU between them; in prediction with a scale as well.</summary>
    public static Tensor HalvedConv2d(Tensor x, Tensor weight, Tensor? bias, in ConvolutionOptions options, Tensor? scale = null, bool rectify = false) => x.DType == DType.Float32
        ? ConvExtensions.Apply(new PooledConvOperation<float>(options, scale, rectify), x, weight, bias)
        : ConvExtensions.Apply(new PooledConvOperation<double>(options, scale, rectify), x, weight, bias);
}
