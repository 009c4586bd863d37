namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// The mean of <c>target · (log target − input)</c>, input being <em>log</em>-probabilities (PyTorch: <c>kl_div</c>). With <see cref="Reduction.BatchMean"/> it is the
    /// Kullback–Leibler divergence of the target from the input.
    /// </summary>
    /// <remarks>
    /// Shapes: both alike → scalar. An element whose target is 0 adds nothing. Gradient: ∂L/∂input = −target / elements. The default, as in PyTorch, divides by the number of
    /// all elements, which makes the divergence too small by the number of classes.
    /// </remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor KlDiv(Tensor input, Tensor target) => KlDiv(input, target, logTarget: false);

    /// <inheritdoc cref="KlDiv(Tensor, Tensor)"/>
    /// <param name="input">Log-probabilities, from <c>LogSoftmax</c>.</param>
    /// <param name="target">Probabilities, or log-probabilities.</param>
    /// <param name="logTarget">Whether the target holds log-probabilities too.</param>
    /// <param name="reduction">What to make of the elements' losses.</param>
    public static Tensor KlDiv(Tensor input, Tensor target, bool logTarget, Reduction reduction = Reduction.Mean)
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
