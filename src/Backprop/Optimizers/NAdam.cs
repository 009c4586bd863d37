using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Adam with Nesterov's momentum: looks ahead by one step of the average gradient.</summary>
/// <remarks>
/// <code>
/// g ← g + λθ
/// μ_t = β₁(1 − ½ · 0.96^(tψ)),   P_t = μ₁ · … · μ_t
/// m ← β₁m + (1 − β₁)g
/// v ← β₂v + (1 − β₂)g²
/// θ ← θ − η · (μ_(t+1)m / (1 − P_(t+1)) + (1 − μ_t)g / (1 − P_t)) / (√(v / (1 − β₂ᵗ)) + ε)
/// </code>
/// ψ is the momentum decay. Remembers <c>step</c>, t, <c>mu_product</c>, P, <c>exp_avg</c>, m, and <c>exp_avg_sq</c>, v.
/// Source: T. Dozat, "Incorporating Nesterov momentum into Adam" (2016). Defaults are PyTorch's; Keras has η = 0.001 and ε = 1e-7.
/// </remarks>
public sealed class NAdam : Optimizer, IHasMomentum
{
    /// <summary>An optimizer of these parameters.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public NAdam(IEnumerable<Parameter> parameters, double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0, double momentumDecay = 4e-3)
        : base(parameters, learningRate, weightDecay)
    {
        Beta1 = beta1;
        Beta2 = OptionRange.Fraction(beta2, nameof(beta2));
        Epsilon = OptionRange.NotNegative(epsilon, nameof(epsilon));
        MomentumDecay = OptionRange.NotNegative(momentumDecay, nameof(momentumDecay));
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

    /// <summary>How fast the momentum rises from half of β₁ to β₁, ψ.</summary>
    public double MomentumDecay { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> StateNames => ["step", "mu_product", "exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, ParameterState state)
    {
        long t = state.NextStep();
        double now = MomentumOf(t), next = MomentumOf(t + 1);
        double product = state.Scalar("mu_product", initial: 1) *= now;
        double meanRate = learningRate * next / (1 - product * next), gradientRate = learningRate * (1 - now) / (1 - product);
        double scale = 1 / Math.Sqrt(1 - Math.Pow(Beta2, t));
        var rule = new NAdamRule<T>(new MomentsRule<T>(Beta1, Beta2), meanRate, gradientRate, scale, Epsilon, weightDecay);
        UpdateKernel.Run(rule, parameter, gradient, state.Elements<T>("exp_avg"), state.Elements<T>("exp_avg_sq"), []);
    }

    private double MomentumOf(long t) => Beta1 * (1 - 0.5 * Math.Pow(0.96, t * MomentumDecay));
}

/// <summary>See <see cref="NAdam"/>.</summary>
internal readonly struct NAdamRule<T>(MomentsRule<T> moments, double meanRate, double gradientRate, double scale, double epsilon, double weightDecay)
    : IUpdateRule<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _meanRate = T.CreateTruncating(meanRate), _gradientRate = T.CreateTruncating(gradientRate);
    private readonly T _scale = T.CreateTruncating(scale), _decay = T.CreateTruncating(weightDecay);
    private readonly Vector<T> _epsilon = new(T.CreateTruncating(epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> mean, ref Vector<T> square, ref Vector<T> third)
    {
        gradient += parameter * _decay;
        moments.Hear(gradient, ref mean, ref square);
        return parameter - (mean * _meanRate + gradient * _gradientRate) / (Vector.SquareRoot(square) * _scale + _epsilon);
    }
}
