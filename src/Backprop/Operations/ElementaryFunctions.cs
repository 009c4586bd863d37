using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y = eˣ</c>; slope y.</summary>
internal readonly struct ExpRule : IUnaryRule
{
    public string Formula => "y = eˣ";
    public string Derivative => "y";
    public Saves Saves => Saves.Output;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Exp(x);
    public Vector<T> Slope<T>(Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> => y;
}

/// <summary><c>y = ln x</c>; slope <c>1/x</c>.</summary>
internal readonly struct LogRule : IUnaryRule
{
    public string Formula => "y = ln x";
    public string Derivative => "1 / x";
    public Saves Saves => Saves.Input;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Log(x);
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One / x;
}

/// <summary><c>y = √x</c>; slope <c>1/(2y)</c>.</summary>
internal readonly struct SqrtRule : IUnaryRule
{
    public string Formula => "y = √x";
    public string Derivative => "1 / (2y)";
    public Saves Saves => Saves.Output;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Vector.SquareRoot(x);
    public Vector<T> Slope<T>(Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One / (y + y);
}

/// <summary><c>y = |x|</c>; slope 1 or −1 like the sign of x, and 0 at 0.</summary>
internal readonly struct AbsRule : IUnaryRule
{
    public string Formula => "y = |x|";
    public string Derivative => "1 where x > 0, −1 where x < 0, else 0";
    public Saves Saves => Saves.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Vector.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), Vector<T>.One,
            Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), -Vector<T>.One, Vector<T>.Zero));
}

/// <summary><c>y = min(max(x, low), high)</c>; slope 1 from low to high, both included, else 0. NaN stays NaN.</summary>
internal readonly struct ClampRule(double low, double high) : IUnaryRule
{
    public string Formula => $"y = x limited to [{OperationFormula.Text(low)}, {OperationFormula.Text(high)}]";
    public string Derivative => "1 within the limits, else 0";
    public Saves Saves => Saves.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.Min(Vector.Max(x, VectorMath.Constant<T>(low)), VectorMath.Constant<T>(high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, VectorMath.Constant<T>(low)) & Vector.LessThanOrEqual(x, VectorMath.Constant<T>(high)), Vector<T>.One, Vector<T>.Zero);
}

/// <summary>The elementary functions, element by element.</summary>
public static class ElementaryFunctions
{
    extension(Tensor x)
    {
        /// <summary>eˣ.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Exp() => UnaryRules.Apply(x, new ExpRule());

        /// <summary>The natural logarithm; −∞ of 0, NaN of negative numbers.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Log() => UnaryRules.Apply(x, new LogRule());

        /// <summary>The square root; NaN of negative numbers. Its slope at 0 is infinite.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Sqrt() => UnaryRules.Apply(x, new SqrtRule());

        /// <summary>The absolute value; slope 0 at 0.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Abs() => UnaryRules.Apply(x, new AbsRule());

        /// <summary>The elements limited to [<paramref name="min"/>, <paramref name="max"/>], where null is no limit; slope 1 at the limits, 0 beyond.</summary>
        /// <exception cref="ArgumentException"><paramref name="min"/> is greater than <paramref name="max"/>.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Clamp(double? min = null, double? max = null)
        {
            if (min > max) throw new ArgumentException($"Clamp: min {min} is greater than max {max}.", nameof(min));
            return UnaryRules.Apply(x, new ClampRule(min ?? double.NegativeInfinity, max ?? double.PositiveInfinity));
        }
    }
}
