using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y = xⁿ</c> for a number n; slope <c>n·xⁿ⁻¹</c>, and 0 where n = 0.</summary>
internal readonly struct PowNumberRule(double exponent) : IUnaryRule
{
    public string Formula => $"y = {OperationFormula.Power("x", exponent)}";
    public string Derivative => exponent == 0 ? "0" : exponent == 1 ? "1" : $"{OperationFormula.Text(exponent)} · {OperationFormula.Power("x", exponent - 1)}";
    public Saves Saves => exponent is 0 or 1 ? Saves.Nothing : Saves.Input;

    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Power(x, exponent);

    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => exponent switch
    {
        0 => Vector<T>.Zero,
        1 => Vector<T>.One,
        _ => Power(x, exponent - 1) * T.CreateTruncating(exponent),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Power<T>(Vector<T> x, double exponent) where T : unmanaged, IFloatingPointIeee754<T> => exponent switch
    {
        0 => Vector<T>.One,
        1 => x,
        2 => x * x,
        3 => x * x * x,
        0.5 => Vector.SquareRoot(x),
        -0.5 => Vector<T>.One / Vector.SquareRoot(x),
        -1 => Vector<T>.One / x,
        -2 => Vector<T>.One / (x * x),
        _ => VectorMath.Pow(x, VectorMath.Constant<T>(exponent)),
    };
}

/// <summary><c>c = aᵇ</c>; slopes <c>b·aᵇ⁻¹</c>, which is 0 where b = 0, and <c>aᵇ·ln a</c>, which is 0 where a = 0 and b ≥ 0.</summary>
internal readonly struct PowRule : IBinaryRule
{
    public static string Formula => "c = aᵇ";
    public static (string A, string B) Derivatives => ("b · aᵇ⁻¹", "aᵇ · ln a");
    public static Reads SlopeAReads => Reads.A | Reads.B;
    public static Reads SlopeBReads => Reads.A | Reads.B;

    public static Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Pow(a, b);

    public static Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.Equals(b, Vector<T>.Zero), Vector<T>.Zero, b * VectorMath.Pow(a, b - Vector<T>.One));

    public static Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.Equals(a, Vector<T>.Zero) & Vector.GreaterThanOrEqual(b, Vector<T>.Zero), Vector<T>.Zero, VectorMath.Pow(a, b) * VectorMath.Log(a));
}

/// <summary>Powers.</summary>
public static class PowExtensions
{
    extension(Tensor a)
    {
        /// <summary>Every element to the given power; 1, with slope 0, where the exponent is 0. NaN of negative elements unless the exponent is whole.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Pow(double exponent) => UnaryRules.Apply(a, new PowNumberRule(exponent));

        /// <summary>Every element to the power of the other tensor's, with broadcasting.</summary>
        /// <exception cref="ShapeException">The shapes can't be broadcast.</exception>
        /// <exception cref="InvalidCastException">The dtypes differ.</exception>
        public Tensor Pow(Tensor exponent) => BinaryRules.Apply<PowRule>(a, exponent);
    }
}
