using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// Cross-entropy between <c>softmax(logits)</c> and the target, in nats, mean over the batch: <c>−log softmax(logits)[label]</c>.
    /// Logits are the model's outputs as they are: no softmax before it (PyTorch: <c>cross_entropy</c>; Keras: <c>CategoricalCrossentropy(from_logits=True)</c>; the
    /// book: Softmax-with-Loss).
    /// </summary>
    /// <remarks>
    /// Shapes: logits [n, classes] or [n, classes, positions...]. The target is either class numbers, Int32 or Int64, [n] or [n, positions...], where −100 leaves
    /// an element out; or probabilities of the logits' shape and dtype, which get no gradient. Result: a scalar.
    /// Gradient: ∂L/∂logits = (softmax(logits) − onehot(label)) / n. If everything is left out, the mean is 0/0 = NaN, as PyTorch's.
    /// </remarks>
    /// <exception cref="ShapeException">The target does not fit the logits; the message tells one-hot from other mistakes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is not in [0, classes); the message names its position.</exception>
    /// <exception cref="ArgumentException">Labels are no integers.</exception>
    public static Tensor CrossEntropy(Tensor logits, Tensor target) => CrossEntropy(logits, target, classWeights: null);

    /// <inheritdoc cref="CrossEntropy(Tensor, Tensor)"/>
    /// <param name="logits">Scores of the classes, on axis 1.</param>
    /// <param name="target">Class numbers, or probabilities.</param>
    /// <param name="classWeights">w [classes]: each position's loss times the weight of its class; the mean over labels then divides by Σ w[label] (PyTorch: <c>weight</c>).</param>
    /// <param name="ignoreIndex">The label of elements that are left out.</param>
    /// <param name="labelSmoothing">
    /// ε in [0, 1]: the target becomes <c>(1 − ε) · target + ε / classes</c> (C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016).
    /// </param>
    /// <param name="reduction">Whether to return the mean, the sum or the loss of each position. Over probabilities, the mean divides by the number of positions.</param>
    public static Tensor CrossEntropy(
        Tensor logits, Tensor target, Tensor? classWeights = null, int ignoreIndex = -100, double labelSmoothing = 0, Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(target);
        if (labelSmoothing is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, "CrossEntropy: label smoothing is a share, from 0 to 1.");
        return logits.DType switch
        {
            DType.Float32 => CrossEntropy<float>(logits, target, classWeights, ignoreIndex, (float)labelSmoothing, reduction),
            DType.Float64 => CrossEntropy<double>(logits, target, classWeights, ignoreIndex, labelSmoothing, reduction),
            _ => DTypes.ThrowUnsupported(nameof(CrossEntropy), logits.DType),
        };
    }

    private static Tensor CrossEntropy<T>(Tensor logits, Tensor target, Tensor? weights, int ignoreIndex, T smoothing, Reduction reduction)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int axis = ClassLabels.ClassAxis(logits.Shape, nameof(CrossEntropy));
        (int classes, int inner) = AxisSplit.Of(logits.Shape, axis, nameof(CrossEntropy));
        CheckClassWeights(logits, weights, nameof(CrossEntropy));
        ReadOnlySpan<T> classWeights = weights.SpanOrEmpty<T>();
        if (target.DType.IsFloatingPoint)
        {
            CheckProbabilities(logits, target, axis);
            Tensor distribution = target;
            if (smoothing != T.Zero || weights is not null)
            {
                distribution = Tensor.Uninitialized<T>(logits.Shape);
                ClassLossKernel.Smooth(target.AsSpan<T>(), classWeights, smoothing, distribution.AsSpan<T>(), classes, inner);
            }
            return new SoftCrossEntropyOperation<T>(distribution, reduction, ClassLabels.PositionsOf(logits.Shape, axis).ElementCount).Apply(logits);
        }
        Tensor labels = ClassLabels.Prepare(target, logits.Shape, ignoreIndex, nameof(CrossEntropy));
        if (smoothing == T.Zero)
        {
            Tensor loss = new CrossEntropyOperation<T>(labels, weights, reduction).Apply(logits);
            labels.Discard(); // when backward has read them
            return loss;
        }
        Tensor smoothed = Tensor.Uninitialized<T>(logits.Shape);
        ClassLossKernel.Smooth(labels.AsSpan<int>(), classWeights, smoothing, smoothed.AsSpan<T>(), classes, inner);
        return new SoftCrossEntropyOperation<T>(smoothed, reduction, ClassLossKernel.TotalWeight(labels.AsSpan<int>(), classWeights)).Apply(logits);
    }
}
