using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Divides the gradient by a running average of its size, element by element (PyTorch: <c>RMSprop</c>).</summary>
/// <remarks>
/// <code>
/// g ← g + λθ
/// v ← αv + (1 − α)g²
/// ḡ ← αḡ + (1 − α)g        centered only
/// b ← μb + g / (√(v − ḡ²) + ε)
/// θ ← θ − ηb
/// </code>
/// Remembers <c>square_avg</c>, v; with momentum <c>momentum_buffer</c>, b; centered <c>grad_avg</c>, ḡ.
/// Source: T. Tieleman, G. Hinton, "Lecture 6.5 – rmsprop" (2012); centered: A. Graves, "Generating sequences with recurrent neural networks" (2013).
/// Defaults are PyTorch's; the book has ε = 1e-7, Keras α = 0.9 and ε = 1e-7 inside the root.
/// </remarks>
public sealed class RmsProp : Optimizer, IHasMomentum
{
    /// <summary>An optimizer of these parameters.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public RmsProp(IEnumerable<Parameter> parameters, double learningRate = 1e-2, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0,
        double momentum = 0, bool centered = false)
        : base(parameters, learningRate, weightDecay)
    {
        Alpha = OptionRange.Fraction(alpha, nameof(alpha));
        Epsilon = OptionRange.NotNegative(epsilon, nameof(epsilon));
        (Momentum, Centered) = (momentum, centered);
    }

    /// <summary>How much of the running averages is kept, α.</summary>
    public double Alpha { get; }

    /// <summary>Keeps the division finite, ε.</summary>
    public double Epsilon { get; }

    /// <summary>Momentum μ, in [0, 1).</summary>
    public double Momentum
    {
        get;
        set => field = OptionRange.Fraction(value, nameof(Momentum));
    }

    /// <summary>Whether the variance takes the place of the mean square.</summary>
    public bool Centered { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> StateNames => ["square_avg", "momentum_buffer", "grad_avg"];

    /// <inheritdoc/>
    protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, ParameterState state)
    {
        var rule = new RmsPropRule<T>(learningRate, Alpha, Epsilon, Momentum, Centered, weightDecay);
        Span<T> square = state.Elements<T>("square_avg");
        Span<T> buffer = Momentum == 0 ? [] : state.Elements<T>("momentum_buffer"), average = Centered ? state.Elements<T>("grad_avg") : [];
        UpdateKernel.Run(rule, parameter, gradient, square, buffer, average);
    }
}

/// <summary>See <see cref="RmsProp"/>.</summary>
internal readonly struct RmsPropRule<T>(double rate, double alpha, double epsilon, double momentum, bool centered, double weightDecay) : IUpdateRule<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate = T.CreateTruncating(rate), _alpha = T.CreateTruncating(alpha), _heard = T.CreateTruncating(1 - alpha);
    private readonly T _momentum = T.CreateTruncating(momentum), _decay = T.CreateTruncating(weightDecay);
    private readonly Vector<T> _epsilon = new(T.CreateTruncating(epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> square, ref Vector<T> buffer, ref Vector<T> average)
    {
        gradient += parameter * _decay;
        square = square * _alpha + gradient * gradient * _heard;
        Vector<T> variance = square;
        if (centered)
        {
            average += (gradient - average) * _heard;
            variance -= average * average;
        }
        buffer = buffer * _momentum + gradient / (Vector.SquareRoot(variance) + _epsilon);
        return parameter - buffer * _rate;
    }
}
