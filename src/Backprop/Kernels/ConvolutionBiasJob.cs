using System.Numerics;

namespace Backprop.Kernels;

/// <summary>Sums the gradient of one output channel over images and positions.</summary>
internal ref struct BiasJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
{
    public const int WorthSharing = 1 << 17;

    public ReadOnlySpan<T> Dy;
    public Span<T> Dbias;
    public int Plane;

    public readonly void Run(int channel)
    {
        double sum = 0;
        for (int start = channel * Plane; start < Dy.Length; start += Dbias.Length * Plane) sum += BlockSum.Of(Dy.Slice(start, Plane));
        Dbias[channel] = T.CreateTruncating(sum);
    }
}
