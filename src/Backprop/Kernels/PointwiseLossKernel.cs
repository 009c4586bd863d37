using System.Numerics;

namespace Backprop.Kernels;

/// <summary>A loss of each element by itself: its value and its slopes, for a vector of inputs x and targets t.</summary>
/// <remarks>There is no scalar twin: the last elements of a span are put into a vector of their own.</remarks>
internal interface IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The loss's name.</summary>
    static abstract string Name { get; }

    /// <summary>The loss of an element for people to read: <c>(x − t)²</c>.</summary>
    static abstract string Formula { get; }

    /// <summary>Its slopes by x and by t, likewise.</summary>
    static abstract (string Input, string Target) Derivatives { get; }

    /// <summary>loss(x, t).</summary>
    Vector<T> Value(Vector<T> x, Vector<T> t);

    /// <summary>∂loss/∂x.</summary>
    Vector<T> InputSlope(Vector<T> x, Vector<T> t);

    /// <summary>∂loss/∂t.</summary>
    Vector<T> TargetSlope(Vector<T> x, Vector<T> t);
}

/// <summary>The loops over a pointwise loss.</summary>
internal static class PointwiseLossKernel
{
    /// <summary><c>y ← loss(x, t)</c>.</summary>
    public static void Values<T, TLoss>(TLoss loss, ReadOnlySpan<T> x, ReadOnlySpan<T> t, Span<T> y)
        where T : unmanaged, IFloatingPointIeee754<T> where TLoss : struct, IPointwiseLoss<T>
    {
        for (int i = 0; i < x.Length; i += Vector<T>.Count) VectorMath.Store(loss.Value(VectorMath.Load(x, i), VectorMath.Load(t, i)), y, i);
    }

    /// <summary>Σ loss(x, t).</summary>
    public static double Sum<T, TLoss>(TLoss loss, ReadOnlySpan<T> x, ReadOnlySpan<T> t)
        where T : unmanaged, IFloatingPointIeee754<T> where TLoss : struct, IPointwiseLoss<T>
    {
        double sum = 0;
        int i = 0;
        while (x.Length - i >= Vector<T>.Count) // as BlockSum: vectors within a block, double between blocks
        {
            Vector<T> block = Vector<T>.Zero;
            int end = Math.Min(x.Length - Vector<T>.Count + 1, i + BlockSum.Length);
            for (; i < end; i += Vector<T>.Count) block += loss.Value(new Vector<T>(x[i..]), new Vector<T>(t[i..]));
            sum += double.CreateTruncating(Vector.Sum(block));
        }
        if (i < x.Length)
        {
            Vector<T> last = loss.Value(VectorMath.Load(x, i), VectorMath.Load(t, i));
            for (int lane = 0; i + lane < x.Length; lane++) sum += double.CreateTruncating(last[lane]);
        }
        return sum;
    }

    /// <summary><c>dx ← slope(x, t) · scale · upstream</c>, towards the target if so wanted; upstream has one element or as many as x.</summary>
    public static void Slopes<T, TLoss>(TLoss loss, bool ofTarget, ReadOnlySpan<T> x, ReadOnlySpan<T> t, ReadOnlySpan<T> upstream, T scale, Span<T> dx)
        where T : unmanaged, IFloatingPointIeee754<T> where TLoss : struct, IPointwiseLoss<T>
    {
        bool single = upstream.Length == 1;
        Vector<T> factor = new(single ? upstream[0] * scale : scale);
        for (int i = 0; i < x.Length; i += Vector<T>.Count)
        {
            Vector<T> xs = VectorMath.Load(x, i), ts = VectorMath.Load(t, i);
            Vector<T> slope = (ofTarget ? loss.TargetSlope(xs, ts) : loss.InputSlope(xs, ts)) * factor;
            VectorMath.Store(single ? slope : slope * VectorMath.Load(upstream, i), dx, i);
        }
    }
}
