using System.Diagnostics;
using System.Numerics;

namespace Backprop.Kernels;

/// <summary>
/// 2-d convolution (as in all of deep learning the kernel is not flipped: a cross-correlation) and its derivatives.
/// A transposed convolution is the same three: its forward is <see cref="BackwardInput"/>, its derivative by the input is <see cref="Forward"/>.
/// </summary>
internal static class ConvolutionKernel
{
    /// <summary>
    /// <c>y[n, o, i, j] = bias[o] + Σ_{c, u, v} w[o, c, u, v] · x[n, c, i·stride + u·dilation − pad, j·stride + v·dilation − pad]</c>, zero outside of x.
    /// <paramref name="bias"/> may be empty.
    /// </summary>
    public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> w, ReadOnlySpan<T> bias, Span<T> y, in ConvolutionShape shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(x.Length == shape.InputLength && w.Length == shape.WeightLength && y.Length == shape.OutputLength);
        foreach (Term t in Terms(shape))
        {
            if (t.First) y[t.Y] = bias.IsEmpty ? T.Zero : bias[t.OutChannel];
            if (t.X >= 0) y[t.Y] += w[t.W] * x[t.X];
        }
    }

    /// <summary><c>dx = ∂L/∂x</c> from <c>dy = ∂L/∂y</c>; overwrites dx.</summary>
    public static void BackwardInput<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> w, Span<T> dx, in ConvolutionShape shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(dx.Length == shape.InputLength && w.Length == shape.WeightLength && dy.Length == shape.OutputLength);
        dx.Clear();
        foreach (Term t in Terms(shape))
        {
            if (t.X >= 0) dx[t.X] += w[t.W] * dy[t.Y];
        }
    }

    /// <summary><c>dw = ∂L/∂w</c> from <c>dy = ∂L/∂y</c>; overwrites dw.</summary>
    public static void BackwardWeight<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dw, in ConvolutionShape shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(x.Length == shape.InputLength && dw.Length == shape.WeightLength && dy.Length == shape.OutputLength);
        dw.Clear();
        foreach (Term t in Terms(shape))
        {
            if (t.X >= 0) dw[t.W] += dy[t.Y] * x[t.X];
        }
    }

    /// <summary><c>dbias[o] = Σ_{n, i, j} dy[n, o, i, j]</c>; overwrites dbias.</summary>
    public static void BackwardBias<T>(ReadOnlySpan<T> dy, Span<T> dbias, in ConvolutionShape shape) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(dbias.Length == shape.OutChannels && dy.Length == shape.OutputLength);
        int pixels = shape.OutHeight * shape.OutWidth;
        dbias.Clear();
        for (int i = 0; i < dy.Length; i++) dbias[i / pixels % shape.OutChannels] += dy[i];
    }

    private readonly record struct Term(int X, int W, int Y, int OutChannel, bool First);

    private static IEnumerable<Term> Terms(ConvolutionShape s)
    {
        int inGroup = s.InChannels / s.Groups, outGroup = s.OutChannels / s.Groups;
        for (int n = 0; n < s.Batch; n++)
        {
            for (int o = 0; o < s.OutChannels; o++)
            {
                for (int i = 0; i < s.OutHeight; i++)
                {
                    for (int j = 0; j < s.OutWidth; j++)
                    {
                        for (int c = 0; c < inGroup; c++)
                        {
                            for (int u = 0; u < s.KernelHeight; u++)
                            {
                                for (int v = 0; v < s.KernelWidth; v++)
                                {
                                    int row = i * s.StrideHeight + u * s.DilationHeight - s.PadHeight, column = j * s.StrideWidth + v * s.DilationWidth - s.PadWidth;
                                    bool inside = (uint)row < (uint)s.InHeight && (uint)column < (uint)s.InWidth;
                                    int channel = o / outGroup * inGroup + c;
                                    yield return new Term(
                                        inside ? ((n * s.InChannels + channel) * s.InHeight + row) * s.InWidth + column : -1,
                                        ((o * inGroup + c) * s.KernelHeight + u) * s.KernelWidth + v,
                                        ((n * s.OutChannels + o) * s.OutHeight + i) * s.OutWidth + j, o, (c | u | v) == 0);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
