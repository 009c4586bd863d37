namespace Backprop;

/// <summary>
/// How far a prediction is from its target, as one number to minimise. Each loss fits <c>Func&lt;Tensor, Tensor, Tensor&gt;</c>, as the trainer takes it, and has an
/// overload with its settings.
/// </summary>
public static partial class Losses
{
    private static void CheckEqualShapes(string loss, Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction, "input");
        ArgumentNullException.ThrowIfNull(target);
        if (prediction.Shape != target.Shape)
        {
            if (target.DType.IsInteger && prediction.Rank > 1 && target.Shape == prediction.Shape[..1].Concat(prediction.Shape[2..]))
            {
                ShapeException.Throw(loss, "the target looks like class numbers, and a number for each output is due",
                    $"target {prediction.Shape}, for classes 1 at the class and 0 elsewhere (one-hot); or CrossEntropy, which takes class numbers", ("input", prediction.Shape), ("target", target.Shape));
            }
            string remedy = prediction.ElementCount == target.ElementCount ? $"; Reshape({prediction.Shape}) of the target makes them so" : "; nothing is broadcast, for that hides mistakes";
            ShapeException.Throw(loss, "the shapes differ", $"equal shapes{remedy}", ("input", prediction.Shape), ("target", target.Shape));
        }
        CheckEqualDTypes(loss, prediction, target);
    }

    private static void CheckEqualDTypes(string loss, Tensor prediction, Tensor target)
    {
        if (prediction.DType != target.DType) throw new ArgumentException(
            $"{loss}: the input is {prediction.DType}, the target {target.DType}. Convert the target with To(DType.{prediction.DType}).", nameof(target));
    }

    private static void CheckProbabilities(Tensor scores, Tensor target, int classAxis)
    {
        if (target.Shape != scores.Shape)
        {
            bool labels = target.Shape == ClassLabels.PositionsOf(scores.Shape, classAxis);
            ShapeException.Throw(nameof(CrossEntropy),
                labels ? $"these labels are {target.DType}, and class numbers are integers" : "a floating-point target holds probabilities, and these do not fit the logits",
                labels ? "class numbers as Int32 or Int64: convert them with To(DType.Int64)" : "probabilities of the logits' shape, or class numbers as Int64",
                ("logits", scores.Shape), ("target", target.Shape));
        }
        CheckEqualDTypes(nameof(CrossEntropy), scores, target);
        if (target.IsTracked) throw new NotSupportedException("CrossEntropy: there is no gradient for the target. Use Detach() on it.");
    }

    private static void CheckClassWeights(Tensor scores, Tensor? weights, string loss)
    {
        if (weights is null) return;
        int classes = scores.Shape[ClassLabels.ClassAxis(scores.Shape, loss)];
        if (weights.Rank != 1 || weights.Shape[0] != classes)
        {
            ShapeException.Throw(loss, "the class weights do not fit the scores", $"one weight for each class: [{classes}]", ("scores", scores.Shape), ("weights", weights.Shape));
        }
        if (weights.DType != scores.DType) throw new ArgumentException(
            $"{loss}: the scores are {scores.DType}, the class weights {weights.DType}. Convert the weights with To(DType.{scores.DType}).", nameof(weights));
    }

    /// <summary>Losses of elements, each times its weight, which is broadcast, then reduced.</summary>
    private static Tensor Weighted(string loss, Tensor losses, Tensor weight, Reduction reduction)
    {
        Tensor weighted = losses * weight;
        if (weighted.Shape != losses.Shape)
        {
            ShapeException.Throw(loss, "the weights have more elements than the input", "weights that broadcast to the input", ("input", losses.Shape), ("weights", weight.Shape));
        }
        return Reduce(weighted, reduction);
    }

    private static Tensor Reduce(Tensor losses, Reduction reduction) => reduction switch
    {
        Reduction.None => losses,
        Reduction.Sum => losses.Sum(),
        Reduction.Mean => losses.Mean(),
        _ => losses.Sum() / (losses.Rank == 0 ? 1 : losses.Shape[0]),
    };
}
