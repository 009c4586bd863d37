namespace Backprop.Kernels;

/// <summary>The sizes of a pooling over planes [planes, height, width]. The caller has seen to it that each window meets the plane.</summary>
internal readonly record struct PoolingShape(
    int Planes, int Height, int Width, int OutHeight, int OutWidth,
    int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth, int PadHeight = 0, int PadWidth = 0, int DilationHeight = 1, int DilationWidth = 1)
{
    public int PlaneLength => Height * Width;
    public int OutPlaneLength => OutHeight * OutWidth;
    public int InputLength => Planes * PlaneLength;
    public int OutputLength => Planes * OutPlaneLength;

    /// <summary>Positions in a window.</summary>
    public int Taps => KernelHeight * KernelWidth;

    /// <summary>Planes are shared out in groups of so many, a number that depends on the sizes alone.</summary>
    public EvenSplit Pieces => new(Planes, Math.Max(1, PieceLength / Math.Max(1, PlaneLength)));

    private const int PieceLength = 1 << 15;
}
