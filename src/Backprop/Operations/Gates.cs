using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>How <c>Gelu</c> computes the normal distribution.</summary>
public enum GeluForm
{
    /// <summary><c>x · Φ(x)</c>, to the last places.</summary>
    Exact,

    /// <summary><c>x(1 + tanh(√(2/π)(x + 0.044715x³))) / 2</c>, which differs by up to 5e-4; what GPT-2 was trained with.</summary>
    Tanh,
}

/// <summary><c>y = x · sigmoid(x)</c>; slope <c>s(1 + x(1 − s))</c> with s = sigmoid(x).</summary>
/// <remarks>Source: P. Ramachandran, B. Zoph, Q. Le, "Searching for activation functions" (2017).</remarks>
internal readonly struct SiluRule : IUnaryRule
{
    private const double Far = 1000; // from here on the sigmoid is 0 or 1, and 0 · ∞ would be NaN

    public string Formula => "y = x · sigmoid(x)";
    public string Derivative => "s · (1 + x · (1 − s)) with s = sigmoid(x)";
    public Saves Saves => Saves.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.Max(x, VectorMath.Constant<T>(-Far)) * VectorMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x = Vector.Min(Vector.Max(x, VectorMath.Constant<T>(-Far)), VectorMath.Constant<T>(Far));
        Vector<T> s = VectorMath.Sigmoid(x);
        return s * (Vector<T>.One + x * (Vector<T>.One - s));
    }
}

/// <summary><c>y = x · Φ(x)</c> with the standard normal distribution Φ; slope <c>Φ(x) + x φ(x)</c>.</summary>
/// <remarks>Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units" (2016).</remarks>
internal readonly struct GeluRule : IUnaryRule
{
    internal const double Far = 64; // from here on Φ is 0 or 1, and 0 · ∞ would be NaN

    public string Formula => "y = x · Φ(x)";
    public string Derivative => "Φ(x) + x · φ(x)";
    public Saves Saves => Saves.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.Max(x, VectorMath.Constant<T>(-Far)) * NormalDistribution.At(x).Below;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x = Vector.Min(Vector.Max(x, VectorMath.Constant<T>(-Far)), VectorMath.Constant<T>(Far));
        (Vector<T> below, Vector<T> density) = NormalDistribution.At(x);
        return below + x * density;
    }
}

/// <summary><c>y = x · s</c> with <c>s = sigmoid(2g)</c>, <c>g = √(2/π)(x + 0.044715x³)</c>, which is x(1 + tanh g)/2; slope <c>s + 2x · s(1 − s) · g′</c>.</summary>
/// <remarks>Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units" (2016).</remarks>
internal readonly struct GeluTanhRule : IUnaryRule
{
    private const double TwiceRootOfTwoOverPi = 1.59576912160573071176, Cubic = 0.044715;

    public string Formula => "y = x · s with s = sigmoid(2g), g = √(2/π) · (x + 0.044715 x³)";
    public string Derivative => "s + 2x · s · (1 − s) · g′";
    public Saves Saves => Saves.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x = Vector.Max(x, VectorMath.Constant<T>(-GeluRule.Far));
        return x * Gate(x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x = Vector.Min(Vector.Max(x, VectorMath.Constant<T>(-GeluRule.Far)), VectorMath.Constant<T>(GeluRule.Far));
        Vector<T> s = Gate(x), steepness = VectorMath.MultiplyAdd(x * x, VectorMath.Constant<T>(3 * Cubic), Vector<T>.One) * T.CreateTruncating(TwiceRootOfTwoOverPi);
        return s + x * s * (Vector<T>.One - s) * steepness;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Gate<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        VectorMath.Sigmoid(x * VectorMath.MultiplyAdd(x * x, VectorMath.Constant<T>(Cubic), Vector<T>.One) * T.CreateTruncating(TwiceRootOfTwoOverPi));
}

/// <summary><c>y = x · hardsigmoid(x)</c>; slope 0 below −3, 1 above 3, between them <c>x/3 + 1/2</c>, at the kinks too.</summary>
internal readonly struct HardSwishRule : IUnaryRule
{
    public string Formula => "y = x · hardsigmoid(x)";
    public string Derivative => "0 where x < −3, 1 where x > 3, else x / 3 + ½";
    public Saves Saves => Saves.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.Max(x, VectorMath.Constant<T>(-3)) * new HardSigmoidRule().Value(x); // −∞ · 0 would be NaN

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> three = VectorMath.Constant<T>(3), middle = x / three + VectorMath.Constant<T>(0.5);
        return Vector.ConditionalSelect(Vector.LessThan(x, -three), Vector<T>.Zero, Vector.ConditionalSelect(Vector.GreaterThan(x, three), Vector<T>.One, middle));
    }
}

/// <summary>The activations that multiply x by a gate between 0 and 1 of its own.</summary>
public static class Gates
{
    extension(Tensor x)
    {
        /// <summary><c>x · sigmoid(x)</c>, also known as swish.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Silu() => UnaryRules.Apply(x, new SiluRule());

        /// <summary><c>x · Φ(x)</c> with the standard normal distribution Φ, exactly or as approximated by a tanh.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Gelu(GeluForm form = GeluForm.Exact) => form == GeluForm.Exact ? UnaryRules.Apply(x, new GeluRule()) : UnaryRules.Apply(x, new GeluTanhRule());

        /// <summary><c>x · hardsigmoid(x)</c>.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor HardSwish() => UnaryRules.Apply(x, new HardSwishRule());
    }
}
