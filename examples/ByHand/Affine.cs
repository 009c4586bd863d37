namespace Backprop.Examples.ByHand;

/// <summary>
/// y = x · W + b, for x [n, in], W [in, out], b [out]; an x of more axes, as images have, is flattened to [n, in] first.
/// ∂L/∂x = ∂L/∂y · Wᵀ, ∂L/∂W = xᵀ · ∂L/∂y, ∂L/∂b = Σ ∂L/∂y over the batch, for b was added to each row.
/// </summary>
public sealed class AffineOperation : NaryOperation
{
    private Tensor _x = null!, _weight = null!;
    private Shape _shape;

    /// <inheritdoc/>
    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        _shape = inputs[0].Shape;
        _x = Save(inputs[0].Reshape(_shape[0], -1));
        _weight = Save(inputs[1]);
        return _x.MatMul(_weight) + inputs[2];
    }

    /// <inheritdoc/>
    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        inputGradients[0] = gradient.MatMul(_weight.Transpose()).Reshape(_shape.AsSpan()); // into the shape that came
        inputGradients[1] = _x.Transpose().MatMul(gradient);
        inputGradients[2] = gradient.Sum(axis: 0);
    }
}
