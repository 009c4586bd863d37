namespace Backprop.Tests;

/// <summary>Early stopping, best weights and plateaus, on a model that gets better and then worse as it is told.</summary>
public class CallbacksTests
{
    private static readonly TensorDataset s_data = new(Tensor.Ones([1, 1]), Tensor.Zeros([1, 1]));

    [Fact]
    public void EarlyStopping_RestoresTheBestWeights()
    {
        Linear model = Weight(0);
        var stopping = new EarlyStopping(patience: 2);
        History history = Fit(model, [3, 1, 2, 2, 0.5f], stopping); // the loss is the weight's square
        Assert.Equal(4, history.Epochs.Count);
        Assert.Equal("loss has not improved for 2 epochs", history.StoppedBecause);
        Assert.Equal(2, stopping.BestEpoch);
        Assert.Equal(1, model.Weight.Item());
    }

    [Fact]
    public void EarlyStopping_RestoreBestOff_KeepsTheLastWeights()
    {
        Linear model = Weight(0);
        Fit(model, [3, 1, 2, 2, 0.5f], new EarlyStopping(patience: 2) { RestoreBest = false });
        Assert.Equal(2, model.Weight.Item());
    }

    [Fact]
    public void EarlyStopping_NeverPatienceRunOut_RestoresAtTheEndToo()
    {
        Linear model = Weight(0);
        History history = Fit(model, [3, 1, 2], new EarlyStopping(patience: 5));
        Assert.Null(history.StoppedBecause);
        Assert.Equal(1, model.Weight.Item());
    }

    [Fact]
    public void EarlyStopping_Buffers_AreRestoredWithTheWeights()
    {
        var norm = new BatchNorm1d(1);
        var run = new TrainingRun(norm, new Sgd(norm.Parameters), epochs: 3, callbacks: []);
        var stopping = new EarlyStopping(patience: 1);
        Tensor runningMean = norm.NamedBuffers.Single(buffer => buffer.Key == "running_mean").Value;
        stopping.TrainingStarts(run);
        runningMean.CopyFrom(Tensor.From([7f]));
        stopping.EpochEnds(run, Epoch(1, loss: 1));
        runningMean.CopyFrom(Tensor.From([8f]));
        stopping.EpochEnds(run, Epoch(2, loss: 2));
        stopping.TrainingEnds(run);
        Assert.Equal(7, runningMean.Item());
    }

    [Fact]
    public void EarlyStopping_MinDelta_SmallGainsDoNotCount()
    {
        Linear model = Weight(0);
        History history = Fit(model, [2, 1.99f, 1.98f, 0], new EarlyStopping(patience: 2, minDelta: 0.5));
        Assert.Equal(3, history.Epochs.Count);
        Assert.Equal(2, model.Weight.Item());
    }

    [Fact]
    public void EarlyStopping_MetricThatShouldRise_IsWatchedThatWay()
    {
        var stopping = new EarlyStopping(patience: 1, monitor: EpochScore.Of(new Accuracy()));
        Linear model = Weight(0);
        var run = new TrainingRun(model, new Sgd(model.Parameters), epochs: 9, callbacks: []);
        stopping.EpochEnds(run, Epoch(1, loss: 1, accuracy: 0.5));
        stopping.EpochEnds(run, Epoch(2, loss: 2, accuracy: 0.7));
        Assert.Null(run.History.StoppedBecause);
        stopping.EpochEnds(run, Epoch(3, loss: 0, accuracy: 0.6));
        Assert.Equal("accuracy has not improved for 1 epoch", run.History.StoppedBecause);
    }

    [Fact]
    public void SaveBest_LeavesTheBestEpochInTheFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder["best.safetensors"];
        Fit(Weight(0), [3, 1, 2], new SaveBest(path));
        Linear loaded = Weight(9);
        loaded.Load(path);
        Assert.Equal(1, loaded.Weight.Item());
        Assert.Equal([path], Directory.GetFiles(folder.Path)); // nothing half-written beside it
    }

    [Fact]
    public void Plateau_LowersTheRateAfterItsPatience()
    {
        Linear model = Weight(0);
        var plateau = new ReduceOnPlateau(0.4, new PlateauOptions { Patience = 0, Factor = 0.5 });
        History history = Fit(model, [1, 1, 1], new PlateauCallback(plateau));
        Assert.Equal([0.4, 0.4, 0.2], history.Epochs.Select(epoch => epoch.LearningRate));
    }

    private static Linear Weight(float value)
    {
        var model = new Linear(1, 1, bias: false);
        model.Weight.CopyFrom(Tensor.From([value], [1, 1]));
        return model;
    }

    /// <summary>Trains at rate 0 while the weight takes the given values, one an epoch, so that the validation loss is their square.</summary>
    private static History Fit(Linear model, float[] weights, ICallback callback) => new Trainer(model, Losses.Mse, new Sgd(model.Parameters, learningRate: 0))
        .Fit(s_data, weights.Length, batchSize: 1, validation: s_data, callbacks: [callback, new Steered(model, weights)]);

    private static EpochRecord Epoch(int number, double loss, double accuracy = 0) =>
        new(number, new Scores(9, new Dictionary<string, double>(), 1), new Scores(loss, new Dictionary<string, double> { ["accuracy"] = accuracy }, 1), 0.1, 1, 1);

    private sealed class Steered(Linear model, float[] weights) : ICallback
    {
        public void StepEnds(TrainingRun run) => model.Weight.CopyFrom(Tensor.From([weights[run.Step - 1]], [1, 1]));
    }
}
