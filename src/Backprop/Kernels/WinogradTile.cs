using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// Winograd's minimal filtering F(4×4, 3×3): sixteen results of a 3×3 kernel out of 6×6 pixels with 36 multiplications instead of 144
/// (Winograd 1980; Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks").
/// </summary>
/// <remarks>
/// A kernel of three weights moved over a line is a product of polynomials, and a product of degree five is known by its values at six points, where it costs
/// one multiplication each. So weights and pixels are evaluated at six points (<see cref="WeightsToPoints"/>, <see cref="PixelsToPoints"/>), multiplied and summed over
/// the channels there, and the sum goes back to four results (<see cref="PointsToResults"/>). In the plane this is done along the columns and then along the rows.
/// All of it is linear, so the gradient of the weights runs the transposed maps the other way: <see cref="SlopesToPoints"/>, <see cref="PointsToWeightSlopes"/>.
/// <para>
/// The points are 0, ±√½, ±√2 and ∞: with the usual ±1 and ±2 the rounding error would be four times as large. As it is, it is two to three times that of the plain sum
/// in float32 (docs/performance.md).
/// </para>
/// Vectors run over channels, so a map needs no shuffles and images may have any size.
/// </remarks>
internal static unsafe class WinogradTile<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    /// <summary>Results of a tile along an axis, pixels under them, and points.</summary>
    public const int Results = 4, Window = 6, Points = 36;

    private const double Near = 0.70710678118654752440, Far = 2 * Near; // √½ and √2

    /// <summary>One vector of channels: a square through a map, along its columns and then along its rows. <paramref name="half"/> is room for 36 vectors.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Transform<TMap>(T* source, nint rowStep, nint columnStep, T* target, nint targetRowStep, nint targetColumnStep, T* half) where TMap : struct, IMap
    {
        for (int j = 0; j < TMap.From; j++) TMap.Apply(source + j * columnStep, rowStep, half + j * TSimd.Lanes, TMap.From * TSimd.Lanes);
        for (int i = 0; i < TMap.To; i++) TMap.Apply(half + i * TMap.From * TSimd.Lanes, TSimd.Lanes, target + i * targetRowStep, targetColumnStep);
    }

    /// <summary>A linear map from a few vectors to a few others, which lie some step apart.</summary>
    internal interface IMap
    {
        static abstract int From { get; }
        static abstract int To { get; }
        static abstract void Apply(T* source, nint step, T* target, nint targetStep);
    }

    /// <summary>Six neighbouring pixels at the six points.</summary>
    internal readonly struct PixelsToPoints : IMap
    {
        public static int From => 6;
        public static int To => 6;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply(T* source, nint step, T* target, nint targetStep)
        {
            TVector d0 = TSimd.Load(source), d1 = TSimd.Load(source + step), d2 = TSimd.Load(source + 2 * step);
            TVector d3 = TSimd.Load(source + 3 * step), d4 = TSimd.Load(source + 4 * step), d5 = TSimd.Load(source + 5 * step);
            TVector even = Plus(d4, -2, d2), odd = Plus(d3, -2, d1), evenFar = Plus(d4, -0.5, d2), oddFar = Plus(d3, -0.5, d1);
            TSimd.Store(Plus(TSimd.Add(d0, d4), -2.5, d2), target);
            TSimd.Store(Plus(even, Near, odd), target + targetStep);
            TSimd.Store(Plus(even, -Near, odd), target + 2 * targetStep);
            TSimd.Store(Plus(evenFar, Far, oddFar), target + 3 * targetStep);
            TSimd.Store(Plus(evenFar, -Far, oddFar), target + 4 * targetStep);
            TSimd.Store(Plus(TSimd.Add(d1, d5), -2.5, d3), target + 5 * targetStep);
        }
    }

    /// <summary>Three weights at the six points, in both directions: 3×3 vectors to 6×6, all in registers.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void WeightsToPoints(T* source, nint step, T* target, nint targetStep)
    {
        Evaluate(TSimd.Load(source), TSimd.Load(source + 3 * step), TSimd.Load(source + 6 * step), out TVector a0, out TVector a1, out TVector a2, out TVector a3, out TVector a4, out TVector a5);
        Evaluate(TSimd.Load(source + step), TSimd.Load(source + 4 * step), TSimd.Load(source + 7 * step), out TVector b0, out TVector b1, out TVector b2, out TVector b3, out TVector b4, out TVector b5);
        Evaluate(TSimd.Load(source + 2 * step), TSimd.Load(source + 5 * step), TSimd.Load(source + 8 * step), out TVector c0, out TVector c1, out TVector c2, out TVector c3, out TVector c4, out TVector c5);
        Row(a0, b0, c0, target, targetStep);
        Row(a1, b1, c1, target + 6 * targetStep, targetStep);
        Row(a2, b2, c2, target + 12 * targetStep, targetStep);
        Row(a3, b3, c3, target + 18 * targetStep, targetStep);
        Row(a4, b4, c4, target + 24 * targetStep, targetStep);
        Row(a5, b5, c5, target + 30 * targetStep, targetStep);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Row(TVector a, TVector b, TVector c, T* target, nint step)
        {
            Evaluate(a, b, c, out TVector p0, out TVector p1, out TVector p2, out TVector p3, out TVector p4, out TVector p5);
            TSimd.Store(p0, target);
            TSimd.Store(p1, target + step);
            TSimd.Store(p2, target + 2 * step);
            TSimd.Store(p3, target + 3 * step);
            TSimd.Store(p4, target + 4 * step);
            TSimd.Store(p5, target + 5 * step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Evaluate(TVector g0, TVector g1, TVector g2, out TVector p0, out TVector p1, out TVector p2, out TVector p3, out TVector p4, out TVector p5)
    {
        TVector even = Plus(Times(-2.0 / 3, g0), -1.0 / 3, g2), evenFar = Plus(Times(1.0 / 6, g0), 1.0 / 3, g2);
        (p0, p5) = (g0, g2);
        p1 = Plus(even, -2.0 / 3 * Near, g1);
        p2 = Plus(even, 2.0 / 3 * Near, g1);
        p3 = Plus(evenFar, 1.0 / 6 * Far, g1);
        p4 = Plus(evenFar, -1.0 / 6 * Far, g1);
    }

    /// <summary>Four results from the sums of products at the six points.</summary>
    internal readonly struct PointsToResults : IMap
    {
        public static int From => 6;
        public static int To => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply(T* source, nint step, T* target, nint targetStep)
        {
            TVector m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + 2 * step), m3 = TSimd.Load(source + 3 * step), m4 = TSimd.Load(source + 4 * step);
            TVector near = TSimd.Add(m1, m2), nearOdd = Plus(m1, -1, m2), far = TSimd.Add(m3, m4), farOdd = Plus(m3, -1, m4);
            TSimd.Store(TSimd.Add(TSimd.Load(source), TSimd.Add(near, far)), target);
            TSimd.Store(Times(Near, Plus(nearOdd, 2, farOdd)), target + targetStep);
            TSimd.Store(Plus(Times(0.5, near), 2, far), target + 2 * targetStep);
            TSimd.Store(Plus(TSimd.Load(source + 5 * step), Near / 2, Plus(nearOdd, 8, farOdd)), target + 3 * targetStep);
        }
    }

    /// <summary>Four slopes of results at the six points: the transpose of <see cref="PointsToResults"/>.</summary>
    internal readonly struct SlopesToPoints : IMap
    {
        public static int From => 4;
        public static int To => 6;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply(T* source, nint step, T* target, nint targetStep)
        {
            TVector y0 = TSimd.Load(source), y1 = TSimd.Load(source + step), y2 = TSimd.Load(source + 2 * step), y3 = TSimd.Load(source + 3 * step);
            TVector even = Plus(y0, 0.5, y2), odd = Plus(y1, 0.5, y3), evenFar = Plus(y0, 2, y2), oddFar = Plus(y1, 2, y3);
            TSimd.Store(y0, target);
            TSimd.Store(Plus(even, Near, odd), target + targetStep);
            TSimd.Store(Plus(even, -Near, odd), target + 2 * targetStep);
            TSimd.Store(Plus(evenFar, Far, oddFar), target + 3 * targetStep);
            TSimd.Store(Plus(evenFar, -Far, oddFar), target + 4 * targetStep);
            TSimd.Store(y3, target + 5 * targetStep);
        }
    }

    /// <summary>Slopes of three weights from the sums of products at the six points: the transpose of <see cref="WeightsToPoints"/>.</summary>
    internal readonly struct PointsToWeightSlopes : IMap
    {
        public static int From => 6;
        public static int To => 3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply(T* source, nint step, T* target, nint targetStep)
        {
            TVector m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + 2 * step), m3 = TSimd.Load(source + 3 * step), m4 = TSimd.Load(source + 4 * step);
            TVector near = TSimd.Add(m1, m2), nearOdd = Plus(m1, -1, m2), far = TSimd.Add(m3, m4), farOdd = Plus(m3, -1, m4);
            TSimd.Store(Plus(Plus(TSimd.Load(source), -2.0 / 3, near), 1.0 / 6, far), target);
            TSimd.Store(Plus(Times(-2.0 / 3 * Near, nearOdd), 1.0 / 6 * Far, farOdd), target + targetStep);
            TSimd.Store(Plus(Plus(TSimd.Load(source + 5 * step), -1.0 / 3, near), 1.0 / 3, far), target + 2 * targetStep);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Plus(TVector a, double factor, TVector b) => TSimd.MultiplyAdd(Constant(factor), b, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Times(double factor, TVector a) => TSimd.MultiplyAdd(Constant(factor), a, default);

    /// <summary>By a cast that the compiler sees through: the conversions of generic numbers use up what it is willing to inline.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Constant(double value) => TSimd.Broadcast(typeof(T) == typeof(float) ? (T)(object)(float)value : (T)(object)value);
}
