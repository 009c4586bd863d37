namespace Backprop.Examples.ByHand;

/// <summary>
/// y = col · Wᵀ + b, where the rows of col are the windows of x: a convolution is an affine layer on im2col. x [n, c, h, w], W [filters, c, fh, fw], b [filters].
/// ∂L/∂W = (∂L/∂y)ᵀ · col, ∂L/∂b = Σ ∂L/∂y over batch and places, ∂L/∂x = col2im(∂L/∂y · W).
/// </summary>
/// <param name="stride">From one window to the next.</param>
/// <param name="padding">Zeros around each image.</param>
public sealed class ConvolutionOperation(int stride = 1, int padding = 0) : NaryOperation
{
    private Tensor _columns = null!, _rows = null!;
    private Shape _filters;
    private Im2Col _windows = null!;

    /// <inheritdoc/>
    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        (Tensor x, Tensor weight, Tensor bias) = (inputs[0], inputs[1], inputs[2]);
        _filters = weight.Shape;
        _windows = new Im2Col(x.Shape, (_filters[2], _filters[3]), stride, padding);
        _columns = Save(_windows.ToColumns(x));
        _rows = Save(weight.Reshape(_filters[0], -1));                                         // a filter a row
        Tensor y = _columns.MatMul(_rows.Transpose()) + bias;                                  // [n · oh · ow, filters]
        return y.Reshape(x.Shape[0], _windows.OutHeight, _windows.OutWidth, -1).Permute(0, 3, 1, 2);
    }

    /// <inheritdoc/>
    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Tensor dy = gradient.Permute(0, 2, 3, 1).Reshape(-1, _filters[0]);
        inputGradients[0] = _windows.ToImages(dy.MatMul(_rows));
        inputGradients[1] = dy.Transpose().MatMul(_columns).Reshape(_filters.AsSpan());
        inputGradients[2] = dy.Sum(axis: 0);
    }
}
