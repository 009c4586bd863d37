using System.Numerics;
using System.Numerics.Tensors;

namespace Backprop.Kernels;

/// <summary>Layer normalization: each row by itself, scale and offset by position in the row.</summary>
internal static class LayerNormKernel
{
    private const int PieceLength = 1 << 15;

    private static EvenSplit Pieces(int elements, int length) => new(length == 0 ? 0 : elements / length, Math.Max(1, PieceLength / Math.Max(1, length)));

    /// <summary><c>y ← (x − mean) · inverse ⊙ gamma + beta</c>; writes each row's mean and <c>inverse = 1 / √(variance + epsilon)</c>.</summary>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, Span<double> mean, Span<double> inverse, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new ForwardJob<T> { X = x, Y = y, Gamma = gamma, Beta = beta, Mean = mean, Inverse = inverse, Epsilon = epsilon };
        WorkerPool.Run(ref job, Pieces(x.Length, gamma.Length).Parts);
    }

    /// <summary>With g = dy ⊙ gamma: <c>dx ← inverse · (g − mean of g − x̂ · mean of g·x̂)</c>, <c>dgamma ← Σ dy ⊙ x̂</c>, <c>dbeta ← Σ dy</c> over the rows. dx may be empty if it is not wanted.</summary>
    public static unsafe void Backward<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> gamma, ReadOnlySpan<double> mean, ReadOnlySpan<double> inverse,
        Span<T> dx, Span<T> dgamma, Span<T> dbeta) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int length = gamma.Length, pieces = Pieces(x.Length, length).Parts;
        using Scratch.Lease<T> lease = Scratch.Rent<T>(2 * pieces * length);
        var parts = new Span<T>(lease.Start, 2 * pieces * length); // dgamma and dbeta of each piece
        var job = new BackwardJob<T> { Dy = dy, X = x, Gamma = gamma, Mean = mean, Inverse = inverse, Dx = dx, Parts = parts };
        WorkerPool.Run(ref job, pieces);
        dgamma.Clear();
        dbeta.Clear();
        for (int piece = 0; piece < pieces; piece++)
        {
            TensorPrimitives.Add(dgamma, parts.Slice(2 * piece * length, length), dgamma);
            TensorPrimitives.Add(dbeta, parts.Slice((2 * piece + 1) * length, length), dbeta);
        }
    }

    private ref struct ForwardJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X, Gamma, Beta;
        public Span<T> Y;
        public Span<double> Mean, Inverse;
        public double Epsilon;

        public readonly void Run(int piece)
        {
            int length = Gamma.Length;
            Span<double> sum = stackalloc double[Vector<T>.Count], squares = stackalloc double[Vector<T>.Count];
            EvenSplit pieces = Pieces(X.Length, length);
            for (int row = pieces.Start(piece), end = row + pieces.Length(piece); row < end; row++)
            {
                (Mean[row], Inverse[row]) = GroupNormKernel.Statistics(X, new Strip(row * length, length), Epsilon, sum, squares);
                (T mean, T inverse) = (T.CreateTruncating(Mean[row]), T.CreateTruncating(Inverse[row]));
                ReadOnlySpan<T> x = X.Slice(row * length, length);
                Span<T> y = Y.Slice(row * length, length);
                var (m, s) = (new Vector<T>(mean), new Vector<T>(inverse));
                for (int i = 0; i < length; i += Vector<T>.Count)
                {
                    VectorMath.Store((VectorMath.Load(x, i) - m) * s * VectorMath.Load(Gamma, i) + VectorMath.Load(Beta, i), y, i);
                }
            }
        }
    }

    private ref struct BackwardJob<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> Dy, X, Gamma;
        public ReadOnlySpan<double> Mean, Inverse;
        public Span<T> Dx, Parts;

        public readonly void Run(int piece)
        {
            int length = Gamma.Length;
            Span<T> dgamma = Parts.Slice(2 * piece * length, length), dbeta = Parts.Slice((2 * piece + 1) * length, length);
            dgamma.Clear();
            dbeta.Clear();
            EvenSplit pieces = Pieces(X.Length, length);
            for (int row = pieces.Start(piece), end = row + pieces.Length(piece); row < end; row++)
            {
                ReadOnlySpan<T> x = X.Slice(row * length, length), dy = Dy.Slice(row * length, length);
                Vector<T> mean = new(T.CreateTruncating(Mean[row])), inverse = new(T.CreateTruncating(Inverse[row])), sum = Vector<T>.Zero, products = Vector<T>.Zero;
                for (int i = 0; i < length; i += Vector<T>.Count)
                {
                    Vector<T> slope = VectorMath.Load(dy, i), normal = (VectorMath.Load(x, i) - mean) * inverse, g = slope * VectorMath.Load(Gamma, i);
                    sum += g; // beyond the end slope and gamma are zero
                    products += g * normal;
                    VectorMath.Store(VectorMath.Load<T>(dgamma, i) + slope * normal, dgamma, i);
                    VectorMath.Store(VectorMath.Load<T>(dbeta, i) + slope, dbeta, i);
                }
                if (Dx.IsEmpty) continue;
                Span<T> dx = Dx.Slice(row * length, length);
                T count = T.CreateTruncating(length);
                Vector<T> meanOfG = new(Vector.Sum(sum) / count), meanOfProducts = new(Vector.Sum(products) / count);
                for (int i = 0; i < length; i += Vector<T>.Count)
                {
                    Vector<T> normal = (VectorMath.Load(x, i) - mean) * inverse;
                    VectorMath.Store(inverse * (VectorMath.Load(dy, i) * VectorMath.Load(Gamma, i) - meanOfG - normal * meanOfProducts), dx, i);
                }
            }
        }
    }
}
