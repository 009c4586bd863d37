using System.Numerics;
using System.Numerics.Tensors;

namespace Backprop.Kernels;

/// <summary>The size of a vector, computed piece by piece and added up in the order of the pieces.</summary>
internal static class NormKernel
{
    private const int PieceLength = 8192; // short enough for sums in float32, which are continued in float64

    /// <summary>The sum of squares.</summary>
    public static double SumOfSquares<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int pieces = (x.Length + PieceLength - 1) / PieceLength;
        Span<double> sums = pieces <= 256 ? stackalloc double[pieces] : new double[pieces];
        var job = new SquaresJob<T> { X = x, Sums = sums };
        WorkerPool.Run(ref job, pieces);
        double total = 0;
        foreach (double sum in sums) total += sum;
        return total;
    }

    /// <summary>The largest absolute value; 0 of nothing, NaN if there is one.</summary>
    public static double MaxMagnitude<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        x.IsEmpty ? 0 : Math.Abs(double.CreateTruncating(TensorPrimitives.MaxMagnitude(x)));

    private ref struct SquaresJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public required ReadOnlySpan<T> X { get; init; }
        public required Span<double> Sums { get; init; }

        public readonly void Run(int piece)
        {
            int start = piece * PieceLength;
            Sums[piece] = double.CreateTruncating(TensorPrimitives.SumOfSquares(X.Slice(start, Math.Min(PieceLength, X.Length - start))));
        }
    }
}
