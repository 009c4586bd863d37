using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace Backprop.Kernels;

/// <summary>
/// 2-d convolution (as in all of deep learning the kernel is not flipped: a cross-correlation) and its derivatives.
/// Each runs on the path and by the method of the caller's choice, or the best. A transposed convolution is the same three: its forward is <see cref="BackwardInput"/>, its derivative by the input is <see cref="Forward"/>.
/// </summary>
internal static unsafe class ConvolutionKernel
{
    /// <summary>
    /// <c>y[n, o, i, j] = bias[o] + Σ_{c, u, v} w[o, c, u, v] · x[n, c, i·stride + u·dilation − pad, j·stride + v·dilation − pad]</c>, zero outside of x.
    /// <paramref name="bias"/> may be empty. For prediction, with a <paramref name="scale"/> (and then a bias) <c>y = bias + scale · Σ</c>; if there is an
    /// <paramref name="addend"/> for each result it is added to that, and negative results may become zero.
    /// </summary>
    public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> w, ReadOnlySpan<T> bias, Span<T> y, in ConvolutionShape shape, SimdPath? path = null, ConvolutionMethod? method = null,
        ReadOnlySpan<T> scale = default, bool rectify = false, ReadOnlySpan<T> addend = default) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(x.Length == shape.InputLength && w.Length == shape.WeightLength && y.Length == shape.OutputLength);
        Debug.Assert(bias.IsEmpty || bias.Length == shape.OutChannels);
        int taps = shape.KernelHeight * shape.KernelWidth, inChannels = shape.InChannels / shape.Groups;
        Debug.Assert(scale.IsEmpty || scale.Length == bias.Length);
        Debug.Assert(addend.IsEmpty || addend.Length == y.Length);
        fixed (T* px = x, pw = w, pb = bias, ps = scale, pa = addend, py = y)
        {
            Run(path ?? MatMulKernel.Best, method ?? shape.BestMethod(shape.OutHeight, shape.OutWidth), new ConvolutionProblem<T>
            {
                Rows = shape.ForwardRows,
                Columns = shape.ForwardColumns,
                Batch = shape.Batch,
                Groups = shape.Groups,
                SourceChannels = inChannels,
                TargetChannels = shape.OutChannels / shape.Groups,
                TargetWeightStep = inChannels * taps,
                SourceWeightStep = taps,
                KernelHeight = shape.KernelHeight,
                KernelWidth = shape.KernelWidth,
                Source = px,
                Weights = pw,
                Finish = new(scale.IsEmpty ? null : ps, bias.IsEmpty ? null : pb, rectify, adds: !addend.IsEmpty, toAddend: (nint)((byte*)pa - (byte*)py)),
                Target = py,
            });
        }
    }

    /// <summary><c>dx = ∂L/∂x</c> from <c>dy = ∂L/∂y</c>; overwrites dx.</summary>
    public static void BackwardInput<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> w, Span<T> dx, in ConvolutionShape shape, SimdPath? path = null, ConvolutionMethod? method = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(dx.Length == shape.InputLength && w.Length == shape.WeightLength && dy.Length == shape.OutputLength);
        int taps = shape.KernelHeight * shape.KernelWidth, inChannels = shape.InChannels / shape.Groups;
        fixed (T* pdy = dy, pw = w, pdx = dx)
        {
            Run(path ?? MatMulKernel.Best, method ?? shape.BestMethod(shape.InHeight, shape.InWidth), new ConvolutionProblem<T>
            {
                Rows = shape.BackwardRows,
                Columns = shape.BackwardColumns,
                Batch = shape.Batch,
                Groups = shape.Groups,
                SourceChannels = shape.OutChannels / shape.Groups,
                TargetChannels = inChannels,
                TargetWeightStep = taps,
                SourceWeightStep = inChannels * taps,
                KernelHeight = shape.KernelHeight,
                KernelWidth = shape.KernelWidth,
                Source = pdy,
                Weights = pw,
                Target = pdx,
            });
        }
    }

    /// <summary><c>dw = ∂L/∂w</c> from <c>dy = ∂L/∂y</c>; overwrites dw.</summary>
    public static void BackwardWeight<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dw, in ConvolutionShape shape, SimdPath? path = null, ConvolutionMethod? method = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(x.Length == shape.InputLength && dw.Length == shape.WeightLength && dy.Length == shape.OutputLength);
        if (x.IsEmpty || dy.IsEmpty)
        {
            dw.Clear();
            return;
        }
        fixed (T* px = x, pdy = dy, pdw = dw)
        {
            SimdPath width = path ?? MatMulKernel.Best;
            ConvolutionMethod by = method ?? shape.BestMethod(shape.OutHeight, shape.OutWidth);
            if (by == ConvolutionMethod.Plain && width == SimdPath.Vector512 && shape.OutChannels / shape.Groups <= Vector256<T>.Count) width = SimdPath.Vector256; // lanes are channels
            switch (width)
            {
                case SimdPath.Vector512: BackwardWeight<T, Vector512<T>, Simd512<T>>(by, px, pdy, pdw, shape); break;
                case SimdPath.Vector256: BackwardWeight<T, Vector256<T>, Simd256<T>>(by, px, pdy, pdw, shape); break;
                case SimdPath.Vector128: BackwardWeight<T, Vector128<T>, Simd128<T>>(by, px, pdy, pdw, shape); break;
                default: BackwardWeight<T, T, SimdScalar<T>>(by, px, pdy, pdw, shape); break;
            }
        }
    }

    private static void BackwardWeight<T, TVector, TSimd>(ConvolutionMethod method, T* x, T* dy, T* dw, in ConvolutionShape shape)
        where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
    {
        if (method == ConvolutionMethod.Winograd) WinogradWeightGradient<T, TVector, TSimd>.Run(x, dy, dw, shape);
        else ConvolutionWeightGradient<T, TVector, TSimd>.Run(x, dy, dw, shape);
    }

    private static void Run<T>(SimdPath path, ConvolutionMethod method, in ConvolutionProblem<T> problem) where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (path)
        {
            case SimdPath.Vector512: Run<T, Vector512<T>, Simd512<T>>(method, problem); break;
            case SimdPath.Vector256: Run<T, Vector256<T>, Simd256<T>>(method, problem); break;
            case SimdPath.Vector128: Run<T, Vector128<T>, Simd128<T>>(method, problem); break;
            default: Run<T, T, SimdScalar<T>>(method, problem); break;
        }
    }

    private static void Run<T, TVector, TSimd>(ConvolutionMethod method, in ConvolutionProblem<T> problem)
        where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
    {
        if (method == ConvolutionMethod.Winograd) WinogradProduct<T, TVector, TSimd>.Run(problem);
        else ConvolutionProduct<T, TVector, TSimd>.Run(problem);
    }

    /// <summary><c>dbias[o] = Σ_{n, i} dy[n, o, i]</c>, of planes of this length; overwrites dbias. Each channel is summed by one thread, image by image.</summary>
    public static void BackwardBias<T>(ReadOnlySpan<T> dy, Span<T> dbias, int plane) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(dy.IsEmpty || dy.Length % (dbias.Length * plane) == 0);
        var job = new BiasJob<T> { Dy = dy, Dbias = dbias, Plane = plane };
        if (dy.Length >= BiasJob<T>.WorthSharing) WorkerPool.Run(ref job, dbias.Length);
        else for (int channel = 0; channel < dbias.Length; channel++) job.Run(channel);
    }
}
