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
    /// <param name="nonFinite">What is done about a loss or a gradient that is NaN or infinite.</param>
    /// <param name="checkpoints">Where to keep how far the training has come, and to go on from.</param>
    /// <param name="progress">Hears of each step, on this thread if it is not <see cref="Progress{T}"/>.</param>
    /// <param name="cancellationToken">Ends the training before the next step, with a checkpoint if there are any; the weights are then those of the last one.</param>
    /// <exception cref="ArgumentException">The training set is empty, two metrics have one name, or the optimizer is another model's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    /// <exception cref="DivergedException">The loss, a gradient or a weight became NaN or infinite.</exception>
    /// <exception cref="InvalidOperationException">The checkpoints that are there are of a training that is not finished, and it is not to be resumed.</exception>
    /// <exception cref="IOException">A checkpoint can't be written, and nobody listens to <see cref="Checkpoints.Trouble"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public History Fit(
        Dataset train, int epochs, int batchSize, Dataset? validation = null, IReadOnlyList<Metric>? metrics = null, IReadOnlyList<ICallback>? callbacks = null,
        Schedule? schedule = null, ScheduleUnit scheduleUnit = ScheduleUnit.Step, Action<Gradients>? gradientClipping = null, int accumulationSteps = 1,
        bool shuffle = true, RandomSource? random = null, bool readAhead = false, NonFinite nonFinite = NonFinite.StopAtLoss, Checkpoints? checkpoints = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(accumulationSteps);
        Evaluation.CheckNotEmpty(train, "Fit", "training");
        if (validation is not null) Evaluation.CheckNotEmpty(validation, "Fit", "validation");
        return new TrainingLoop(Model, _loss, Optimizer, _memory, new FitOptions(train, epochs, batchSize)
        {
            Validation = validation,
            Metrics = metrics,
            Callbacks = callbacks ?? [],
            Schedule = schedule,
            ScheduleUnit = scheduleUnit,
            GradientClipping = gradientClipping,
            AccumulationSteps = accumulationSteps,
            Shuffle = shuffle,
            Random = random,
            ReadAhead = readAhead,
            NonFinite = nonFinite,
            Checkpoints = checkpoints,
            Progress = progress,
            CancellationToken = cancellationToken,
        }).Run();
    }

    /// <inheritdoc cref="Evaluation.Of"/>
    public Scores Evaluate(Dataset data, int batchSize = Evaluation.BatchSize, IReadOnlyList<Metric>? metrics = null, CancellationToken cancellationToken = default) =>
        Evaluation.Of(Model, _loss, data, batchSize, metrics, cancellationToken);

    /// <inheritdoc cref="Evaluation.Predictions"/>
    public Tensor Predict(Dataset data, int batchSize = Evaluation.BatchSize, CancellationToken cancellationToken = default) =>
        Evaluation.Predictions(Model, data, batchSize, cancellationToken);
}
