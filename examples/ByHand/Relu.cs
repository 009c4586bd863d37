namespace Backprop.Examples.ByHand;

/// <summary>
/// y = x where x &gt; 0, else 0.
/// ∂L/∂x = ∂L/∂y where x &gt; 0, else 0: a switch, which forward sets and backward finds as it was.
/// </summary>
public sealed class ReluOperation : UnaryOperation
{
    private bool[] _mask = [];

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        _mask = [.. x.ToDoubles().Select(value => value <= 0)];
        return Masked(x);
    }

    /// <inheritdoc/>
    protected override Tensor Backward(Tensor gradient) => Masked(gradient); // a new tensor: the gradient it was given may be another node's too

    private Tensor Masked(Tensor tensor)
    {
        double[] values = tensor.ToDoubles();
        return Tensor.Generate(tensor.Shape, tensor.DType, i => _mask[i] ? 0 : values[i]);
    }
}
