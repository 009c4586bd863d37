using System.Numerics;
using System.Numerics.Tensors;

namespace Backprop.Kernels;

/// <summary>Which of two numbers is the more extreme: greater for a maximum. A rule is a struct, so that its loops are compiled for it alone.</summary>
internal interface IExtremumRule : IReduceRule
{
    /// <summary>Whether <paramref name="candidate"/> beats <paramref name="best"/>; of equal ones the first stays, and NaN beats all.</summary>
    static abstract bool Beats<T>(T candidate, T best) where T : unmanaged, INumber<T>;

    /// <summary>Where the element is that none beats.</summary>
    static abstract int IndexOf<T>(ReadOnlySpan<T> x) where T : unmanaged, INumber<T>;
}

/// <summary>The larger one; NaN if there is one.</summary>
internal readonly struct MaxRule : IExtremumRule
{
    public static T Start<T>() where T : unmanaged, IFloatingPointIeee754<T> => T.NegativeInfinity;
    public static T Combine<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.Max(a, b);
    public static Vector<T> Combine<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector.Max(a, b);
    public static bool Beats<T>(T candidate, T best) where T : unmanaged, INumber<T> => !(candidate <= best) && !T.IsNaN(best);
    public static int IndexOf<T>(ReadOnlySpan<T> x) where T : unmanaged, INumber<T> => ExtremumKernel.FirstOfEqual(x, TensorPrimitives.IndexOfMax(x));
}

/// <summary>The smaller one; NaN if there is one.</summary>
internal readonly struct MinRule : IExtremumRule
{
    public static T Start<T>() where T : unmanaged, IFloatingPointIeee754<T> => T.PositiveInfinity;
    public static T Combine<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.Min(a, b);
    public static Vector<T> Combine<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector.Min(a, b);
    public static bool Beats<T>(T candidate, T best) where T : unmanaged, INumber<T> => !(candidate >= best) && !T.IsNaN(best);
    public static int IndexOf<T>(ReadOnlySpan<T> x) where T : unmanaged, INumber<T> => ExtremumKernel.FirstOfEqual(x, TensorPrimitives.IndexOfMin(x));
}

/// <summary>Where along an axis the most extreme element is, and the gradient's way back to it. Arrays are [outer, length, inner].</summary>
internal static class ExtremumKernel
{
    /// <summary>For each (o, i), the first place along the axis where the extremum is, and its value.</summary>
    public static void Find<TRule, T>(ReadOnlySpan<T> x, int outer, int length, int inner, Span<int> places, Span<T> values)
        where TRule : struct, IExtremumRule
        where T : unmanaged, INumber<T>
    {
        if (inner == 1)
        {
            for (int o = 0; o < outer; o++)
            {
                ReadOnlySpan<T> row = x.Slice(o * length, length);
                places[o] = TRule.IndexOf(row);
                values[o] = row[places[o]];
            }
            return;
        }
        for (int o = 0; o < outer; o++)
        {
            ReadOnlySpan<T> slab = x.Slice(o * length * inner, length * inner);
            Span<int> place = places.Slice(o * inner, inner);
            Span<T> value = values.Slice(o * inner, inner);
            place.Clear();
            slab[..inner].CopyTo(value);
            for (int p = 1; p < length; p++)
            {
                ReadOnlySpan<T> row = slab.Slice(p * inner, inner);
                for (int i = 0; i < row.Length; i++)
                {
                    if (TRule.Beats(row[i], value[i])) (place[i], value[i]) = (p, row[i]);
                }
            }
        }
    }

    /// <summary>TensorPrimitives holds 0 for greater than −0; here the two are equal, and so the first wins.</summary>
    internal static int FirstOfEqual<T>(ReadOnlySpan<T> x, int place) where T : unmanaged, INumber<T> => T.IsZero(x[place]) ? x.IndexOf(T.Zero) : place;

    /// <summary>dx is 0 but for the places, each of which gets its dy.</summary>
    public static void Scatter<T>(ReadOnlySpan<T> dy, ReadOnlySpan<int> places, Span<T> dx, int length, int inner) where T : unmanaged
    {
        dx.Clear();
        for (int at = 0; at < dy.Length; at++)
        {
            (int o, int i) = Math.DivRem(at, inner);
            dx[(o * length + places[at]) * inner + i] = dy[at];
        }
    }
}
