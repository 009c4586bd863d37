using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y = 1 / (1 + e⁻ˣ)</c>; slope <c>y(1 − y)</c>, written in y so that x need not be kept.</summary>
internal readonly struct SigmoidRule : IUnaryRule
{
    public string Formula => "y = 1 / (1 + e⁻ˣ)";
    public string Derivative => "y · (1 − y)";
    public Saves Saves => Saves.Output;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> => y * (Vector<T>.One - y);
}

/// <summary><c>y = tanh x</c>; slope <c>1 − y²</c>, written in y so that x need not be kept.</summary>
internal readonly struct TanhRule : IUnaryRule
{
    public string Formula => "y = tanh x";
    public string Derivative => "1 − y²";
    public Saves Saves => Saves.Output;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One - y * y;
}

/// <summary><c>y = log(1 + e^(βx)) / β</c>; slope <c>sigmoid(βx)</c>. Where βx &gt; 20, y = x and the slope is 1.</summary>
internal readonly struct SoftplusRule(double beta) : IUnaryRule
{
    private const double LinearAbove = 20; // as in PyTorch; what is left out is below 2.1e-9

    public string Formula => $"y = ln(1 + e^({OperationFormula.Text(beta)} · x)) / {OperationFormula.Text(beta)}";
    public string Derivative => $"sigmoid({OperationFormula.Text(beta)} · x)";
    public Saves Saves => Saves.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> z = x * T.CreateTruncating(beta), bent = (Vector.Max(z, Vector<T>.Zero) + VectorMath.Log1P(VectorMath.Exp(-Vector.Abs(z)))) / VectorMath.Constant<T>(beta);
        return Vector.ConditionalSelect(Vector.GreaterThan(z, VectorMath.Constant<T>(LinearAbove)), x, bent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> z = x * T.CreateTruncating(beta);
        return Vector.ConditionalSelect(Vector.GreaterThan(z, VectorMath.Constant<T>(LinearAbove)), Vector<T>.One, VectorMath.Sigmoid(z));
    }
}

/// <summary><c>y = x/6 + 1/2</c>, limited to [0, 1]; slope 1/6 between −3 and 3, else 0, at both kinks too.</summary>
internal readonly struct HardSigmoidRule : IUnaryRule
{
    public string Formula => "y = x / 6 + ½, limited to [0, 1]";
    public string Derivative => "1/6 where |x| < 3, else 0";
    public Saves Saves => Saves.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.Min(Vector.Max(x + VectorMath.Constant<T>(3), Vector<T>.Zero), VectorMath.Constant<T>(6)) / VectorMath.Constant<T>(6);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(x), VectorMath.Constant<T>(3)), VectorMath.Constant<T>(1 / 6.0), Vector<T>.Zero);
}

/// <summary>The S-shaped activations, and the softplus whose slope is one.</summary>
public static class Sigmoids
{
    extension(Tensor x)
    {
        /// <summary><c>1 / (1 + e⁻ˣ)</c>, element by element: between 0 and 1.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Sigmoid() => UnaryRules.Apply(x, new SigmoidRule());

        /// <summary><c>tanh x</c>, element by element: between −1 and 1.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Tanh() => UnaryRules.Apply(x, new TanhRule());

        /// <summary><c>log(1 + e^(βx)) / β</c>, a smooth relu; x itself where βx &gt; 20.</summary>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is not positive.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Softplus(double beta = 1)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
            return UnaryRules.Apply(x, new SoftplusRule(beta));
        }

        /// <summary><c>x/6 + 1/2</c>, limited to [0, 1]; slope 0 at both limits.</summary>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor HardSigmoid() => UnaryRules.Apply(x, new HardSigmoidRule());
    }
}
