using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>A loss of class scores [n, classes, positions...]: one number for each position, then a reduction.</summary>
/// <param name="reduction">What is made of the losses of the positions.</param>
/// <param name="count">What the mean divides by.</param>
internal abstract class ClassLossOperation<T>(Reduction reduction, double count) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private double _divisor;

    /// <summary>What the sum over the positions is divided by, in a formula.</summary>
    protected string Share => _divisor == 1 ? "" : $" / {OperationFormula.Text(_divisor)}";

    /// <summary>The sign of the sum over the positions, where there is one.</summary>
    protected string Sum => reduction == Reduction.None || ScoresShape.ElementCount == Classes ? "" : "Σ ";

    /// <summary>The scores' shape, and the same as [outer, classes, inner].</summary>
    protected Shape ScoresShape { get; private set; }

    protected int Classes { get; private set; }

    protected int Inner { get; private set; }

    protected sealed override Tensor Forward(Tensor x)
    {
        ScoresShape = x.Shape;
        int axis = ClassLabels.ClassAxis(x.Shape, Name);
        (Classes, Inner) = AxisSplit.Of(x.Shape, axis, Name);
        Tensor losses = Losses(x, ClassLabels.PositionsOf(x.Shape, axis));
        _divisor = reduction switch
        {
            Reduction.Mean => count,
            Reduction.BatchMean => axis == 0 ? 1 : x.Shape[0],
            _ => 1,
        };
        if (reduction == Reduction.None) return losses;
        Tensor loss = Tensor.Scalar(BlockSum.Of<T>(losses.AsSpan<T>()) / _divisor, x.DType);
        losses.Discard();
        return loss;
    }

    protected sealed override Tensor Backward(Tensor gradient)
    {
        Tensor upstream = Tensor.Uninitialized<T>(ClassLabels.PositionsOf(ScoresShape, ClassLabels.ClassAxis(ScoresShape, Name)));
        if (reduction == Reduction.None) gradient.AsSpan<T>().CopyTo(upstream.AsSpan<T>());
        else upstream.Fill(_divisor == 0 ? 0 : gradient.Item() / _divisor); // where no label counts, the mean is NaN and nothing pulls
        Tensor dx = Tensor.Uninitialized<T>(ScoresShape);
        Backward(upstream.AsSpan<T>(), dx.AsSpan<T>());
        upstream.Discard();
        return dx;
    }

    /// <summary>The loss of each position, a new tensor of shape <paramref name="positions"/>.</summary>
    protected abstract Tensor Losses(Tensor x, Shape positions);

    /// <summary>Writes ∂L/∂x, given ∂L/∂loss of each position in a span that may be overwritten.</summary>
    protected abstract void Backward(Span<T> upstream, Span<T> dx);
}
