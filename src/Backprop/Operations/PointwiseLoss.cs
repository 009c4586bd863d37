using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>A loss that compares each element of a prediction with its target, then reduces: <c>Σ loss(x, t) / divisor</c>, in one pass and without an intermediate.</summary>
/// <remarks>
/// Shapes: x and t alike → scalar, or that shape unreduced.
/// Backward: ∂L/∂x = upstream · ∂loss/∂x / divisor, and the target's likewise. Saves x and t.
/// </remarks>
internal sealed class PointwiseLossOperation<T, TLoss>(TLoss loss, Reduction reduction) : BinaryOperation
    where T : unmanaged, IFloatingPointIeee754<T> where TLoss : struct, IPointwiseLoss<T>
{
    private Tensor _x = null!, _target = null!;

    public override string Name => TLoss.Name;

    public override OperationFormula Formula => new(
        $"loss = {Part(Sum, TLoss.Formula)}", $"∂loss/∂x = {Part("", TLoss.Derivatives.Input)}", $"∂loss/∂t = {Part("", TLoss.Derivatives.Target)}");

    private string Sum => reduction == Reduction.None || _x.ElementCount == 1 ? "" : "Σ ";

    private string Share => Divisor == 1 ? "" : $" / {OperationFormula.Text(Divisor)}";

    private double Divisor => reduction switch
    {
        Reduction.Mean => _x.ElementCount,
        Reduction.BatchMean => _x.Rank == 0 ? 1 : _x.Shape[0],
        _ => 1,
    };

    private string Part(string sum, string term) => sum.Length + Share.Length == 0 ? term : $"{sum}{OperationFormula.Factor(term)}{Share}";

    protected override Tensor Forward(Tensor a, Tensor b)
    {
        (_x, _target) = (Save(a), Save(b));
        if (reduction != Reduction.None) return Tensor.Scalar(PointwiseLossKernel.Sum(loss, a.AsSpan<T>(), b.AsSpan<T>()) / Divisor, a.DType);
        Tensor losses = Tensor.Uninitialized<T>(a.Shape);
        PointwiseLossKernel.Values(loss, a.AsSpan<T>(), b.AsSpan<T>(), losses.AsSpan<T>());
        return losses;
    }

    protected override (Tensor? A, Tensor? B) Backward(Tensor gradient) =>
        (NeedsA ? Slopes(gradient, ofTarget: false) : null, NeedsB ? Slopes(gradient, ofTarget: true) : null);

    private Tensor Slopes(Tensor gradient, bool ofTarget)
    {
        Tensor slopes = Tensor.Uninitialized<T>(_x.Shape);
        PointwiseLossKernel.Slopes(loss, ofTarget, _x.AsSpan<T>(), _target.AsSpan<T>(), gradient.AsSpan<T>(), T.CreateTruncating(1 / Divisor), slopes.AsSpan<T>());
        return slopes;
    }
}
