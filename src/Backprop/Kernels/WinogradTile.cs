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

    /// <summary>What <see cref="Transform"/> needs beside it: 36 vectors half way, and a map's five factors.</summary>
    public static int Room => (Points + 5) * TSimd.Lanes;

    /// <summary>
    /// Squares through a map, along their columns and then along their rows, a vector of so many <paramref name="lanes"/> after the other. <paramref name="room"/> is for
    /// <see cref="Room"/> numbers, after <see cref="SetFactors"/>.
    /// </summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Transform<TMap>(T* source, nint rowStep, nint columnStep, T* target, nint targetRowStep, nint targetColumnStep, int lanes, T* room) where TMap : struct, IMap
    {
        T* factors = room + Points * TSimd.Lanes;
        TVector a = TSimd.Load(factors), b = TSimd.Load(factors + TSimd.Lanes), c = TSimd.Load(factors + 2 * TSimd.Lanes), d = TSimd.Load(factors + 3 * TSimd.Lanes), e = TSimd.Load(factors + 4 * TSimd.Lanes);
        for (; lanes > 0; lanes -= TSimd.Lanes, source += TSimd.Lanes, target += TSimd.Lanes)
        {
            for (int j = 0; j < TMap.From; j++) TMap.Apply(source + j * columnStep, rowStep, room + j * TSimd.Lanes, TMap.From * TSimd.Lanes, a, b, c, d, e);
            for (int i = 0; i < TMap.To; i++) TMap.Apply(room + i * TMap.From * TSimd.Lanes, TSimd.Lanes, target + i * targetRowStep, targetColumnStep, a, b, c, d, e);
        }
    }

    /// <summary>Lays a map's factors where <see cref="Transform"/> looks for them: what the compiler takes for a constant it loads anew for each use, and loads are what a map waits for.</summary>
    public static void SetFactors<TMap>(T* room) where TMap : struct, IMap
    {
        ReadOnlySpan<double> factors = TMap.Factors;
        for (int i = 0; i < factors.Length; i++) TSimd.Store(Constant(factors[i]), room + (Points + i) * TSimd.Lanes);
    }

    /// <summary>A linear map from a few vectors to a few others, which lie some step apart.</summary>
    internal interface IMap
    {
        static abstract int From { get; }
        static abstract int To { get; }

        /// <summary>Up to five numbers that it multiplies with.</summary>
        static abstract ReadOnlySpan<double> Factors { get; }

        static abstract void Apply(T* source, nint step, T* target, nint targetStep, TVector a, TVector b, TVector c, TVector d, TVector e);
    }

    /// <summary>Six neighbouring pixels at the six points.</summary>
    internal readonly struct PixelsToPoints : IMap
    {
        public static int From => 6;
        public static int To => 6;
        public static ReadOnlySpan<double> Factors => [-2, -0.5, -2.5, Near, Far];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply(T* source, nint step, T* target, nint targetStep, TVector minusTwo, TVector minusHalf, TVector minusMore, TVector near, TVector far)
        {
            TVector d0 = TSimd.Load(source), d1 = TSimd.Load(source + step), d2 = TSimd.Load(source + 2 * step);
            TVector d3 = TSimd.Load(source + 3 * step), d4 = TSimd.Load(source + 4 * step), d5 = TSimd.Load(source + 5 * step);
            TSimd.Store(TSimd.MultiplyAdd(d2, minusMore, TSimd.Add(d0, d4)), target);
            TSimd.Store(TSimd.MultiplyAdd(d3, minusMore, TSimd.Add(d1, d5)), target + 5 * targetStep);
            TVector even = TSimd.MultiplyAdd(d2, minusTwo, d4), odd = TSimd.Multiply(near, TSimd.MultiplyAdd(d1, minusTwo, d3));
            StorePair(even, odd, target + targetStep, targetStep);
            even = TSimd.MultiplyAdd(d2, minusHalf, d4);
            odd = TSimd.Multiply(far, TSimd.MultiplyAdd(d1, minusHalf, d3));
            StorePair(even, odd, target + 3 * targetStep, targetStep);
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
        public static ReadOnlySpan<double> Factors => [Near, 2, 0.5, Near / 2, 8];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply(T* source, nint step, T* target, nint targetStep, TVector root, TVector two, TVector half, TVector halfRoot, TVector eight)
        {
            TVector m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + 2 * step), m3 = TSimd.Load(source + 3 * step), m4 = TSimd.Load(source + 4 * step);
            TVector near = TSimd.Add(m1, m2), nearOdd = TSimd.Subtract(m1, m2), far = TSimd.Add(m3, m4), farOdd = TSimd.Subtract(m3, m4);
            TSimd.Store(TSimd.Add(TSimd.Load(source), TSimd.Add(near, far)), target);
            TSimd.Store(TSimd.Multiply(root, TSimd.MultiplyAdd(farOdd, two, nearOdd)), target + targetStep);
            TSimd.Store(TSimd.MultiplyAdd(far, two, TSimd.Multiply(near, half)), target + 2 * targetStep);
            TSimd.Store(TSimd.MultiplyAdd(halfRoot, TSimd.MultiplyAdd(farOdd, eight, nearOdd), TSimd.Load(source + 5 * step)), target + 3 * targetStep);
        }
    }

    /// <summary>Four slopes of results at the six points: the transpose of <see cref="PointsToResults"/>.</summary>
    internal readonly struct SlopesToPoints : IMap
    {
        public static int From => 4;
        public static int To => 6;
        public static ReadOnlySpan<double> Factors => [0.5, 2, Near, Far];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply(T* source, nint step, T* target, nint targetStep, TVector half, TVector two, TVector near, TVector far, TVector _)
        {
            TVector y0 = TSimd.Load(source), y1 = TSimd.Load(source + step), y2 = TSimd.Load(source + 2 * step), y3 = TSimd.Load(source + 3 * step);
            TSimd.Store(y0, target);
            TSimd.Store(y3, target + 5 * targetStep);
            TVector even = TSimd.MultiplyAdd(y2, half, y0), odd = TSimd.Multiply(near, TSimd.MultiplyAdd(y3, half, y1));
            StorePair(even, odd, target + targetStep, targetStep);
            even = TSimd.MultiplyAdd(y2, two, y0);
            odd = TSimd.Multiply(far, TSimd.MultiplyAdd(y3, two, y1));
            StorePair(even, odd, target + 3 * targetStep, targetStep);
        }
    }

    /// <summary>Slopes of three weights from the sums of products at the six points: the transpose of <see cref="WeightsToPoints"/>.</summary>
    internal readonly struct PointsToWeightSlopes : IMap
    {
        public static int From => 6;
        public static int To => 3;
        public static ReadOnlySpan<double> Factors => [-2.0 / 3, 1.0 / 6, -2.0 / 3 * Near, 1.0 / 6 * Far, 1.0 / 3];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply(T* source, nint step, T* target, nint targetStep, TVector minusTwoThirds, TVector sixth, TVector nearRoot, TVector farRoot, TVector third)
        {
            TVector m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + 2 * step), m3 = TSimd.Load(source + 3 * step), m4 = TSimd.Load(source + 4 * step);
            TVector near = TSimd.Add(m1, m2), nearOdd = TSimd.Subtract(m1, m2), far = TSimd.Add(m3, m4), farOdd = TSimd.Subtract(m3, m4);
            TSimd.Store(TSimd.MultiplyAdd(far, sixth, TSimd.MultiplyAdd(near, minusTwoThirds, TSimd.Load(source))), target);
            TSimd.Store(TSimd.MultiplyAdd(farOdd, farRoot, TSimd.Multiply(nearOdd, nearRoot)), target + targetStep);
            TSimd.Store(TSimd.MultiplyAdd(TSimd.Subtract(far, near), third, TSimd.Load(source + 5 * step)), target + 2 * targetStep);
        }
    }

    /// <summary>The values at a point and at its negative, which differ in the sign of the odd powers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(TVector even, TVector odd, T* target, nint targetStep)
    {
        TSimd.Store(TSimd.Add(even, odd), target);
        TSimd.Store(TSimd.Subtract(even, odd), target + targetStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Plus(TVector a, double factor, TVector b) => TSimd.MultiplyAdd(Constant(factor), b, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Times(double factor, TVector a) => TSimd.Multiply(Constant(factor), a);

    /// <summary>By a cast that the compiler sees through: the conversions of generic numbers use up what it is willing to inline.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Constant(double value) => TSimd.Broadcast(typeof(T) == typeof(float) ? (T)(object)(float)value : (T)(object)value);
}
