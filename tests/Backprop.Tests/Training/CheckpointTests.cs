namespace Backprop.Tests;

/// <summary>A training that was interrupted and resumed is the training that was not: weights to the bit, and everything else that it says.</summary>
public sealed class CheckpointTests : IDisposable
{
    private const int Epochs = 3, StepsOfEpoch = 4; // 30 examples, batches of 4, two a step

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Resume_AfterAnyStep_EndsWithTheSameBits(bool readAhead)
    {
        var whole = new Training();
        History expected = whole.Fit(null);
        for (int killedAfter = 0; killedAfter <= Epochs * StepsOfEpoch; killedAfter++)
        {
            string folder = _folder[$"{killedAfter}"];
            if (killedAfter > 0) Assert.Throws<Killed>(() => new Training { KilledAfter = killedAfter }.Fit(new Checkpoints(folder) { Steps = 1 }));
            var resumed = new Training { ReadAhead = readAhead };
            History history = resumed.Fit(new Checkpoints(folder) { Steps = 1, Resume = true });
            Assert.Equal(whole.Model.WeightsSha256(), resumed.Model.WeightsSha256());
            AssertSame(expected, history);
            Assert.Equal(whole.Stopping.BestEpoch, resumed.Stopping.BestEpoch);
            Assert.Equal(whole.Plateau.State, resumed.Plateau.State);
        }
    }

    [Fact]
    public void Resume_BetweenCheckpoints_RepeatsTheStepsSinceTheLast()
    {
        Assert.Throws<Killed>(() => new Training { KilledAfter = 7 }.Fit(new Checkpoints(_folder.Path) { Steps = 3 }));
        Assert.Equal(6, new Checkpoints(_folder.Path).Newest()!.Step);
        (Training whole, Training resumed) = (new Training(), new Training());
        whole.Fit(null);
        resumed.Fit(new Checkpoints(_folder.Path) { Resume = true });
        Assert.Equal(whole.Model.WeightsSha256(), resumed.Model.WeightsSha256());
    }

    [Fact]
    public void Resume_OfAFinishedTraining_HasNothingToDo_AndTellsItsHistory()
    {
        var first = new Training();
        History history = first.Fit(new Checkpoints(_folder.Path));
        Assert.True(new Checkpoints(_folder.Path).Newest()!.IsFinished);
        var again = new Training { KilledAfter = 1 };
        AssertSame(history, again.Fit(new Checkpoints(_folder.Path) { Resume = true }));
        Assert.Equal(first.Model.WeightsSha256(), again.Model.WeightsSha256());
    }

    [Fact]
    public void Cancelled_LeavesACheckpointOfItsLastStep()
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new Training { CancelledAfter = (5, source) }.Fit(new Checkpoints(_folder.Path) { Interval = TimeSpan.MaxValue }));
        Checkpoint checkpoint = new Checkpoints(_folder.Path).Newest()!;
        Assert.Equal((5, 2, false), (checkpoint.Step, checkpoint.Epoch, checkpoint.IsFinished));
    }

    [Fact]
    public void Cancelled_WithinValidation_GoesOnWithTheSameScores()
    {
        using var source = new CancellationTokenSource();
        var whole = new Training();
        History expected = whole.Fit(null);
        Assert.Throws<OperationCanceledException>(() => new Training { CancelledAfter = (StepsOfEpoch, source) }.Fit(new Checkpoints(_folder.Path)));
        AssertSame(expected, new Training().Fit(new Checkpoints(_folder.Path) { Resume = true }));
    }

    [Fact]
    public void Kept_AreTheNewestAndTheBest_AndNothingElse()
    {
        var training = new Training();
        History history = training.Fit(new Checkpoints(_folder.Path) { Steps = 1, Keep = 2 });
        Assert.Equal(["best.safetensors", "step-000000000011.safetensors", "step-000000000012.safetensors"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
        int best = history.Epochs.MinBy(epoch => epoch.Validation!.Loss)!.Epoch;
        Checkpoint kept = Checkpoint.Load(_folder["best.safetensors"]);
        Assert.Equal(best + 1, kept.Epoch);
        training.Model.LoadState(kept.Weights);
        Assert.Equal(history.Epochs[best - 1].Validation!.Loss, Evaluation.Of(training.Model, Losses.CrossEntropy, Training.Data(7, 2)).Loss);
    }

    [Fact]
    public void Damaged_IsPassedOver_AndTold()
    {
        Assert.Throws<Killed>(() => new Training { KilledAfter = 6 }.Fit(new Checkpoints(_folder.Path) { Steps = 1 }));
        string newest = _folder["step-000000000006.safetensors"], cut = _folder["step-000000000005.safetensors"];
        byte[] bytes = File.ReadAllBytes(newest);
        bytes[^5] ^= 1;
        File.WriteAllBytes(newest, bytes);
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^5]);
        File.WriteAllText(_folder["step-000000000007.safetensors.partial"], "what a killed process left");

        var trouble = new List<string>();
        (Training whole, Training resumed) = (new Training(), new Training());
        whole.Fit(null);
        resumed.Fit(new Checkpoints(_folder.Path) { Resume = true, Trouble = error => trouble.Add(error.Message) });
        Assert.Equal(whole.Model.WeightsSha256(), resumed.Model.WeightsSha256());
        Assert.Collection(trouble,
            message => Assert.Contains("step-000000000006.safetensors, byte 8: the checksum of the contents is", message),
            message => Assert.Contains("step-000000000005.safetensors, byte", message));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.partial"));
    }

    [Fact]
    public void NotWritable_IsTold_AndTheTrainingGoesOn()
    {
        Directory.CreateDirectory(_folder["step-000000000003.safetensors"]); // so that no file can take the name
        var trouble = new List<IOException>();
        (Training whole, Training troubled) = (new Training(), new Training());
        whole.Fit(null);
        troubled.Fit(new Checkpoints(_folder.Path) { Steps = 3, Keep = 100, Trouble = trouble.Add });
        Assert.Equal(whole.Model.WeightsSha256(), troubled.Model.WeightsSha256());
        Assert.Single(trouble);
        Assert.ThrowsAny<IOException>(() => new Training().Fit(new Checkpoints(_folder.Path) { Steps = 3 })); // nobody listens
    }

    [Fact]
    public void AnotherTrainings_IsRefused()
    {
        new Training().Fit(new Checkpoints(_folder.Path) { Keep = 1 });
        string path = _folder["step-000000000012.safetensors"];
        string message = Assert.Throws<ArgumentException>(() => new Training { BatchSize = 5 }.Fit(new Checkpoints(_folder.Path) { Resume = true })).Message;
        Assert.Equal($"{path}: this is a checkpoint of a training with batch size 4; this one has 5. Go on with what it was begun with, or begin anew in another folder.", message);
        Assert.Contains("of a training with optimizer Adam; this one has Sgd", Assert.Throws<ArgumentException>(() => new Training { PlainSgd = true }.Fit(new Checkpoints(_folder.Path) { Resume = true })).Message);
        Assert.Contains("of a training with data ", Assert.Throws<ArgumentException>(() => new Training { DataSeed = 9 }.Fit(new Checkpoints(_folder.Path) { Resume = true })).Message);
        Assert.Contains("unexpected  3.weight", Assert.Throws<ArgumentException>(() => new Training { Normalizes = false }.Fit(new Checkpoints(_folder.Path) { Resume = true })).Message);
    }

    [Fact]
    public void TwoTrainingsInOneFolder_AreKeptApart()
    {
        IOException? error = null;
        var checkpoints = new Checkpoints(_folder.Path);
        new Training { Meanwhile = () => error ??= Assert.ThrowsAny<IOException>(() => new Training().Fit(checkpoints)) }.Fit(checkpoints);
        Assert.StartsWith($"{_folder.Path}: another training writes its checkpoints there.", error!.Message);
    }

    [Fact]
    public void BegunAnew_WhereATrainingIsNotFinished_IsRefused_AndNothingIsLost()
    {
        Assert.Throws<Killed>(() => new Training { KilledAfter = 5 }.Fit(new Checkpoints(_folder.Path) { Steps = 1 }));
        string[] before = Directory.GetFiles(_folder.Path);
        string message = Assert.Throws<InvalidOperationException>(() => new Training().Fit(new Checkpoints(_folder.Path))).Message;
        Assert.Equal($"{_folder.Path} has checkpoints of a training that is not finished, 5 steps of it are done. Go on with it by Resume = true, choose another folder, or delete them.", message);
        Assert.Equal(before.Order(), Directory.GetFiles(_folder.Path).Order());
    }

    [Fact]
    public void BegunAnew_WhereATrainingFailedInItsFirstStep_IsNotRefused()
    {
        Assert.Throws<Killed>(() => new Training { KilledAfter = 0 }.Fit(new Checkpoints(_folder.Path)));
        Assert.Equal(0, new Checkpoints(_folder.Path).Newest()!.Step);
        Assert.Throws<Killed>(() => new Training { KilledAfter = 2 }.Fit(new Checkpoints(_folder.Path) { Steps = 1 }));
        Assert.Equal(2, new Checkpoints(_folder.Path).Newest()!.Step);
    }

    [Fact]
    public void BegunAnew_AnOldTrainingsCheckpointsAreGone()
    {
        new Training().Fit(new Checkpoints(_folder.Path) { Steps = 1, Keep = 9 });
        Assert.Throws<Killed>(() => new Training { KilledAfter = 2 }.Fit(new Checkpoints(_folder.Path) { Steps = 1 }));
        Assert.Equal(2, new Checkpoints(_folder.Path).Newest()!.Step);
    }

    private static void AssertSame(History expected, History actual)
    {
        Assert.Equal(expected.StoppedBecause, actual.StoppedBecause);
        Assert.Equal(expected.Epochs.Select(Numbers), actual.Epochs.Select(Numbers));

        static string Numbers(EpochRecord epoch) => string.Join(' ', (double[])[epoch.Epoch, epoch.LearningRate, epoch.Train.Loss, epoch.Train.Examples, epoch.Train["accuracy"], epoch.Train["confusion"],
            epoch.Validation!.Loss, epoch.Validation.Examples, epoch.Validation["accuracy"]]);
    }

    private sealed class Killed : Exception;

    /// <summary>A training with everything that has a memory: running statistics, dropout, Adam, momentum on a schedule, metrics, callbacks, batches put together, an order.</summary>
    private sealed class Training : IProgress<TrainingProgress>, ICallback
    {
        private Action? _cancel;
        private int _steps;

        public int KilledAfter { get; init; } = int.MaxValue;

        public (int Steps, CancellationTokenSource Source)? CancelledAfter { get; init; }

        public int BatchSize { get; init; } = 4;

        public bool PlainSgd { get; init; }

        public bool ReadAhead { get; init; }

        public bool Normalizes { get; init; } = true;

        public long DataSeed { get; init; } = 1;

        public Action? Meanwhile { get; init; }

        public EarlyStopping Stopping { get; } = new(patience: 2);

        public ReduceOnPlateau Plateau { get; } = new(0.5);

        public Module Model { get; private set; } = null!;

        public History Fit(Checkpoints? checkpoints)
        {
            var random = new RandomSource(7);
            Model = Normalizes
                ? new Sequential(new Linear(5, 6, random: random), new Relu(), new Dropout(0.3, random), new BatchNorm1d(6), new Linear(6, 3, random: random))
                : new Sequential(new Linear(5, 6, random: random), new Relu(), new Dropout(0.3, random), new Relu(), new Linear(6, 3, random: random));
            Optimizer optimizer = PlainSgd ? new Sgd(Model.Parameters, 0.01) : new Adam(Model.Parameters, 0.01);
            if (CancelledAfter is { } cancelled) _cancel = cancelled.Source.Cancel;
            return new Trainer(Model, Losses.CrossEntropy, optimizer).Fit(
                Data(30, DataSeed), Epochs, BatchSize, Data(7, 2), [new Accuracy(), new ConfusionMatrix(3)], [this, Stopping, new PlateauCallback(Plateau)],
                new OneCycle(0.05, Epochs * StepsOfEpoch), accumulationSteps: 2, random: random, readAhead: ReadAhead, checkpoints: checkpoints, progress: this, cancellationToken: CancelledAfter?.Source.Token ?? default);
        }

        /// <summary>Comes after the step and before its checkpoint: where it throws, the checkpoint of the step before is the last.</summary>
        public void Report(TrainingProgress value)
        {
            Meanwhile?.Invoke();
            if (++_steps == CancelledAfter?.Steps) _cancel!();
        }

        public void StepEnds(TrainingRun run)
        {
            if (run.Step > KilledAfter) throw new Killed();
        }

        public void TrainingEnds(TrainingRun run)
        {
            if (KilledAfter == Epochs * StepsOfEpoch) throw new Killed();
        }

        public static TensorDataset Data(int count, long seed)
        {
            var random = new RandomSource(seed);
            return new TensorDataset(Tensor.Normal([count, 5], random), Tensor.Generate([count], DType.Int32, _ => random.Next(3)));
        }
    }
}
