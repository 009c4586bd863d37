using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>
/// The standard normal distribution, to 7 units in the last place in both precisions; where the exponent −u²/2 is large, its rounding costs as many units more.
/// </summary>
/// <remarks>
/// For u ≥ 0, <c>Φ(−u) = exp(−u²/2) · p(t) / (u + 4)</c> with <c>t = (u − 4) / (u + 4)</c> in [−1, 1]: what remains for the polynomial p is smooth from 0 to infinity.
/// Its coefficients are those of the Chebyshev series in t, computed with 90 digits and cut where the rest is below the last place. There is no erf, and so no
/// cancellation in 1 + erf.
/// </remarks>
internal static class NormalDistribution
{
    private const double InverseRootOfTwoPi = 0.39894228040143267794;

    private static ReadOnlySpan<float> SingleCoefficients =>
    [
        -1.573205696e-04f, 1.293256813e-04f, 1.563786899e-03f, -3.476167895e-03f, -7.512231382e-03f, 6.039529587e-02f, -1.865267109e-01f,
        3.871375629e-01f, -6.078964038e-01f, 7.552851271e-01f,
    ];

    private static ReadOnlySpan<double> DoubleCoefficients =>
    [
        3.40331230864949474e-10, -1.19977820312530953e-10, -3.73064508186837036e-09, -5.87362676498719077e-10, 2.14276038434523546e-08,
        1.78449277729814146e-08, -8.68664701599789301e-08, -1.59773961422392199e-07, 2.72462969511458732e-07, 1.02478510165527736e-06,
        -6.29836733849236862e-07, -5.92161104592397776e-06, 7.16658764119512090e-07, 3.51451119028376531e-05, -1.90824635141457086e-06,
        -2.31095017362774259e-04, 1.33344309411832557e-04, 1.63081846740990855e-03, -3.47969236704797355e-03, -7.54018896738631230e-03,
        6.03965748909178757e-02, -1.86521857959636606e-01, 3.87137400742214921e-01, -6.07896641971892304e-01, 7.55285130415751516e-01,
    ];

    /// <summary>Φ(x), the probability of a number below x, and φ(x), the density at x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<T> Below, Vector<T> Density) At<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> u = Vector.Abs(x), bell = VectorMath.Exp(u * u * T.CreateTruncating(-0.5)), r = Vector<T>.One / (u + VectorMath.Constant<T>(4));
        Vector<T> tail = bell * r * Polynomial(Vector<T>.One - r * T.CreateTruncating(8));
        Vector<T> below = Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), Vector<T>.One - tail, tail);
        return (below, bell * T.CreateTruncating(InverseRootOfTwoPi));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Polynomial<T>(Vector<T> t) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> coefficients = typeof(T) == typeof(float) ? MemoryMarshal.Cast<float, T>(SingleCoefficients) : MemoryMarshal.Cast<double, T>(DoubleCoefficients);
        var sum = new Vector<T>(coefficients[0]);
        for (int i = 1; i < coefficients.Length; i++) sum = VectorMath.MultiplyAdd(sum, t, new Vector<T>(coefficients[i]));
        return sum;
    }
}
