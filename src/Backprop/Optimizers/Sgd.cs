using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Stochastic gradient descent, with momentum if wanted: a step down the gradient.</summary>
/// <remarks>
/// <code>
/// g ← g + λθ
/// b ← μb + (1 − τ)g        b = g in the first step
/// θ ← θ − ηb               with Nesterov's momentum: θ ← θ − η(g + μb)
/// </code>
/// η learning rate, μ momentum, τ dampening, λ weight decay; with μ = 0 it is θ ← θ − ηg and nothing is remembered. Remembers <c>momentum_buffer</c>, b.
/// Keras and the book keep η inside the buffer (v ← μv − ηg, θ ← θ + v), which differs once η changes.
/// Source: B. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964); I. Sutskever et al., "On the importance of initialization
/// and momentum in deep learning" (2013). Defaults are PyTorch's.
/// </remarks>
public sealed class Sgd : Optimizer, IHasMomentum
{
    private const string Buffer = "momentum_buffer";

    /// <summary>An optimizer of these parameters.</summary>
    /// <exception cref="ArgumentException">No parameters, or Nesterov's momentum without momentum or with dampening.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public Sgd(IEnumerable<Parameter> parameters, double learningRate = 1e-3, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false)
        : base(parameters, learningRate, weightDecay)
    {
        if (nesterov && (momentum == 0 || dampening != 0))
            throw new ArgumentException($"Sgd: Nesterov's momentum needs momentum > 0 and dampening 0; they are {momentum} and {dampening}.", nameof(nesterov));
        (Momentum, Dampening, Nesterov) = (momentum, dampening, nesterov);
    }

    /// <summary>Momentum μ, in [0, 1).</summary>
    public double Momentum
    {
        get;
        set => field = OptionRange.Fraction(value, nameof(Momentum));
    }

    /// <summary>Dampening τ: how much of the gradient is kept out of the buffer.</summary>
    public double Dampening { get; }

    /// <summary>Whether the gradient is looked at ahead of the momentum's step.</summary>
    public bool Nesterov { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> StateNames => [Buffer];

    /// <inheritdoc/>
    protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, ParameterState state)
    {
        bool first = !state.Tensors.ContainsKey(Buffer);
        Span<T> buffer = Momentum == 0 ? [] : state.Elements<T>(Buffer);
        double heard = Momentum == 0 || first ? 1 : 1 - Dampening;
        UpdateKernel.Run(new SgdRule<T>(learningRate, Momentum, heard, weightDecay, Nesterov), parameter, gradient, buffer, [], []);
    }
}

/// <summary>See <see cref="Sgd"/>. With μ = 0 the buffer has no memory and is the gradient.</summary>
internal readonly struct SgdRule<T>(double learningRate, double momentum, double heard, double weightDecay, bool nesterov) : IUpdateRule<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate = T.CreateTruncating(learningRate), _momentum = T.CreateTruncating(momentum), _heard = T.CreateTruncating(heard);
    private readonly T _decay = T.CreateTruncating(weightDecay);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> buffer, ref Vector<T> second, ref Vector<T> third)
    {
        gradient += parameter * _decay;
        buffer = buffer * _momentum + gradient * _heard;
        return parameter - (nesterov ? gradient + buffer * _momentum : buffer) * _rate;
    }
}
