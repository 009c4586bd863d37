using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// Zeroes elements by chance. Whether an element stays is a hash of its position and a key, so no thread waits for another's random numbers, and the way back
/// finds the same elements again without a mask.
/// </summary>
internal static class DropoutKernel
{
    private const int PieceLength = 1 << 15;

    /// <summary><c>y ← x / (1 − p)</c> with probability 1 − p, else 0; the same elements stay whenever the key and the length are the same. p is in [0, 1).</summary>
    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y, double p, ulong key) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var job = new Job<T>
        {
            X = x,
            Y = y,
            Scale = T.CreateTruncating(1 / (1 - p)),
            Threshold = (uint)Math.Min(uint.MaxValue, Math.Round(p * (1L << 32))),
            Low = (uint)key,
            High = (uint)(key >> 32),
        };
        WorkerPool.Run(ref job, new EvenSplit(x.Length, PieceLength).Parts);
    }

    private ref struct Job<T> : IPieceJob where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> X;
        public Span<T> Y;
        public T Scale;
        public uint Threshold, Low, High;

        public readonly void Run(int piece)
        {
            var pieces = new EvenSplit(X.Length, PieceLength);
            (int start, int length) = (pieces.Start(piece), pieces.Length(piece));
            ReadOnlySpan<T> x = X.Slice(start, length);
            Span<T> y = Y.Slice(start, length);
            var scale = new Vector<T>(Scale);
            for (int i = 0; i < length; i += Vector<int>.Count)
            {
                Vector<int> stays = Stays((uint)(start + i));
                if (typeof(T) == typeof(float))
                {
                    VectorMath.Store(Vector.ConditionalSelect(stays.As<int, T>(), VectorMath.Load(x, i) * scale, Vector<T>.Zero), y, i);
                    continue;
                }
                Vector.Widen(stays, out Vector<long> first, out Vector<long> second); // two vectors of doubles
                VectorMath.Store(Vector.ConditionalSelect(first.As<long, T>(), VectorMath.Load(x, i) * scale, Vector<T>.Zero), y, i);
                int next = i + Vector<T>.Count;
                if (next < length) VectorMath.Store(Vector.ConditionalSelect(second.As<long, T>(), VectorMath.Load(x, next) * scale, Vector<T>.Zero), y, next);
            }
        }

        /// <summary>All ones for each position that stays. The hash is C. Wellons's "lowbias32" (2018), of which each half of the key changes one round.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly Vector<int> Stays(uint position)
        {
            Vector<uint> h = (Vector.CreateSequence(position, 1u) * new Vector<uint>(0x9E3779B9)) ^ new Vector<uint>(Low);
            h = (h ^ (h >> 16)) * new Vector<uint>(0x21F0AAAD);
            h = (h ^ (h >> 15) ^ new Vector<uint>(High)) * new Vector<uint>(0x735A2D97);
            h ^= h >> 15;
            return Vector.GreaterThanOrEqual(h, new Vector<uint>(Threshold)).As<uint, int>();
        }
    }
}
