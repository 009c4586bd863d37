namespace Backprop.Kernels;

/// <summary>The instruction widths a kernel can run in, the widest first.</summary>
internal enum SimdPath
{
    Vector512,
    Vector256,
    Vector128,
    Scalar,
}
