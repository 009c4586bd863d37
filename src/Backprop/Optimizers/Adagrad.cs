using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Each element has a rate of its own, which falls with the gradients it has seen.</summary>
/// <remarks>
/// <code>
/// g ← g + λθ
/// s ← s + g²               from initialAccumulatorValue
/// θ ← θ − η / (1 + (t − 1)·lrDecay) · g / (√s + ε)
/// </code>
/// Remembers <c>step</c>, t, and <c>sum</c>, s.
/// Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization" (2011). Defaults are PyTorch's;
/// the book has ε = 1e-7, Keras s₀ = 0.1 and ε inside the root.
/// </remarks>
public sealed class Adagrad : Optimizer
{
    /// <summary>An optimizer of these parameters.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public Adagrad(IEnumerable<Parameter> parameters, double learningRate = 1e-2, double learningRateDecay = 0, double weightDecay = 0,
        double initialAccumulatorValue = 0, double epsilon = 1e-10)
        : base(parameters, learningRate, weightDecay)
    {
        LearningRateDecay = OptionRange.NotNegative(learningRateDecay, nameof(learningRateDecay));
        InitialAccumulatorValue = OptionRange.NotNegative(initialAccumulatorValue, nameof(initialAccumulatorValue));
        Epsilon = OptionRange.NotNegative(epsilon, nameof(epsilon));
    }

    /// <summary>How the rate falls with the steps.</summary>
    public double LearningRateDecay { get; }

    /// <summary>What the sum of squares starts from.</summary>
    public double InitialAccumulatorValue { get; }

    /// <summary>Keeps the division finite, ε.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> StateNames => ["step", "sum"];

    /// <inheritdoc/>
    protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, ParameterState state)
    {
        double rate = learningRate / (1 + (state.NextStep() - 1) * LearningRateDecay);
        Span<T> sum = state.Elements<T>("sum", InitialAccumulatorValue);
        UpdateKernel.Run(new AdagradRule<T>(rate, Epsilon, weightDecay), parameter, gradient, sum, [], []);
    }
}

/// <summary>See <see cref="Adagrad"/>.</summary>
internal readonly struct AdagradRule<T>(double rate, double epsilon, double weightDecay) : IUpdateRule<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _rate = T.CreateTruncating(rate), _decay = T.CreateTruncating(weightDecay);
    private readonly Vector<T> _epsilon = new(T.CreateTruncating(epsilon));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> sum, ref Vector<T> second, ref Vector<T> third)
    {
        gradient += parameter * _decay;
        sum += gradient * gradient;
        return parameter - gradient * _rate / (Vector.SquareRoot(sum) + _epsilon);
    }
}
