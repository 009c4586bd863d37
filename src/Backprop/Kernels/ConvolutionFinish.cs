using System.Numerics;

namespace Backprop.Kernels;

/// <summary>What becomes of a convolution's sum before it is stored: <c>scale[channel] · sum + shift[channel]</c>, and then no less than zero if it is rectified.</summary>
/// <remarks>The shift is the bias; the rest is for prediction, where batch normalization and ReLU need no pass of their own over the image.</remarks>
/// <param name="scale">A number for each target channel, or null for 1; only with a shift.</param>
/// <param name="shift">A number for each target channel, or null for 0.</param>
/// <param name="rectify">Whether negative results become zero.</param>
internal readonly unsafe struct ConvolutionFinish<T>(T* scale, T* shift, bool rectify) where T : unmanaged, IFloatingPointIeee754<T>
{
    public readonly T* Scale = scale, Shift = shift;
    public readonly bool Rectify = rectify;

    /// <summary>The same for the channels from <paramref name="first"/> on.</summary>
    public ConvolutionFinish<T> From(int first) => new(Scale == null ? null : Scale + first, Shift == null ? null : Shift + first, Rectify);

    /// <summary>One number of a channel.</summary>
    public T Apply(T sum, int channel)
    {
        T result = Shift == null ? sum : Scale == null ? sum + Shift[channel] : FusedMultiplyAdd.Of(sum, Scale[channel], Shift[channel]);
        return Rectify && result < T.Zero ? T.Zero : result;
    }
}
