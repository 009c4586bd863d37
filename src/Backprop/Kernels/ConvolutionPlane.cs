namespace Backprop.Kernels;

/// <summary>The plane of an image, and where the first tile begins: at or before its first pixel, by the padding.</summary>
internal readonly record struct ConvolutionPlane(int Height, int Width, int FirstRow, int FirstColumn)
{
    public nint Length => (nint)Height * Width;
}
