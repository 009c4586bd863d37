using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Momentum and a rate for each element, from running averages of the gradient and of its square.</summary>
/// <remarks>
/// <code>
/// g ← g + λθ               see AdamW for the decay that stays out of the averages
/// m ← β₁m + (1 − β₁)g
/// v ← β₂v + (1 − β₂)g²
/// θ ← θ − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
/// </code>
/// With AMSGrad the largest v so far takes the place of v. Remembers <c>step</c>, t, <c>exp_avg</c>, m, <c>exp_avg_sq</c>, v, and with AMSGrad
/// <c>max_exp_avg_sq</c>.
/// Source: D. Kingma, J. Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1; S. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and
/// beyond" (2018). Defaults are PyTorch's; Keras and the book have ε = 1e-7 and weigh it by √(1 − β₂ᵗ) less.
/// </remarks>
public class Adam : Optimizer, IHasMomentum
{
    /// <summary>An optimizer of these parameters.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public Adam(IEnumerable<Parameter> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0, bool amsGrad = false)
        : base(parameters, learningRate, weightDecay)
    {
        Beta1 = beta1;
        Beta2 = OptionRange.Fraction(beta2, nameof(beta2));
        Epsilon = OptionRange.NotNegative(epsilon, nameof(epsilon));
        AmsGrad = amsGrad;
    }

    /// <summary>How much of the average gradient is kept, β₁; the momentum that a schedule sets.</summary>
    public double Beta1
    {
        get;
        set => field = OptionRange.Fraction(value, nameof(Beta1));
    }

    double IHasMomentum.Momentum
    {
        get => Beta1;
        set => Beta1 = value;
    }

    /// <summary>How much of the average square is kept, β₂.</summary>
    public double Beta2 { get; }

    /// <summary>Keeps the division finite, ε.</summary>
    public double Epsilon { get; }

    /// <summary>Whether the largest average square so far is divided by.</summary>
    public bool AmsGrad { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> StateNames => ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"];

    /// <summary>Whether the decay shrinks the parameter itself instead of joining the gradient.</summary>
    private protected virtual bool DecouplesDecay => false;

    /// <inheritdoc/>
    protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, ParameterState state)
    {
        long t = state.NextStep();
        double rate = learningRate / (1 - Math.Pow(Beta1, t)), scale = 1 / Math.Sqrt(1 - Math.Pow(Beta2, t));
        double decay = DecouplesDecay ? 0 : weightDecay, keep = DecouplesDecay ? 1 - learningRate * weightDecay : 1;
        var rule = new AdamRule<T>(new MomentsRule<T>(Beta1, Beta2), rate, scale, Epsilon, decay, keep);
        Span<T> mean = state.Elements<T>("exp_avg"), square = state.Elements<T>("exp_avg_sq"), largest = AmsGrad ? state.Elements<T>("max_exp_avg_sq") : [];
        UpdateKernel.Run(rule, parameter, gradient, mean, square, largest);
    }
}

/// <summary>See <see cref="Adam"/> and <see cref="AdamW"/>. Without memory the largest square is the square.</summary>
internal readonly struct AdamRule<T>(MomentsRule<T> moments, double rate, double scale, double epsilon, double decay, double keep) : IUpdateRule<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate = T.CreateTruncating(rate), _scale = T.CreateTruncating(scale);
    private readonly T _decay = T.CreateTruncating(decay), _keep = T.CreateTruncating(keep);
    private readonly Vector<T> _epsilon = new(T.CreateTruncating(epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> mean, ref Vector<T> square, ref Vector<T> largest)
    {
        moments.Hear(gradient + parameter * _decay, ref mean, ref square);
        largest = Vector.MaxNative(largest, square); // NaN in the square makes the parameter NaN either way
        return parameter * _keep - mean * _rate / (Vector.SquareRoot(largest) * _scale + _epsilon);
    }
}

/// <summary>The averages of Adam and its kin: <c>m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²</c>.</summary>
internal readonly struct MomentsRule<T>(double beta1, double beta2) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _heard1 = T.CreateTruncating(1 - beta1), _beta2 = T.CreateTruncating(beta2), _heard2 = T.CreateTruncating(1 - beta2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Hear(Vector<T> gradient, ref Vector<T> mean, ref Vector<T> square)
    {
        mean += (gradient - mean) * _heard1;
        square = square * _beta2 + gradient * gradient * _heard2;
    }
}
