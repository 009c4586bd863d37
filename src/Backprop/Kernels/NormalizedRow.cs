using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>What normalizations do to neighbouring elements that share a mean: those of a channel in one image, or of a group.</summary>
internal static class NormalizedRow
{
    private const int BlockLength = 1024; // so many are added in the elements' own precision, then taken over in double

    /// <summary>Σ (x − shift) and Σ (x − shift)²; a shift near the mean keeps the variance exact. <paramref name="tail"/> is <see cref="TailMask"/> of the length.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static (double Sum, double Squares) Sums<T>(ReadOnlySpan<T> x, T shift, Vector<T> tail) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count, whole = x.Length & -lanes;
        ref T v = ref MemoryMarshal.GetReference(x);
        Vector<T> k = new(shift), s = whole < x.Length ? (LoadTail(x) - k) & tail : Vector<T>.Zero, q = s * s, s2 = Vector<T>.Zero, q2 = Vector<T>.Zero;
        (double sum, double squares) = (0, 0);
        int i = 0;
        do
        {
            int end = Math.Min(whole, i + BlockLength);
            for (; i < end - lanes; i += 2 * lanes) // two sums at a time: an addition takes longer than a load
            {
                Vector<T> d = Vector.LoadUnsafe(ref v, (nuint)i) - k, d2 = Vector.LoadUnsafe(ref v, (nuint)(i + lanes)) - k;
                s += d;
                s2 += d2;
                q += d * d;
                q2 += d2 * d2;
            }
            if (i < end)
            {
                Vector<T> d = Vector.LoadUnsafe(ref v, (nuint)i) - k;
                s += d;
                q += d * d;
                i += lanes;
            }
            sum += double.CreateTruncating(Vector.Sum(s + s2));
            squares += double.CreateTruncating(Vector.Sum(q + q2));
            s = s2 = q = q2 = Vector<T>.Zero;
        }
        while (i < whole);
        return (sum, squares);
    }

    /// <summary>Σ dz and Σ dz · (x − mean), where dz is dy behind the gate of <c>z = (x − mean) · scale + offset</c>. <paramref name="tail"/> is <see cref="TailMask"/> of the length.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static (double Sum, double Products) Products<TGate, T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, T mean, Vector<T> tail, T scale = default, T offset = default)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count, whole = x.Length & -lanes;
        ref T g = ref MemoryMarshal.GetReference(dy[..x.Length]);
        ref T v = ref MemoryMarshal.GetReference(x);
        Vector<T> m = new(mean), a = new(scale), o = new(offset), s = Vector<T>.Zero, q = Vector<T>.Zero, s2 = Vector<T>.Zero, q2 = Vector<T>.Zero;
        if (whole < x.Length)
        {
            Vector<T> d = LoadTail(x) - m;
            s = TGate.Slope(LoadTail(dy), d * a + o) & tail;
            q = s * d;
        }
        (double sum, double products) = (0, 0);
        int i = 0;
        do
        {
            int end = Math.Min(whole, i + BlockLength);
            for (; i < end - lanes; i += 2 * lanes)
            {
                Vector<T> d = Vector.LoadUnsafe(ref v, (nuint)i) - m, d2 = Vector.LoadUnsafe(ref v, (nuint)(i + lanes)) - m;
                Vector<T> slope = TGate.Slope(Vector.LoadUnsafe(ref g, (nuint)i), d * a + o), slope2 = TGate.Slope(Vector.LoadUnsafe(ref g, (nuint)(i + lanes)), d2 * a + o);
                s += slope;
                s2 += slope2;
                q += slope * d;
                q2 += slope2 * d2;
            }
            if (i < end)
            {
                Vector<T> d = Vector.LoadUnsafe(ref v, (nuint)i) - m, slope = TGate.Slope(Vector.LoadUnsafe(ref g, (nuint)i), d * a + o);
                s += slope;
                q += slope * d;
                i += lanes;
            }
            sum += double.CreateTruncating(Vector.Sum(s + s2));
            products += double.CreateTruncating(Vector.Sum(q + q2));
            s = s2 = q = q2 = Vector<T>.Zero;
        }
        while (i < whole);
        return (sum, products);
    }

    /// <summary><c>z = (x − mean) · scale + offset</c>, and <c>y ← </c> what is behind the gate. y may be x.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Normalize<TGate, T>(ReadOnlySpan<T> x, Span<T> y, T mean, T scale, T offset)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count, whole = x.Length & -lanes;
        ref T v = ref MemoryMarshal.GetReference(x);
        ref T r = ref MemoryMarshal.GetReference(y[..x.Length]);
        Vector<T> m = new(mean), s = new(scale), o = new(offset), last = whole < x.Length ? LoadTail(x) : default; // read before it is overwritten
        for (int i = 0; i < whole; i += lanes) TGate.Value((Vector.LoadUnsafe(ref v, (nuint)i) - m) * s + o).StoreUnsafe(ref r, (nuint)i);
        if (whole < x.Length) StoreTail(TGate.Value((last - m) * s + o), y);
    }

    /// <summary><c>dx ← a · dz + b · (x − mean) + c</c>, where dz is dy behind the gate of <c>z = (x − mean) · scale + offset</c>. dx may be dy.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Pull<TGate, T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, Span<T> dx, T mean, T a, T b, T c, T scale = default, T offset = default)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count, whole = x.Length & -lanes;
        ref T g = ref MemoryMarshal.GetReference(dy[..x.Length]);
        ref T v = ref MemoryMarshal.GetReference(x);
        ref T r = ref MemoryMarshal.GetReference(dx[..x.Length]);
        Vector<T> m = new(mean), s = new(scale), o = new(offset), va = new(a), vb = new(b), vc = new(c), last = default;
        if (whole < x.Length) last = Pulled<TGate, T>(LoadTail(dy), LoadTail(x), m, s, o, va, vb, vc); // before they are overwritten
        for (int i = 0; i < whole; i += lanes)
        {
            Pulled<TGate, T>(Vector.LoadUnsafe(ref g, (nuint)i), Vector.LoadUnsafe(ref v, (nuint)i), m, s, o, va, vb, vc).StoreUnsafe(ref r, (nuint)i);
        }
        if (whole < x.Length) StoreTail(last, dx);
    }

    /// <summary>The same of one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Pulled<TGate, T>(Vector<T> dy, Vector<T> x, Vector<T> mean, Vector<T> scale, Vector<T> offset, Vector<T> a, Vector<T> b, Vector<T> c)
        where TGate : IGate
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> d = x - mean;
        return a * TGate.Slope(dy, d * scale + offset) + (b * d + c);
    }

    /// <summary>Which lanes of the last vector of a row the whole vectors before it have not covered.</summary>
    public static Vector<T> TailMask<T>(int length) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count, rest = length % lanes, first = length < lanes ? 0 : lanes - rest;
        Span<T> chosen = stackalloc T[lanes];
        chosen.Clear();
        chosen.Slice(first, rest).Fill(T.One);
        return Vector.Equals(new Vector<T>(chosen), Vector<T>.One);
    }

    /// <summary>The last elements as one vector: with elements before them where there are enough, else filled up with zeros.</summary>
    private static Vector<T> LoadTail<T>(ReadOnlySpan<T> x) where T : unmanaged => VectorMath.Load(x, Math.Max(0, x.Length - Vector<T>.Count));

    private static void StoreTail<T>(Vector<T> value, Span<T> y) where T : unmanaged => VectorMath.Store(value, y, Math.Max(0, y.Length - Vector<T>.Count));
}
