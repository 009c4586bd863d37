namespace Backprop.Examples.ByHand;

/// <summary>
/// y = the greatest of each window of x, [n, c, h, w], channel by channel.
/// ∂L/∂x = ∂L/∂y at the place that was greatest, 0 elsewhere: the others did not matter.
/// </summary>
/// <param name="kernel">Height and width of a window.</param>
/// <param name="stride">From one window to the next.</param>
public sealed class PoolingOperation(Size2d kernel, int stride) : UnaryOperation
{
    private int[] _greatest = [];
    private Shape _shape;
    private Im2Col _windows = null!;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        _shape = x.Shape;
        _windows = new Im2Col([_shape[0] * _shape[1], 1, _shape[2], _shape[3]], kernel, stride); // each channel is an image of its own
        Tensor columns = _windows.ToColumns(x);
        _greatest = [.. columns.ArgMax(axis: 1).ToDoubles().Select(place => (int)place)];
        return columns.Max(axis: 1).Reshape(_shape[0], _shape[1], _windows.OutHeight, _windows.OutWidth);
    }

    /// <inheritdoc/>
    protected override Tensor Backward(Tensor gradient)
    {
        double[] dy = gradient.ToDoubles();
        int places = kernel.Height * kernel.Width;
        Tensor columns = Tensor.Generate([dy.Length, places], gradient.DType, i => i % places == _greatest[i / places] ? dy[i / places] : 0);
        return _windows.ToImages(columns).Reshape(_shape.AsSpan());
    }
}
