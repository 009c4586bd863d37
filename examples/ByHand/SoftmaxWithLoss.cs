namespace Backprop.Examples.ByHand;

/// <summary>
/// y = softmax(x), L = −Σ t · log y / n, for scores x [n, classes] and labels t: one-hot [n, classes], or class numbers [n].
/// ∂L/∂x = (y − t) / n: the error itself. That is why the two are one layer.
/// </summary>
/// <remarks>The book adds 1e-7 inside the logarithm, against log 0, and its backward does not know of that. log y = x − log Σ exp x needs no such thing.</remarks>
/// <param name="labels">t.</param>
public sealed class SoftmaxWithLossOperation(Tensor labels) : UnaryOperation
{
    private Tensor _y = null!, _t = null!;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        _t = Save(OneHot(x));
        Tensor shifted = x - x.Max(axis: 1, keepAxes: true); // the same softmax, and no overflow
        Tensor logY = shifted - shifted.Exp().Sum(axis: 1, keepAxes: true).Log();
        _y = Save(logY.Exp());
        return -(_t * logY).Sum() / x.Shape[0];
    }

    /// <inheritdoc/>
    protected override Tensor Backward(Tensor gradient) => gradient * (_y - _t) / _y.Shape[0];

    private Tensor OneHot(Tensor x)
    {
        double[] t = labels.ToDoubles();
        int classes = x.Shape[1];
        return Tensor.Generate(x.Shape, x.DType, i => labels.Shape == x.Shape ? t[i] : t[i / classes] == i % classes ? 1 : 0);
    }
}
