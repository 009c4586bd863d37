namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// Negative log-likelihood: the mean of <c>−input[label]</c>, the input holding log-probabilities, as from <c>LogSoftmax(1)</c> (PyTorch: <c>nll_loss</c>). From
    /// logits, <see cref="CrossEntropy(Tensor, Tensor)"/> does both at once.
    /// </summary>
    /// <remarks>
    /// Shapes: input [n, classes] or [n, classes, positions...], target [n] or [n, positions...] of class numbers, Int32 or Int64, where −100 leaves an element out →
    /// scalar. Gradient: −1/n at the label, 0 elsewhere.
    /// </remarks>
    /// <exception cref="ShapeException">The target does not fit the input.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is not in [0, classes); the message names its position.</exception>
    /// <exception cref="ArgumentException">Labels are no integers.</exception>
    public static Tensor Nll(Tensor input, Tensor target) => Nll(input, target, classWeights: null);

    /// <inheritdoc cref="Nll(Tensor, Tensor)"/>
    /// <param name="input">Log-probabilities of the classes, on axis 1.</param>
    /// <param name="target">Class numbers.</param>
    /// <param name="classWeights">w [classes]: each loss times the weight of its class; the mean then divides by Σ w[label].</param>
    /// <param name="ignoreIndex">The label of elements that are left out.</param>
    /// <param name="reduction">Whether to return the mean, the sum or the loss of each position.</param>
    public static Tensor Nll(Tensor input, Tensor target, Tensor? classWeights = null, int ignoreIndex = -100, Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        CheckClassWeights(input, classWeights, nameof(Nll));
        Tensor labels = ClassLabels.Prepare(target, input.Shape, ignoreIndex, nameof(Nll));
        return input.DType switch
        {
            DType.Float32 => new NllOperation<float>(labels, classWeights, reduction).Apply(input),
            DType.Float64 => new NllOperation<double>(labels, classWeights, reduction).Apply(input),
            _ => DTypes.ThrowUnsupported(nameof(Nll), input.DType),
        };
    }
}
