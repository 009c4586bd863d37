using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>Bytes made into numbers.</summary>
internal static class ByteKernel
{
    private const int CacheLine = 64;

    /// <summary>Has the processor fetch bytes that will be wanted soon: rows in random order are nothing that it could guess.</summary>
    public static unsafe void Prefetch(ReadOnlySpan<byte> x)
    {
        if (!Sse.IsSupported) return;
        fixed (byte* start = x)
        {
            for (int i = 0; i < x.Length; i += CacheLine) Sse.Prefetch0(start + i);
        }
    }

    /// <summary><c>y ← x·scale + shift</c>, the product as exact as if it were rounded once; the same bits for any vector width.</summary>
    public static void Scale(ReadOnlySpan<byte> x, Span<float> y, double scale, double shift)
    {
        Debug.Assert(x.Length == y.Length);
        // 1/255 as a float is a little wrong, so that some bytes would come out one unit off; the rest of it goes in first.
        float high = (float)scale, rest = (float)(scale - high), add = (float)shift;
        int i = 0;
        for (; i <= x.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(x[i..]), out Vector<ushort> low16, out Vector<ushort> high16);
            Store(low16, y[i..]);
            Store(high16, y[(i + Vector<ushort>.Count)..]);
        }
        for (; i < x.Length; i++) y[i] = MathF.FusedMultiplyAdd(x[i], high, MathF.FusedMultiplyAdd(x[i], rest, add));

        void Store(Vector<ushort> bytes, Span<float> to)
        {
            Vector.Widen(bytes, out Vector<uint> low32, out Vector<uint> high32);
            Scaled(low32).CopyTo(to);
            Scaled(high32).CopyTo(to[Vector<float>.Count..]);
        }

        Vector<float> Scaled(Vector<uint> bytes)
        {
            Vector<float> b = Vector.ConvertToSingle(Vector.AsVectorInt32(bytes));
            return Vector.FusedMultiplyAdd(b, new Vector<float>(high), Vector.FusedMultiplyAdd(b, new Vector<float>(rest), new Vector<float>(add)));
        }
    }
}
