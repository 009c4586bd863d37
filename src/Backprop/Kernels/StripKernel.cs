using System.Numerics;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>The same stretch of each row of a matrix: <see cref="Rows"/> times <see cref="Length"/> elements, <see cref="Stride"/> apart, the first at <see cref="Start"/>.</summary>
internal readonly record struct Strip(int Start, int Length, int Rows, int Stride)
{
    /// <summary>One stretch of neighbouring elements.</summary>
    public Strip(int start, int length) : this(start, length, 1, length) { }
}

/// <summary>
/// What normalizations do to a strip. Every argument that belongs to an element's channel is a vector: all lanes alike where the whole strip is one channel, each
/// lane its own where the strip is one vector wide and its columns are channels. Sums come lane by lane, for the caller to add up or not.
/// </summary>
internal static class StripKernel
{
    private const int VectorsOfABlock = 64; // so many are added in the elements' own precision, then taken over in double

    /// <summary>Σ (x − shift) and Σ (x − shift)²; a shift near the mean keeps the variance exact.</summary>
    public static void Sums<T>(ReadOnlySpan<T> x, in Strip strip, Vector<T> shift, Span<double> sum, Span<double> squares) where T : unmanaged, IFloatingPointIeee754<T>
    {
        sum.Clear();
        squares.Clear();
        int lanes = Vector<T>.Count, pending = 0;
        Vector<T> mask = TailMask<T>(strip.Length), s = Vector<T>.Zero, q = Vector<T>.Zero;
        for (int row = 0; row < strip.Rows; row++)
        {
            ReadOnlySpan<T> values = x.Slice(strip.Start + row * strip.Stride, strip.Length);
            ref T v = ref MemoryMarshal.GetReference(values);
            int i = 0;
            while (i <= values.Length - lanes)
            {
                int end = Math.Min(values.Length - lanes + 1, i + VectorsOfABlock * lanes);
                pending += (end - i) / lanes + 1;
                for (; i < end; i += lanes)
                {
                    Vector<T> d = Vector.LoadUnsafe(ref v, (nuint)i) - shift;
                    s += d;
                    q += d * d;
                }
                if (pending >= VectorsOfABlock) Flush(ref s, ref q, ref pending, sum, squares);
            }
            if (i < values.Length)
            {
                Vector<T> d = (LoadTail(values) - shift) & mask;
                s += d;
                q += d * d;
                pending++;
            }
        }
        Flush(ref s, ref q, ref pending, sum, squares);
    }

    /// <summary>Σ dy and Σ dy · (x − mean).</summary>
    public static void Products<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, in Strip strip, Vector<T> mean, Span<double> sum, Span<double> products)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        sum.Clear();
        products.Clear();
        int lanes = Vector<T>.Count, pending = 0;
        Vector<T> mask = TailMask<T>(strip.Length), s = Vector<T>.Zero, q = Vector<T>.Zero;
        for (int row = 0; row < strip.Rows; row++)
        {
            ReadOnlySpan<T> slopes = dy.Slice(strip.Start + row * strip.Stride, strip.Length), values = x.Slice(strip.Start + row * strip.Stride, strip.Length);
            ref T g = ref MemoryMarshal.GetReference(slopes);
            ref T v = ref MemoryMarshal.GetReference(values);
            int i = 0;
            while (i <= values.Length - lanes)
            {
                int end = Math.Min(values.Length - lanes + 1, i + VectorsOfABlock * lanes);
                pending += (end - i) / lanes + 1;
                for (; i < end; i += lanes)
                {
                    Vector<T> slope = Vector.LoadUnsafe(ref g, (nuint)i);
                    s += slope;
                    q += slope * (Vector.LoadUnsafe(ref v, (nuint)i) - mean);
                }
                if (pending >= VectorsOfABlock) Flush(ref s, ref q, ref pending, sum, products);
            }
            if (i < values.Length)
            {
                Vector<T> slope = LoadTail(slopes) & mask;
                s += slope;
                q += slope * (LoadTail(values) - mean);
                pending++;
            }
        }
        Flush(ref s, ref q, ref pending, sum, products);
    }

    /// <summary><c>y ← (x − mean) · scale + offset</c>.</summary>
    public static void Normalize<T>(ReadOnlySpan<T> x, Span<T> y, in Strip strip, Vector<T> mean, Vector<T> scale, Vector<T> offset) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count;
        for (int row = 0; row < strip.Rows; row++)
        {
            ReadOnlySpan<T> values = x.Slice(strip.Start + row * strip.Stride, strip.Length);
            Span<T> results = y.Slice(strip.Start + row * strip.Stride, strip.Length);
            ref T v = ref MemoryMarshal.GetReference(values);
            ref T r = ref MemoryMarshal.GetReference(results);
            int i = 0;
            for (; i <= values.Length - lanes; i += lanes) ((Vector.LoadUnsafe(ref v, (nuint)i) - mean) * scale + offset).StoreUnsafe(ref r, (nuint)i);
            if (i < values.Length) StoreTail((LoadTail(values) - mean) * scale + offset, results);
        }
    }

    /// <summary><c>dx ← a · dy + b · (x − mean) + c</c>.</summary>
    public static void Pull<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, Span<T> dx, in Strip strip, Vector<T> mean, Vector<T> a, Vector<T> b, Vector<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count;
        for (int row = 0; row < strip.Rows; row++)
        {
            ReadOnlySpan<T> slopes = dy.Slice(strip.Start + row * strip.Stride, strip.Length), values = x.Slice(strip.Start + row * strip.Stride, strip.Length);
            Span<T> results = dx.Slice(strip.Start + row * strip.Stride, strip.Length);
            ref T g = ref MemoryMarshal.GetReference(slopes);
            ref T v = ref MemoryMarshal.GetReference(values);
            ref T r = ref MemoryMarshal.GetReference(results);
            int i = 0;
            for (; i <= values.Length - lanes; i += lanes)
            {
                (a * Vector.LoadUnsafe(ref g, (nuint)i) + (b * (Vector.LoadUnsafe(ref v, (nuint)i) - mean) + c)).StoreUnsafe(ref r, (nuint)i);
            }
            if (i < values.Length) StoreTail(a * LoadTail(slopes) + (b * (LoadTail(values) - mean) + c), results);
        }
    }

    /// <summary>The last elements as one vector: with elements before them where there are enough, else filled up with zeros.</summary>
    private static Vector<T> LoadTail<T>(ReadOnlySpan<T> values) where T : unmanaged => VectorMath.Load(values, Math.Max(0, values.Length - Vector<T>.Count));

    private static void StoreTail<T>(Vector<T> value, Span<T> results) where T : unmanaged => VectorMath.Store(value, results, Math.Max(0, results.Length - Vector<T>.Count));

    /// <summary>The lanes of <see cref="LoadTail"/> that whole vectors have not covered.</summary>
    private static Vector<T> TailMask<T>(int length) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count, rest = length % lanes, first = length < lanes ? 0 : lanes - rest;
        Span<T> chosen = stackalloc T[lanes];
        chosen.Clear();
        chosen.Slice(first, rest).Fill(T.One);
        return Vector.Equals(new Vector<T>(chosen), Vector<T>.One);
    }

    private static void Flush<T>(ref Vector<T> s, ref Vector<T> q, ref int pending, Span<double> sum, Span<double> second) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int lane = 0; lane < Vector<T>.Count; lane++)
        {
            sum[lane] += double.CreateTruncating(s[lane]);
            second[lane] += double.CreateTruncating(q[lane]);
        }
        s = q = Vector<T>.Zero;
        pending = 0;
    }
}
