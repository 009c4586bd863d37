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
            Vector<T> tail = NormalizedRow.TailMask<T>(length);
            EvenSplit pieces = Pieces(X.Length, length);
            for (int row = pieces.Start(piece), end = row + pieces.Length(piece); row < end; row++)
            {
                (Mean[row], Inverse[row]) = GroupNormKernel.Statistics(X.Slice(row * length, length), Epsilon, tail);
                ForwardRow(X.Slice(row * length, length), Y.Slice(row * length, length), Gamma, Beta, T.CreateTruncating(Mean[row]), T.CreateTruncating(Inverse[row]));
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
                (int start, T mean, T inverse) = (row * length, T.CreateTruncating(Mean[row]), T.CreateTruncating(Inverse[row]));
                (T sum, T products) = Gather(Dy.Slice(start, length), X.Slice(start, length), Gamma, dgamma, dbeta, mean, inverse);
                if (Dx.IsEmpty) continue;
                T count = T.CreateTruncating(length);
                BackwardRow(Dy.Slice(start, length), X.Slice(start, length), Gamma, Dx.Slice(start, length), mean, inverse, sum / count, products / count);
            }
        }
    }

    private static void ForwardRow<T>(ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, T mean, T inverse) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> m = new(mean), s = new(inverse);
        for (int next = 0; next < x.Length; next += Vector<T>.Count)
        {
            int i = Math.Max(0, Math.Min(next, x.Length - Vector<T>.Count)); // the last vector repeats some of the one before
            VectorMath.Store((VectorMath.Load(x, i) - m) * s * VectorMath.Load(gamma, i) + VectorMath.Load(beta, i), y, i);
        }
    }

    /// <summary>Σ g and Σ g·x̂ of a row; adds dy ⊙ x̂ to dgamma and dy to dbeta.</summary>
    private static (T Sum, T Products) Gather<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> gamma, Span<T> dgamma, Span<T> dbeta, T mean, T inverse)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count, whole = x.Length & -lanes;
        Vector<T> m = new(mean), s = new(inverse), sum = Vector<T>.Zero, products = Vector<T>.Zero;
        for (int i = 0; i < whole; i += lanes)
        {
            Vector<T> slope = new(dy[i..]), normal = (new Vector<T>(x[i..]) - m) * s, g = slope * new Vector<T>(gamma[i..]);
            sum += g;
            products += g * normal;
            (new Vector<T>(dgamma[i..]) + slope * normal).CopyTo(dgamma[i..]);
            (new Vector<T>(dbeta[i..]) + slope).CopyTo(dbeta[i..]);
        }
        (T total, T totalProducts) = (Vector.Sum(sum), Vector.Sum(products));
        for (int i = whole; i < x.Length; i++)
        {
            T normal = (x[i] - mean) * inverse;
            total += dy[i] * gamma[i];
            totalProducts += dy[i] * gamma[i] * normal;
            dgamma[i] += dy[i] * normal;
            dbeta[i] += dy[i];
        }
        return (total, totalProducts);
    }

    private static void BackwardRow<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> gamma, Span<T> dx, T mean, T inverse, T meanOfG, T meanOfProducts)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> m = new(mean), s = new(inverse), g = new(meanOfG), p = new(meanOfProducts);
        for (int next = 0; next < x.Length; next += Vector<T>.Count)
        {
            int i = Math.Max(0, Math.Min(next, x.Length - Vector<T>.Count));
            Vector<T> normal = (VectorMath.Load(x, i) - m) * s;
            VectorMath.Store(s * (VectorMath.Load(dy, i) * VectorMath.Load(gamma, i) - g - normal * p), dx, i);
        }
    }
}
