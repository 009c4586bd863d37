using System.Numerics;

namespace Backprop;

public static partial class Losses
{
    /// <summary>
    /// Binary cross-entropy of probabilities: the mean of <c>−(t log x + (1 − t) log(1 − x))</c> (PyTorch: <c>binary_cross_entropy</c>). From logits, take
    /// <see cref="BceWithLogits(Tensor, Tensor)"/>, which loses nothing where the sigmoid is near 0 or 1.
    /// </summary>
    /// <remarks>
    /// Shapes: both alike → scalar. Range: input and target in [0, 1]. Logarithms are not taken below −100, as in PyTorch, so the loss stays finite.
    /// Gradient: ∂L/∂x = (x − t) / (x (1 − x)) / n, its denominator at least 1e-12.
    /// </remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An input is no probability.</exception>
    public static Tensor Bce(Tensor input, Tensor target) => Bce(input, target, weight: null);

    /// <inheritdoc cref="Bce(Tensor, Tensor)"/>
    /// <param name="input">Probabilities.</param>
    /// <param name="target">What they should be, 0 or 1 or between.</param>
    /// <param name="weight">A factor for each element's loss, broadcast; the mean still divides by the number of elements.</param>
    /// <param name="reduction">Whether to return the mean, the sum or the loss of each element.</param>
    public static Tensor Bce(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
    {
        CheckEqualShapes(nameof(Bce), input, target);
        if (weight is not null) return Weighted(nameof(Bce), Bce(input, target, reduction: Reduction.None), weight, reduction);
        return input.DType switch
        {
            DType.Float32 => Bce<float>(input, target, reduction),
            DType.Float64 => Bce<double>(input, target, reduction),
            _ => DTypes.ThrowUnsupported(nameof(Bce), input.DType),
        };
    }

    private static Tensor Bce<T>(Tensor input, Tensor target, Reduction reduction) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int wrong = input.AsSpan<T>().IndexOfAnyExceptInRange(T.Zero, T.One);
        if (wrong >= 0 && !T.IsNaN(input.AsSpan<T>()[wrong])) throw new ArgumentOutOfRangeException(nameof(input),
            $"Bce: the input {input.ElementAt(wrong)} at {ClassLabels.Index(wrong, input.Shape)} is no probability in [0, 1]. Use BceWithLogits, or apply Sigmoid first.");
        return new PointwiseLossOperation<T, BinaryCrossEntropy<T>>(new(), reduction).Apply(input, target);
    }
}
