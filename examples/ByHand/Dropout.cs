namespace Backprop.Examples.ByHand;

/// <summary>
/// In training y = x · mask, where each element of the mask is 0 with probability <c>ratio</c>, else 1; in evaluation y = x · (1 − ratio).
/// ∂L/∂x = ∂L/∂y · mask; in evaluation ∂L/∂y · (1 − ratio).
/// </summary>
/// <remarks>The book's variant. The library divides by 1 − ratio in training instead, so that evaluation need not know: x there, and no factor.</remarks>
/// <param name="ratio">The share that is dropped.</param>
/// <param name="training">Whether to drop, or to scale.</param>
/// <param name="random">Draws the mask.</param>
public sealed class DropoutOperation(double ratio, bool training, RandomSource random) : UnaryOperation
{
    private Tensor? _mask;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        if (!training) return x * (1 - ratio);
        _mask = Save(Tensor.Generate(x.Shape, x.DType, _ => random.NextDouble() > ratio ? 1 : 0));
        return x * _mask;
    }

    /// <inheritdoc/>
    protected override Tensor Backward(Tensor gradient) => _mask is null ? gradient * (1 - ratio) : gradient * _mask;
}
