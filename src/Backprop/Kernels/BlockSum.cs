using System.Numerics;

namespace Backprop.Kernels;

/// <summary>Sums that stay accurate however many elements there are: blocks in the elements' own precision, their sums in double, in order.</summary>
internal static class BlockSum
{
    /// <summary>Elements of a block.</summary>
    public const int Length = 1024;

    /// <summary>Σ x.</summary>
    public static double Of<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int start = 0; start < x.Length; start += Length) sum += double.CreateTruncating(ReduceKernel.Elements<SumRule, T>(x.Slice(start, Math.Min(Length, x.Length - start))));
        return sum;
    }
}
