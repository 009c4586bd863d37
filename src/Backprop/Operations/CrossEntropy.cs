using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>loss = weight[label] · (log Σ exp(x) − x[label])</c>: cross-entropy of softmax(x) against class numbers, fused.</summary>
/// <remarks>
/// Shapes: x [n, classes, positions...], labels [n, positions...], weights [classes] → scalar, or [n, positions...] unreduced.
/// The maximum is subtracted first, so the loss is exact where softmax underflows. The mean divides by Σ weight[label] over the labels that count.
/// Backward: ∂L/∂x = upstream · weight[label] · (softmax(x) − onehot(label)). Saves softmax(x).
/// </remarks>
/// <param name="labels">From <see cref="ClassLabels.Prepare"/>.</param>
/// <param name="weights">One for each class, or null for ones.</param>
/// <param name="reduction">What is made of the losses of the positions.</param>
internal sealed class CrossEntropyOperation<T>(Tensor labels, Tensor? weights, Reduction reduction)
    : ClassLossOperation<T>(reduction, ClassLossKernel.TotalWeight(labels.AsSpan<int>(), weights.SpanOrEmpty<T>())) where T : unmanaged, IFloatingPointIeee754<T>
{
    public override string Name => "CrossEntropy";

    public override OperationFormula Formula => new(
        $"loss = {Sum}{Term("ln Σ exp(x) − x[label]")}", $"∂loss/∂x = {Term("softmax(x) − onehot(label)")}");

    /// <summary>A difference with the factors that it has.</summary>
    private string Term(string difference) => weights is null && Share.Length + Sum.Length == 0 ? difference : $"{(weights is null ? "" : "w[label] · ")}({difference}){Share}";

    private Tensor _softmax = null!;

    protected override Tensor Losses(Tensor x, Shape positions)
    {
        _softmax = Tensor.Uninitialized<T>(x.Shape);
        Tensor maximum = Tensor.Uninitialized<T>(positions), losses = Tensor.Uninitialized<T>(positions);
        SoftmaxKernel.Forward(x.AsSpan<T>(), _softmax.AsSpan<T>(), Classes, Inner, maximum.AsSpan<T>(), logSum: losses.AsSpan<T>());
        ClassLossKernel.CrossEntropy(
            x.AsSpan<T>(), maximum.AsSpan<T>(), losses.AsSpan<T>(), labels.AsSpan<int>(), weights.SpanOrEmpty<T>(), losses.AsSpan<T>(), Classes, Inner);
        maximum.Discard();
        Save(labels);
        if (weights is not null) Save(weights);
        Save(_softmax).Discard(); // when backward has read it
        return losses;
    }

    protected override void Backward(Span<T> upstream, Span<T> dx) => ClassLossKernel.CrossEntropyBackward(
        _softmax.AsSpan<T>(), labels.AsSpan<int>(), weights.SpanOrEmpty<T>(), upstream, dx, Classes, Inner);
}

/// <summary><c>loss = Σ target · (log Σ exp(x) − x)</c> over the classes: cross-entropy of softmax(x) against a distribution, fused.</summary>
/// <remarks>
/// Shapes: x and target [n, classes, positions...] → scalar, or [n, positions...] unreduced. The target may be weighted and need not sum to 1.
/// Backward: ∂L/∂x = upstream · (softmax(x) · Σ target − target). Saves softmax(x) and the target.
/// </remarks>
/// <param name="target">The distribution over the classes at each position.</param>
/// <param name="reduction">What is made of the losses of the positions.</param>
/// <param name="count">What the mean divides by.</param>
internal sealed class SoftCrossEntropyOperation<T>(Tensor target, Reduction reduction, double count)
    : ClassLossOperation<T>(reduction, count) where T : unmanaged, IFloatingPointIeee754<T>
{
    public override string Name => "SoftCrossEntropy";

    public override OperationFormula Formula => new($"loss = {Sum}Σ t · (ln Σ exp(x) − x){Share}", $"∂loss/∂x = (softmax(x) · Σ t − t){Share}");

    private Tensor _softmax = null!;

    protected override Tensor Losses(Tensor x, Shape positions)
    {
        _softmax = Tensor.Uninitialized<T>(x.Shape);
        Tensor maximum = Tensor.Uninitialized<T>(positions), losses = Tensor.Uninitialized<T>(positions);
        SoftmaxKernel.Forward(x.AsSpan<T>(), _softmax.AsSpan<T>(), Classes, Inner, maximum.AsSpan<T>(), logSum: losses.AsSpan<T>());
        ClassLossKernel.SoftCrossEntropy(x.AsSpan<T>(), maximum.AsSpan<T>(), losses.AsSpan<T>(), target.AsSpan<T>(), losses.AsSpan<T>(), Classes, Inner);
        maximum.Discard();
        Save(target);
        Save(_softmax).Discard(); // when backward has read it
        return losses;
    }

    protected override void Backward(Span<T> upstream, Span<T> dx) =>
        ClassLossKernel.SoftCrossEntropyBackward(_softmax.AsSpan<T>(), target.AsSpan<T>(), upstream, dx, Classes, Inner);
}

/// <summary><c>loss = −weight[label] · x[label]</c>: negative log-likelihood, x being log-probabilities.</summary>
/// <remarks>
/// Shapes: x [n, classes, positions...], labels [n, positions...], weights [classes] → scalar, or [n, positions...] unreduced.
/// The mean divides by Σ weight[label] over the labels that count.
/// Backward: ∂L/∂x[label] = −upstream · weight[label], 0 elsewhere. Saves the labels.
/// </remarks>
/// <param name="labels">From <see cref="ClassLabels.Prepare"/>.</param>
/// <param name="weights">One for each class, or null for ones.</param>
/// <param name="reduction">What is made of the losses of the positions.</param>
internal sealed class NllOperation<T>(Tensor labels, Tensor? weights, Reduction reduction)
    : ClassLossOperation<T>(reduction, ClassLossKernel.TotalWeight(labels.AsSpan<int>(), weights.SpanOrEmpty<T>())) where T : unmanaged, IFloatingPointIeee754<T>
{
    public override string Name => "Nll";

    public override OperationFormula Formula => new($"loss = {Sum}−{Weight}x[label]{Share}", $"∂loss/∂x = −{Weight}onehot(label){Share}");

    private string Weight => weights is null ? "" : "w[label] · ";

    protected override Tensor Losses(Tensor x, Shape positions)
    {
        Tensor losses = Tensor.Uninitialized<T>(positions);
        ClassLossKernel.Nll(x.AsSpan<T>(), labels.AsSpan<int>(), weights.SpanOrEmpty<T>(), losses.AsSpan<T>(), Classes, Inner);
        Save(labels);
        if (weights is not null) Save(weights);
        return losses;
    }

    protected override void Backward(Span<T> upstream, Span<T> dx) =>
        ClassLossKernel.NllBackward(labels.AsSpan<int>(), weights.SpanOrEmpty<T>(), upstream, dx, Classes, Inner);
}
