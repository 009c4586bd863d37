using System.Diagnostics;

namespace Backprop;

/// <summary>What a number of a <see cref="Schedule"/> counts.</summary>
public enum ScheduleUnit
{
    /// <summary>Steps of the optimizer.</summary>
    Step,

    /// <summary>Epochs.</summary>
    Epoch,
}

/// <summary>Trains a model: forward, loss, backward, step; over batches, over epochs.</summary>
/// <remarks>
/// <code>
/// var trainer = new Trainer(model, Losses.CrossEntropy, new Adam(model.Parameters, learningRate: 1e-3));
/// History history = trainer.Fit(train, epochs: 3, batchSize: 100, validation: test, metrics: [new Accuracy()]);
/// </code>
/// What <c>Fit</c> does is no more than this, and may be written out wherever a loop of one's own is wanted:
/// <code>
/// var loader = new DataLoader(train, batchSize: 100, shuffle: true);
/// var memory = new StepMemory();
/// for (int epoch = 0; epoch &lt; 3; epoch++)
/// {
///     foreach (Batch batch in loader)
///     {
///         using StepScope step = memory.Begin();
///         Tensor loss = Losses.CrossEntropy(model.Forward(batch.Inputs), batch.Targets);
///         optimizer.Step(loss.Backward());
///     }
/// }
/// </code>
/// The same seeds give the same weights, bit by bit, whatever <see cref="Threads.Count"/>.
/// </remarks>
public sealed class Trainer
{
    private readonly Func<Tensor, Tensor, Tensor> _loss;
    private readonly StepMemory _memory = new();

    /// <summary>A trainer of this model.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="loss">What is made smaller: prediction, target → scalar, a mean over the batch. Each of <see cref="Losses"/> fits.</param>
    /// <param name="optimizer">What changes the model's parameters.</param>
    public Trainer(Module model, Func<Tensor, Tensor, Tensor> loss, Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(optimizer);
        (Model, _loss, Optimizer) = (model, loss, optimizer);
    }

    /// <summary>What is trained.</summary>
    public Module Model { get; }

    /// <summary>What changes the model's parameters.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>Trains for a number of epochs, or until a callback stops it.</summary>
    /// <param name="train">The training set.</param>
    /// <param name="epochs">How often to go through it.</param>
    /// <param name="batchSize">Examples a batch; the last batch of an epoch may be smaller.</param>
    /// <param name="validation">A set that is judged after each epoch and not learnt from.</param>
    /// <param name="metrics">What to judge by besides the loss.</param>
    /// <param name="callbacks">What else to do, in this order: <see cref="EarlyStopping"/>, <see cref="SaveBest"/>, your own.</param>
    /// <param name="schedule">The learning rate, and with <see cref="OneCycle"/> the momentum; otherwise the optimizer's own stays.</param>
    /// <param name="scheduleUnit">What the schedule counts.</param>
    /// <param name="gradientClipping">What is done to the gradients before each step: <c>g => GradientClipping.ByNorm(g, 1)</c>.</param>
    /// <param name="accumulationSteps">
    /// Batches whose gradients are averaged into one step, each by its examples: 4 batches of 25 give the step of one batch of 100 with the memory of 25.
    /// </param>
    /// <param name="shuffle">Whether each epoch goes through the set in an order of its own (PyTorch's loader: off by default).</param>
    /// <param name="random">Where that order comes from; <see cref="RandomSource.Current"/> by default.</param>
    /// <param name="readAhead">Whether batches are made on another thread meanwhile, see <see cref="DataLoader"/>: for data sets that are slow to read.</param>
    /// <param name="progress">Hears of each step, on this thread if it is not <see cref="Progress{T}"/>.</param>
    /// <param name="cancellationToken">Ends the training before the next step; the weights are then those of the last one.</param>
    /// <exception cref="ArgumentException">The training set is empty, or two metrics have one name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    /// <exception cref="DivergedException">The loss became NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public History Fit(
        Dataset train, int epochs, int batchSize, Dataset? validation = null, IReadOnlyList<Metric>? metrics = null, IReadOnlyList<ICallback>? callbacks = null,
        Schedule? schedule = null, ScheduleUnit scheduleUnit = ScheduleUnit.Step, Action<Gradients>? gradientClipping = null, int accumulationSteps = 1,
        bool shuffle = true, RandomSource? random = null, bool readAhead = false, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(accumulationSteps);
        Evaluation.CheckNotEmpty(train, "Fit", "training");
        if (validation is not null) Evaluation.CheckNotEmpty(validation, "Fit", "validation");
        callbacks ??= [];

        var run = new TrainingRun(Model, Optimizer, epochs);
        var board = new ScoreBoard(metrics);
        var loader = new DataLoader(train, batchSize, shuffle, random, readAhead: readAhead);
        int steps = (loader.BatchCount - 1) / accumulationSteps + 1;
        bool wasTraining = Model.Training;
        Model.Train();
        try
        {
            foreach (ICallback callback in callbacks) callback.TrainingStarts(run);
            for (int epoch = 1; epoch <= epochs && run.History.StoppedBecause is null; epoch++)
            {
                long start = Stopwatch.GetTimestamp();
                TrainEpoch(epoch);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                Scores trained = board.Read();
                Scores? validated = validation is null ? null : Evaluation.Of(Model, _loss, validation, Math.Max(batchSize, Evaluation.BatchSize), metrics, cancellationToken);
                double validationSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds - seconds;
                var record = new EpochRecord(epoch, trained, validated, Optimizer.LearningRate, seconds, validationSeconds);
                run.History.Add(record);
                foreach (ICallback callback in callbacks) callback.EpochEnds(run, record);
            }
            foreach (ICallback callback in callbacks) callback.TrainingEnds(run);
        }
        finally
        {
            if (!wasTraining) Model.Evaluate();
        }
        return run.History;

        void TrainEpoch(int epoch)
        {
            board.Reset();
            using IEnumerator<Batch> batches = loader.GetEnumerator();
            for (int step = 1; step <= steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (schedule is not null) Follow(schedule, scheduleUnit == ScheduleUnit.Step ? run.Step : epoch - 1);
                using (_memory.Begin())
                {
                    long wanted = (long)accumulationSteps * batchSize, examples = Math.Min(wanted, train.Count - (step - 1) * wanted);
                    Gradients? gradients = null;
                    for (int part = 0; part < accumulationSteps && batches.MoveNext(); part++)
                    {
                        Batch batch = batches.Current;
                        Tensor prediction = Model.Forward(batch.Inputs);
                        Tensor loss = _loss(prediction, batch.Targets);
                        double value = loss.Item();
                        if (!double.IsFinite(value)) throw new DivergedException(value, epoch, step, steps, Optimizer.LearningRate);
                        board.Add(value, prediction, batch.Targets);
                        if (accumulationSteps == 1) gradients = loss.Backward();
                        else Accumulate(ref gradients, loss.Backward(Tensor.Full(loss.Shape, (double)batch.Targets.Shape[0] / examples, loss.DType)));
                    }
                    gradientClipping?.Invoke(gradients!);
                    Optimizer.Step(gradients!);
                }
                run.Step++;
                foreach (ICallback callback in callbacks) callback.StepEnds(run);
                progress?.Report(new TrainingProgress(epoch, epochs, step, steps, board.Loss, board.Metrics, Optimizer.LearningRate));
            }
        }
    }

    /// <inheritdoc cref="Evaluation.Of"/>
    public Scores Evaluate(Dataset data, int batchSize = Evaluation.BatchSize, IReadOnlyList<Metric>? metrics = null, CancellationToken cancellationToken = default) =>
        Evaluation.Of(Model, _loss, data, batchSize, metrics, cancellationToken);

    /// <inheritdoc cref="Evaluation.Predictions"/>
    public Tensor Predict(Dataset data, int batchSize = Evaluation.BatchSize, CancellationToken cancellationToken = default) =>
        Evaluation.Predictions(Model, data, batchSize, cancellationToken);

    private void Follow(Schedule schedule, long t)
    {
        Optimizer.LearningRate = schedule.At(t);
        if (schedule is OneCycle cycle && Optimizer is IHasMomentum withMomentum) withMomentum.Momentum = cycle.MomentumAt(t);
    }

    private static void Accumulate(ref Gradients? total, Gradients part)
    {
        if (total is null) total = part;
        else total.Add(part);
    }
}
