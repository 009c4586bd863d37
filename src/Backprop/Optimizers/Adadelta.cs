using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Divides the gradient by its running size and multiplies by that of the steps so far, so that a step has the unit of the parameter.</summary>
/// <remarks>
/// <code>
/// g ← g + λθ
/// v ← ρv + (1 − ρ)g²
/// Δ = √(u + ε) / √(v + ε) · g
/// u ← ρu + (1 − ρ)Δ²
/// θ ← θ − ηΔ
/// </code>
/// Remembers <c>square_avg</c>, v, and <c>acc_delta</c>, u.
/// Source: M. Zeiler, "ADADELTA: an adaptive learning rate method" (2012), where η = 1. Defaults are PyTorch's; Keras has η = 0.001, ρ = 0.95, ε = 1e-7.
/// </remarks>
public sealed class Adadelta : Optimizer
{
    /// <summary>An optimizer of these parameters.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public Adadelta(IEnumerable<Parameter> parameters, double learningRate = 1, double rho = 0.9, double epsilon = 1e-6, double weightDecay = 0)
        : base(parameters, learningRate, weightDecay)
    {
        Rho = OptionRange.Fraction(rho, nameof(rho));
        Epsilon = OptionRange.NotNegative(epsilon, nameof(epsilon));
    }

    /// <summary>How much of the running averages is kept, ρ.</summary>
    public double Rho { get; }

    /// <summary>Keeps the division finite and lets the first step begin, ε.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> StateNames => ["square_avg", "acc_delta"];

    /// <inheritdoc/>
    protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, ParameterState state) =>
        UpdateKernel.Run(new AdadeltaRule<T>(learningRate, Rho, Epsilon, weightDecay), parameter, gradient,
            state.Elements<T>("square_avg"), state.Elements<T>("acc_delta"), []);
}

/// <summary>See <see cref="Adadelta"/>.</summary>
internal readonly struct AdadeltaRule<T>(double rate, double rho, double epsilon, double weightDecay) : IUpdateRule<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate = T.CreateTruncating(rate), _rho = T.CreateTruncating(rho), _heard = T.CreateTruncating(1 - rho);
    private readonly T _decay = T.CreateTruncating(weightDecay);
    private readonly Vector<T> _epsilon = new(T.CreateTruncating(epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> square, ref Vector<T> accumulated, ref Vector<T> third)
    {
        gradient += parameter * _decay;
        square = square * _rho + gradient * gradient * _heard;
        Vector<T> delta = Vector.SquareRoot(accumulated + _epsilon) / Vector.SquareRoot(square + _epsilon) * gradient;
        accumulated = accumulated * _rho + delta * delta * _heard;
        return parameter - delta * _rate;
    }
}
