namespace Backprop.Tests;

/// <summary>The training loop: what it computes, when it stops, what it says.</summary>
public class TrainerTests
{
    /// <summary>60 points on a line: y = 2x − 1, a regression that any step size in reason learns.</summary>
    private static readonly Dataset s_line = Line(60);

    [Fact]
    public void Fit_Regression_LearnsTheLine()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        History history = new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 0.1)).Fit(s_line, epochs: 40, batchSize: 10, random: new RandomSource(2));
        Assert.Equal(2, model.Weight.Item(), 1e-3);
        Assert.Equal(-1, model.Bias!.Item(), 1e-3);
        Assert.Equal(Enumerable.Range(1, 40), history.Epochs.Select(epoch => epoch.Epoch));
        Assert.True(history.Last.Train.Loss < history.Epochs[0].Train.Loss / 1000);
        Assert.Null(history.StoppedBecause);
    }

    [Fact]
    public void Fit_OneEpoch_IsTheOpenLoop()
    {
        (Linear fitted, Linear looped) = (new Linear(1, 1, random: new RandomSource(1)), new Linear(1, 1, random: new RandomSource(1)));
        new Trainer(fitted, Losses.Mse, new Sgd(fitted.Parameters, learningRate: 0.1)).Fit(s_line, epochs: 2, batchSize: 7, random: new RandomSource(3));

        var optimizer = new Sgd(looped.Parameters, learningRate: 0.1);
        var loader = new DataLoader(s_line, batchSize: 7, shuffle: true, new RandomSource(3));
        for (int epoch = 0; epoch < 2; epoch++)
        {
            foreach (Batch batch in loader) optimizer.Step(Losses.Mse(looped.Forward(batch.Inputs), batch.Targets).Backward());
        }
        Assert.Equal(looped.Weight.ToArray<float>(), fitted.Weight.ToArray<float>());
        Assert.Equal(looped.Bias!.ToArray<float>(), fitted.Bias!.ToArray<float>());
    }

    [Fact]
    public void Fit_Metrics_AreThoseOfAllExamples()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        var trainer = new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 0.01));
        EpochRecord epoch = trainer.Fit(s_line, epochs: 1, batchSize: 7, validation: Line(9), metrics: [new RootMeanSquareError()], random: new RandomSource(3)).Last;
        Assert.Equal(60, epoch.Train.Examples);
        Assert.Equal(9, epoch.Validation!.Examples);
        Assert.Equal(Math.Sqrt(epoch.Train.Loss), epoch.Train["rmse"], 1e-6); // rounding of the loss, which is computed in float32
        Assert.Equal(Math.Sqrt(epoch.Validation.Loss), epoch.Validation["rmse"], 1e-6);
        Scores again = trainer.Evaluate(Line(9), batchSize: 4, [new RootMeanSquareError()]);
        Assert.Equal(epoch.Validation["rmse"], again["rmse"], 1e-6);
        Assert.Equal(0.01, epoch.LearningRate);
        Assert.True(epoch.Seconds > 0 && epoch.ValidationSeconds > 0);
    }

    [Fact]
    public void Fit_AccumulatedBatches_TakeTheStepOfOneLargeBatch()
    {
        (Linear small, Linear large) = (new Linear(1, 1, random: new RandomSource(1)), new Linear(1, 1, random: new RandomSource(1)));
        new Trainer(small, Losses.Mse, new Sgd(small.Parameters, 0.1)).Fit(Line(25), epochs: 1, batchSize: 4, accumulationSteps: 5, shuffle: false); // 4·5, then 4 + 1
        new Trainer(large, Losses.Mse, new Sgd(large.Parameters, 0.1)).Fit(Line(25), epochs: 1, batchSize: 20, shuffle: false);
        Assert.Equal(large.Weight.Item(), small.Weight.Item(), 1e-6); // sums in another order
        Assert.Equal(large.Bias!.Item(), small.Bias!.Item(), 1e-6);
    }

    [Fact]
    public void Fit_Schedule_SetsTheRateOfEachStepOrEpoch()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        var trainer = new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 9));
        var rates = new List<double>();
        var listener = new Listener(progress => rates.Add(progress.LearningRate));
        var falling = new LambdaLr(0.1, t => 1.0 / (t + 1));
        trainer.Fit(Line(20), epochs: 2, batchSize: 10, schedule: falling, progress: listener);
        trainer.Fit(Line(20), epochs: 2, batchSize: 10, schedule: falling, scheduleUnit: ScheduleUnit.Epoch, progress: listener);
        Assert.Equal([0.1, 0.05, 0.1 / 3, 0.025, 0.1, 0.1, 0.05, 0.05], rates);
    }

    [Fact]
    public void Fit_OneCycle_MovesTheMomentumToo()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        var optimizer = new Sgd(model.Parameters, learningRate: 0.01, momentum: 0.9);
        var cycle = new OneCycle(0.01, totalSteps: 4);
        new Trainer(model, Losses.Mse, optimizer).Fit(Line(20), epochs: 2, batchSize: 10, schedule: cycle);
        Assert.Equal(cycle.MomentumAt(3), optimizer.Momentum);
    }

    [Fact]
    public void Fit_Clipping_SeesTheGradientsBeforeTheStep()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        float before = model.Weight.AsSpan<float>()[0];
        new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 1)).Fit(Line(20), epochs: 1, batchSize: 20, gradientClipping: g => GradientClipping.ByNorm(g, 1e-3));
        Assert.InRange(Math.Abs(model.Weight.AsSpan<float>()[0] - before), 1e-6f, 1e-3f);
    }

    [Fact]
    public void Fit_GradientsReady_SeesTheLossAndTheClippedGradientsOfTheStep()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        var seen = new List<(int Epoch, long Step, double Loss, double Norm)>();
        var listener = new GradientListener((run, gradients) => seen.Add((run.Epoch, run.Step, run.Loss, gradients.Norm())));
        History history = new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 0)).Fit(
            Line(25), epochs: 2, batchSize: 5, accumulationSteps: 2, callbacks: [listener], gradientClipping: g => GradientClipping.ByNorm(g, 1e-3));
        Assert.Equal([(1, 0), (1, 1), (1, 2), (2, 3), (2, 4), (2, 5)], seen.Select(step => (step.Epoch, step.Step)));
        Assert.All(seen, step => Assert.Equal(1e-3, step.Norm, 1e-6));
        Assert.Equal(history.Epochs[0].Train.Loss, (10 * seen[0].Loss + 10 * seen[1].Loss + 5 * seen[2].Loss) / 25, 1e-6);
    }

    [Fact]
    public void Fit_Validated_SeesEachPredictionInTheOrderOfTheSet()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        TensorDataset validation = Line(250);
        var seen = new List<(int Epoch, float Prediction, float Target)>();
        var listener = new ValidationListener((run, prediction, target) => seen.AddRange(prediction.ToArray<float>().Zip(target.ToArray<float>(), (a, b) => (run.Epoch, a, b))));
        new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 0)).Fit(Line(20), epochs: 2, batchSize: 10, validation, callbacks: [listener]);
        float[] predictions = model.Predict(validation.ReadAll().Inputs).ToArray<float>(), targets = validation.ReadAll().Targets.ToArray<float>();
        Assert.Equal(Enumerable.Repeat(1, 250).Concat(Enumerable.Repeat(2, 250)), seen.Select(each => each.Epoch));
        Assert.Equal([.. predictions, .. predictions], seen.Select(each => each.Prediction));
        Assert.Equal([.. targets, .. targets], seen.Select(each => each.Target));
    }

    [Fact]
    public void Fit_Progress_CountsStepsAndEpochs()
    {
        var model = new Linear(1, 1);
        var heard = new List<(int, int, int, int)>();
        new Trainer(model, Losses.Mse, new Sgd(model.Parameters)).Fit(Line(25), epochs: 2, batchSize: 10, progress: new Listener(p => heard.Add((p.Epoch, p.Epochs, p.Step, p.Steps))));
        Assert.Equal([(1, 2, 1, 3), (1, 2, 2, 3), (1, 2, 3, 3), (2, 2, 1, 3), (2, 2, 2, 3), (2, 2, 3, 3)], heard);
    }

    [Fact]
    public void Fit_Cancelled_StopsBeforeTheNextStep_WithTheWeightsOfTheLast()
    {
        (Linear cancelled, Linear whole) = (new Linear(1, 1, random: new RandomSource(1)), new Linear(1, 1, random: new RandomSource(1)));
        using var source = new CancellationTokenSource();
        var listener = new Listener(progress =>
        {
            if (progress.Step == 2) source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => new Trainer(cancelled, Losses.Mse, new Sgd(cancelled.Parameters, 0.1))
            .Fit(Line(40), epochs: 1, batchSize: 10, shuffle: false, progress: listener, cancellationToken: source.Token));
        new Trainer(whole, Losses.Mse, new Sgd(whole.Parameters, 0.1)).Fit(Line(20, of: 40), epochs: 1, batchSize: 10, shuffle: false);
        Assert.Equal(whole.Weight.Item(), cancelled.Weight.Item());
    }

    [Fact]
    public void Fit_LossTurnsNaN_SaysWhereAndWhatToDo_AndKeepsTheWeights()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        Tensor inputs = Tensor.Generate([40, 1], DType.Float32, i => i == 25 ? double.NaN : 0.01 * i);
        var trainer = new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 0.5));
        DivergedException error = Assert.Throws<DivergedException>(() => trainer.Fit(new TensorDataset(inputs, inputs), epochs: 3, batchSize: 10, shuffle: false));
        Assert.StartsWith("Fit: the loss is NaN in epoch 1, step 3 of 4, at learning rate 0.5.", error.Message);
        Assert.Contains("Remedy: a smaller learning rate", error.Message);
        Assert.True(double.IsFinite(model.Weight.Item()));
    }

    [Fact]
    public void Fit_RateFarTooLarge_Diverges()
    {
        var model = new Linear(1, 1, random: new RandomSource(1));
        Assert.Throws<DivergedException>(() => new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 1e6)).Fit(s_line, epochs: 50, batchSize: 60));
    }

    [Fact]
    public void Fit_NothingToLearnFrom_IsRefused()
    {
        var model = new Linear(1, 1);
        var trainer = new Trainer(model, Losses.Mse, new Sgd(model.Parameters));
        Assert.StartsWith("Fit: the training set has no examples.", Assert.Throws<ArgumentException>(() => trainer.Fit(Line(0), epochs: 1, batchSize: 1)).Message);
        Assert.StartsWith("Fit: the validation set has no examples.", Assert.Throws<ArgumentException>(() => trainer.Fit(s_line, 1, 1, validation: Line(0))).Message);
        Assert.StartsWith("Evaluate: the data set has no examples.", Assert.Throws<ArgumentException>(() => trainer.Evaluate(Line(0))).Message);
        Assert.StartsWith("Predict: the data set has no examples.", Assert.Throws<ArgumentException>(() => trainer.Predict(Line(0))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(s_line, epochs: 0, batchSize: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(s_line, epochs: 1, batchSize: 0));
        Assert.Throws<ArgumentException>(() => trainer.Fit(s_line, 1, 1, metrics: [new Accuracy(), new Accuracy()]));
    }

    [Fact]
    public void Evaluate_LeavesModeAndWeightsAlone()
    {
        var model = new Sequential(new Linear(1, 8), new BatchNorm1d(8), new Dropout(0.5), new Linear(8, 1));
        var trainer = new Trainer(model, Losses.Mse, new Sgd(model.Parameters));
        float[] mean = model.NamedBuffers.First().Value.ToArray<float>();
        Scores first = trainer.Evaluate(s_line), second = trainer.Evaluate(s_line, batchSize: 7);
        Assert.Equal(first.Loss, second.Loss, 1e-6); // neither dropout nor the batch plays a part
        Assert.Equal(mean, model.NamedBuffers.First().Value.ToArray<float>());
        Assert.True(model.Training);
        model.Evaluate();
        trainer.Fit(s_line, epochs: 1, batchSize: 20);
        Assert.False(model.Training);
    }

    [Fact]
    public void Predict_IsForwardOnAll_InOrder()
    {
        var model = new Linear(1, 2, random: new RandomSource(4));
        var trainer = new Trainer(model, Losses.Mse, new Sgd(model.Parameters));
        Tensor inputs = Tensor.Generate([23, 1], DType.Float32, i => i), all = trainer.Predict(new TensorDataset(inputs, inputs), batchSize: 5);
        Assert.Equal([23, 2], all.Shape);
        Assert.Equal(model.Predict(inputs).ToArray<float>(), all.ToArray<float>());
    }

    [Fact]
    public void Callbacks_HearOfEverythingInOrder()
    {
        var model = new Linear(1, 1);
        var diary = new Diary();
        new Trainer(model, Losses.Mse, new Sgd(model.Parameters)).Fit(Line(20), epochs: 2, batchSize: 10, callbacks: [diary]);
        Assert.Equal(["start", "epoch 1 starts", "step 1", "step 2", "epoch 1", "epoch 2 starts", "step 3", "step 4", "epoch 2", "end"], diary.Entries);
    }

    private static TensorDataset Line(int count, int of = 0) => new(
        Tensor.Generate([count, 1], DType.Float32, i => 2.0 * i / Math.Max(count, of) - 1),
        Tensor.Generate([count, 1], DType.Float32, i => 2 * (2.0 * i / Math.Max(count, of) - 1) - 1));

    private sealed class Listener(Action<TrainingProgress> hear) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => hear(value);
    }

    private sealed class GradientListener(Action<TrainingRun, Gradients> hear) : ICallback
    {
        public void GradientsReady(TrainingRun run, Gradients gradients) => hear(run, gradients);
    }

    private sealed class ValidationListener(Action<TrainingRun, Tensor, Tensor> hear) : ICallback
    {
        public void Validated(TrainingRun run, Tensor prediction, Tensor target) => hear(run, prediction, target);
    }

    private sealed class Diary : ICallback
    {
        public List<string> Entries { get; } = [];

        public void TrainingStarts(TrainingRun run) => Entries.Add("start");

        public void EpochStarts(TrainingRun run) => Entries.Add($"epoch {run.Epoch} starts");

        public void StepEnds(TrainingRun run) => Entries.Add($"step {run.Step}");

        public void EpochEnds(TrainingRun run, EpochRecord epoch) => Entries.Add($"epoch {run.History.Last.Epoch}");

        public void TrainingEnds(TrainingRun run) => Entries.Add("end");
    }
}
