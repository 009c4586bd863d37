using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Adam that trusts the average square only once it has seen enough gradients, and so needs no warm-up.</summary>
/// <remarks>
/// <code>
/// g ← g + λθ
/// m ← β₁m + (1 − β₁)g
/// v ← β₂v + (1 − β₂)g²
/// ρ∞ = 2 / (1 − β₂) − 1,   ρ = ρ∞ − 2tβ₂ᵗ / (1 − β₂ᵗ)
/// r = √((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ))
/// θ ← θ − η · m / (1 − β₁ᵗ) · r · √(1 − β₂ᵗ) / (√v + ε)     if ρ > 5
/// θ ← θ − η · m / (1 − β₁ᵗ)                                 else
/// </code>
/// Remembers <c>step</c>, t, <c>exp_avg</c>, m, and <c>exp_avg_sq</c>, v.
/// Source: L. Liu et al., "On the variance of the adaptive learning rate and beyond" (2020), algorithm 2. Defaults are PyTorch's.
/// </remarks>
public sealed class RAdam : Optimizer, IHasMomentum
{
    /// <summary>An optimizer of these parameters.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public RAdam(IEnumerable<Parameter> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0)
        : base(parameters, learningRate, weightDecay)
    {
        Beta1 = beta1;
        Beta2 = OptionRange.Fraction(beta2, nameof(beta2));
        Epsilon = OptionRange.NotNegative(epsilon, nameof(epsilon));
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

    /// <inheritdoc/>
    protected override IReadOnlyList<string> StateNames => ["step", "exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, ParameterState state)
    {
        long t = state.NextStep();
        double power = Math.Pow(Beta2, t), longest = 2 / (1 - Beta2) - 1, length = longest - 2 * t * power / (1 - power);
        double rate = learningRate / (1 - Math.Pow(Beta1, t));
        bool adapts = length > 5;
        if (adapts) rate *= Math.Sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length) * (1 - power));
        var rule = new RAdamRule<T>(new MomentsRule<T>(Beta1, Beta2), rate, adapts, Epsilon, weightDecay);
        UpdateKernel.Run(rule, parameter, gradient, state.Elements<T>("exp_avg"), state.Elements<T>("exp_avg_sq"), []);
    }
}

/// <summary>See <see cref="RAdam"/>.</summary>
internal readonly struct RAdamRule<T>(MomentsRule<T> moments, double rate, bool adapts, double epsilon, double weightDecay) : IUpdateRule<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate = T.CreateTruncating(rate), _decay = T.CreateTruncating(weightDecay);
    private readonly Vector<T> _epsilon = new(T.CreateTruncating(epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> mean, ref Vector<T> square, ref Vector<T> third)
    {
        moments.Hear(gradient + parameter * _decay, ref mean, ref square);
        return parameter - (adapts ? mean * _rate / (Vector.SquareRoot(square) + _epsilon) : mean * _rate);
    }
}
