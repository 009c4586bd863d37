using System.Numerics;

namespace Backprop.Kernels;

/// <summary>What becomes of a convolution's sum before it is stored: <c>scale[channel] · sum + shift[channel] + addend</c>, and then no less than zero if it is rectified.</summary>
/// <remarks>The shift is the bias; the rest is for prediction, where batch normalization, what goes around a residual block, and ReLU need no pass of their own over the image.</remarks>
/// <param name="scale">A number for each target channel, or null for 1; only with a shift.</param>
/// <param name="shift">A number for each target channel, or null for 0.</param>
/// <param name="rectify">Whether negative results become zero.</param>
/// <param name="adds">Whether there are addends, one for each result.</param>
/// <param name="toAddend">The way from the place of each result to its addend, in bytes.</param>
internal readonly unsafe struct ConvolutionFinish<T>(T* scale, T* shift, bool rectify, bool adds = false, nint toAddend = 0) where T : unmanaged, IFloatingPointIeee754<T>
{
    public readonly T* Scale = scale, Shift = shift;
    public readonly bool Rectify = rectify, Adds = adds;
    private readonly nint _toAddend = toAddend;

    /// <summary>The same for the channels from <paramref name="first"/> on.</summary>
    public ConvolutionFinish<T> From(int first) => new(Scale == null ? null : Scale + first, Shift == null ? null : Shift + first, Rectify, Adds, _toAddend);

    /// <summary>What is done before <see cref="Add"/>, or all if nothing is added.</summary>
    public ConvolutionFinish<T> BeforeAddends => new(Scale, Shift, Rectify && !Adds);

    /// <summary>Where what is added to the result at a place lies.</summary>
    public T* Addend(T* place) => (T*)((byte*)place + _toAddend);

    /// <summary>One number of a channel, which goes to a place.</summary>
    public T Apply(T sum, int channel, T* place)
    {
        T result = Shift == null ? sum : Scale == null ? sum + Shift[channel] : FusedMultiplyAdd.Of(sum, Scale[channel], Shift[channel]);
        return Add(result, place);
    }

    /// <summary>The last part of it, for a number that is scaled and shifted.</summary>
    public T Add(T result, T* place)
    {
        if (Adds) result += *Addend(place);
        return Rectify && result < T.Zero ? T.Zero : result;
    }
}
