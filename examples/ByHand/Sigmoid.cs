namespace Backprop.Examples.ByHand;

/// <summary>
/// y = 1 / (1 + exp(−x)).
/// ∂L/∂x = ∂L/∂y · y (1 − y): the slope can be told from the result, so that x need not be remembered.
/// </summary>
public sealed class SigmoidOperation : UnaryOperation
{
    private Tensor _y = null!;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => _y = Save(1 / (1 + (-x).Exp()));

    /// <inheritdoc/>
    protected override Tensor Backward(Tensor gradient) => gradient * _y * (1 - _y);
}
