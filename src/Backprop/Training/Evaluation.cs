namespace Backprop;

/// <summary>What a model makes of a data set: in evaluation mode, without a graph, in the order of the set.</summary>
public static class Evaluation
{
    /// <summary>Examples that are looked at together by default; more would not be faster.</summary>
    public const int BatchSize = 100;

    /// <summary>Loss and metrics of a model on a data set. The model is left as it was.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loss">Prediction, target → scalar, a mean over the batch.</param>
    /// <param name="data">The data set.</param>
    /// <param name="batchSize">Examples a batch; the result does not depend on it but for rounding.</param>
    /// <param name="metrics">What to judge by besides the loss. They are reset first.</param>
    /// <param name="cancellationToken">Ends the work before the next batch.</param>
    /// <exception cref="ArgumentException">The data set is empty, or two metrics have one name.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Scores Of(Module model, Func<Tensor, Tensor, Tensor> loss, Dataset data, int batchSize = BatchSize, IReadOnlyList<Metric>? metrics = null,
        CancellationToken cancellationToken = default) => Watched(model, loss, data, batchSize, metrics, look: null, cancellationToken);

    /// <summary><see cref="Of"/>, of which <paramref name="look"/> hears batch by batch: prediction, target.</summary>
    internal static Scores Watched(Module model, Func<Tensor, Tensor, Tensor> loss, Dataset data, int batchSize, IReadOnlyList<Metric>? metrics,
        Action<Tensor, Tensor>? look, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(loss);
        CheckNotEmpty(data, "Evaluate", "data");
        var board = new ScoreBoard(metrics);
        ForEachBatch(model, data, batchSize, Judge, cancellationToken);
        return board.Read();

        void Judge(Tensor prediction, Tensor target)
        {
            board.Add(loss(prediction, target).Item(), prediction, target);
            look?.Invoke(prediction.Shown(), target.Shown());
        }
    }

    /// <summary>The model's outputs for all examples of a data set, [n, ...]. The model is left as it was.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The data set; its targets are not looked at.</param>
    /// <param name="batchSize">Examples a batch.</param>
    /// <param name="cancellationToken">Ends the work before the next batch.</param>
    /// <exception cref="ArgumentException">The data set is empty.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Tensor Predictions(Module model, Dataset data, int batchSize = BatchSize, CancellationToken cancellationToken = default)
    {
        CheckNotEmpty(data, "Predict", "data");
        Tensor? all = null;
        int rows = 0;
        ForEachBatch(model, data, batchSize, Collect, cancellationToken);
        return all!;

        void Collect(Tensor prediction, Tensor target)
        {
            if (all is null)
            {
                all = Tensor.Uninitialized(prediction.Shape.With(0, data.Count), prediction.DType);
                all.Keep();
            }
            int row = prediction.ElementCount / prediction.Shape[0];
            if (prediction.DType == DType.Float32) prediction.AsSpan<float>().CopyTo(all.AsSpan<float>()[(rows * row)..]);
            else prediction.AsSpan<double>().CopyTo(all.AsSpan<double>()[(rows * row)..]);
            rows += prediction.Shape[0];
        }
    }

    internal static void CheckNotEmpty(Dataset data, string method, string kind)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Count == 0) throw new ArgumentException($"{method}: the {kind} set has no examples. Check the file or the limit it was made with.", nameof(data));
    }

    private static void ForEachBatch(Module model, Dataset data, int batchSize, Action<Tensor, Tensor> look, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        bool wasTraining = model.Training;
        model.Evaluate();
        try
        {
            var memory = new StepMemory();
            using Autograd.Pause pause = Autograd.NoGradient();
            using IEnumerator<Batch> batches = new DataLoader(data, batchSize).GetEnumerator();
            for (bool more = true; more;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using StepScope step = memory.Begin(); // opened first, so that the batch is memory of the step
                more = batches.MoveNext();
                if (more) look(model.Forward(batches.Current.Inputs), batches.Current.Targets);
            }
        }
        finally
        {
            if (wasTraining) model.Train();
        }
    }
}
