using System.Numerics;

namespace Backprop.Kernels;

/// <summary>What happens to the planes of [n, channels, plane], each channel in its own way.</summary>
internal static class PlaneKernel
{
    /// <summary><c>y[n, c, :] ← y[n, c, :] + addend[c]</c>.</summary>
    public static void AddToEach<T>(ReadOnlySpan<T> addend, Span<T> y, int planeLength) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int start = 0, channel = 0; start < y.Length; start += planeLength, channel = (channel + 1) % addend.Length)
        {
            Span<T> plane = y.Slice(start, planeLength);
            RowKernel.Add(plane, addend[channel], plane);
        }
    }
}
