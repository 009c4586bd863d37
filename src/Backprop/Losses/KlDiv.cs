namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// The Kullback–Leibler divergence <c>Σ target · (log target − input)</c> of the target from the input, which holds <em>log</em>-probabilities, divided by the
    /// length of axis 0 (PyTorch: <c>kl_div</c> with <c>reduction="batchmean"</c>).
    /// </summary>
    /// <remarks>
    /// Shapes: both alike → scalar. An element whose target is 0 adds nothing. Gradient: ∂L/∂input = −target / n. Differs from PyTorch in its default reduction:
    /// that one, <see cref="Reduction.Mean"/>, divides by the number of all elements, and the result is not the divergence.
    /// </remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor KlDiv(Tensor input, Tensor target) => KlDiv(input, target, logTarget: false);

    /// <inheritdoc cref="KlDiv(Tensor, Tensor)"/>
    /// <param name="input">Log-probabilities, from <c>LogSoftmax</c>.</param>
    /// <param name="target">Probabilities, or log-probabilities.</param>
    /// <param name="logTarget">Whether the target holds log-probabilities too.</param>
    /// <param name="reduction">What to make of the elements' losses.</param>
    public static Tensor KlDiv(Tensor input, Tensor target, bool logTarget, Reduction reduction = Reduction.BatchMean)
    {
        CheckEqualShapes(nameof(KlDiv), input, target);
        return (input.DType, logTarget) switch
        {
            (DType.Float32, false) => new PointwiseLossOperation<float, Divergence<float>>(default, reduction).Apply(input, target),
            (DType.Float64, false) => new PointwiseLossOperation<double, Divergence<double>>(default, reduction).Apply(input, target),
            (DType.Float32, true) => new PointwiseLossOperation<float, DivergenceOfLogs<float>>(default, reduction).Apply(input, target),
            (DType.Float64, true) => new PointwiseLossOperation<double, DivergenceOfLogs<double>>(default, reduction).Apply(input, target),
            _ => DTypes.ThrowUnsupported(nameof(KlDiv), input.DType),
        };
    }
}
