namespace Backprop;

/// <summary>Mean absolute error: the mean of <c>|prediction − target|</c> over all elements.</summary>
/// <remarks>Shapes: both alike.</remarks>
public sealed class MeanAbsoluteError : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => "mae";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    protected override (double Sum, int Count) Sum(Tensor prediction, Tensor target) => Differences.Sum(prediction, target, nameof(MeanAbsoluteError), Math.Abs);
}

/// <summary>Root mean square error: the root of the mean of <c>(prediction − target)²</c> over all elements.</summary>
/// <remarks>Shapes: both alike. The root is taken of the mean over all batches, not batch by batch.</remarks>
public sealed class RootMeanSquareError : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => "rmse";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    protected override (double Sum, int Count) Sum(Tensor prediction, Tensor target) =>
        Differences.Sum(prediction, target, nameof(RootMeanSquareError), difference => difference * difference);

    /// <inheritdoc/>
    protected override double Result(double mean) => Math.Sqrt(mean);
}

/// <summary>The mean of a loss over the examples: to watch one that is not trained on.</summary>
/// <remarks>Expects a loss that is a mean over the batch, as every one in <see cref="Losses"/> is by default; batches count by their examples.</remarks>
/// <param name="name">The word for it in <see cref="History"/>.</param>
/// <param name="loss">The loss: prediction, target → scalar.</param>
public sealed class LossMetric(string name, Func<Tensor, Tensor, Tensor> loss) : MeanMetric
{
    private readonly Func<Tensor, Tensor, Tensor> _loss = loss ?? throw new ArgumentNullException(nameof(loss));

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    protected override (double Sum, int Count) Sum(Tensor prediction, Tensor target)
    {
        using Autograd.Pause pause = Autograd.NoGradient();
        int count = prediction.Shape[0];
        return (_loss(prediction, target).Item() * count, count);
    }
}

internal static class Differences
{
    public static (double Sum, int Count) Sum(Tensor prediction, Tensor target, string metric, Func<double, double> of)
    {
        if (prediction.Shape != target.Shape)
        {
            ShapeException.Throw(metric, "the shapes differ", "equal shapes", ("given", prediction.Shape), ("target", target.Shape));
        }
        double sum = 0;
        for (int i = 0; i < prediction.ElementCount; i++) sum += of(prediction.ElementAt(i) - target.ElementAt(i));
        return (sum, prediction.ElementCount);
    }
}
