using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y = max(x, 0)</c>; slope 1 where y &gt; 0, else 0, at the kink too. NaN stays NaN.</summary>
internal readonly struct ReluRule : IUnaryRule
{
    public string Formula => "y = max(x, 0)";
    public string Derivative => "1 where x > 0, else 0";
    public Saves Saves => Saves.Output;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), Vector<T>.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.LessThanOrEqual(y, Vector<T>.Zero), Vector<T>.Zero, Vector<T>.One);
}

/// <summary><c>y = x</c> where x &gt; 0, else <c>negativeSlope · x</c>; slope 1 or negativeSlope, which it also is at 0.</summary>
internal readonly struct LeakyReluRule(double negativeSlope) : IUnaryRule
{
    public string Formula => $"y = x where x > 0, else {OperationFormula.Text(negativeSlope)} · x";
    public string Derivative => $"1 where x > 0, else {OperationFormula.Text(negativeSlope)}";
    public Saves Saves => negativeSlope >= 0 ? Saves.Output : Saves.Input; // y has the sign of x only then

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => x * Slope(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> saved) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.GreaterThan(saved, Vector<T>.Zero), Vector<T>.One, VectorMath.Constant<T>(negativeSlope));
}

/// <summary><c>y = x</c> where x &gt; 0, else <c>α(eˣ − 1)</c>; slope 1 or <c>y + α</c>, which is α at 0.</summary>
/// <remarks>Source: D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning by exponential linear units" (2015).</remarks>
internal readonly struct EluRule(double alpha) : IUnaryRule
{
    public string Formula => $"y = x where x > 0, else {OperationFormula.Text(alpha)} · (eˣ − 1)";
    public string Derivative => $"1 where x > 0, else y + {OperationFormula.Text(alpha)}";
    public Saves Saves => Saves.Output;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), x, T.CreateTruncating(alpha) * VectorMath.ExpM1(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.GreaterThan(y, Vector<T>.Zero), Vector<T>.One, y + VectorMath.Constant<T>(alpha));
}

/// <summary><c>y = scale · elu(x)</c> with the scale and α that keep mean 0 and variance 1 through many layers.</summary>
/// <remarks>Source: G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, "Self-normalizing neural networks" (2017).</remarks>
internal readonly struct SeluRule : IUnaryRule
{
    private const double Scale = 1.0507009873554804934, Alpha = 1.6732632423543772848;

    public string Formula => $"y = {OperationFormula.Text(Scale)} · x where x > 0, else {OperationFormula.Text(Scale * Alpha)} · (eˣ − 1)";
    public string Derivative => $"{OperationFormula.Text(Scale)} where x > 0, else y + {OperationFormula.Text(Scale * Alpha)}";
    public Saves Saves => Saves.Output;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(Scale) * new EluRule(Alpha).Value(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.GreaterThan(y, Vector<T>.Zero), VectorMath.Constant<T>(Scale), y + VectorMath.Constant<T>(Scale * Alpha));
}

/// <summary>The activations that cut, bend or bow the negative half.</summary>
public static class Rectifiers
{
    extension(Tensor x)
    {
        /// <summary><c>max(x, 0)</c>, element by element; slope 0 at 0.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Relu() => UnaryRules.Apply(x, new ReluRule());

        /// <summary>x where it is positive, else <c><paramref name="negativeSlope"/> · x</c>; that is also the slope at 0.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor LeakyRelu(double negativeSlope = 0.01) => UnaryRules.Apply(x, new LeakyReluRule(negativeSlope));

        /// <summary>x where it is positive, else <c>α(eˣ − 1)</c>; slope α at 0.</summary>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is negative.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Elu(double alpha = 1)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(alpha); // the slope is read off the sign of y
            return UnaryRules.Apply(x, new EluRule(alpha));
        }

        /// <summary><c>1.0507 · elu(x)</c> with α = 1.6733: keeps mean 0 and variance 1 through many layers.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Selu() => UnaryRules.Apply(x, new SeluRule());
    }
}
