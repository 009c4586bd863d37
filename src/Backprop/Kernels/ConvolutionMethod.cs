namespace Backprop.Kernels;

/// <summary>How a convolution is computed.</summary>
internal enum ConvolutionMethod
{
    /// <summary>Every multiplication of the formula, as a matrix product: <see cref="ConvolutionProduct{T, TVector, TSimd}"/>.</summary>
    Plain,

    /// <summary>A quarter of them, for 3×3 kernels of stride 1: <see cref="WinogradTile{T, TVector, TSimd}"/>.</summary>
    Winograd,
}
