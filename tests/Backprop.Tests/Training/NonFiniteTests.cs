namespace Backprop.Tests;

/// <summary>NaN and infinity are found where they begin, and training stops before them or goes on without.</summary>
public class NonFiniteTests
{
    [Fact]
    public void Loss_NaNInAModuleOfTheUsers_IsNamedWithLayerOperationRangeAndLine()
    {
        Sequential model = Model();
        DivergedException error = Diverges(model, Data(at: 2, value: 3), NonFinite.StopAtLoss);
        NonFiniteOrigin origin = error.Origin!;
        Assert.Equal(("root", "Sqrt", false), (origin.Layer, origin.Operation, origin.IsBackward));
        Assert.Equal((1, 0), (origin.Result.NaNs, origin.Result.Infinities));
        Assert.Equal(-2, origin.Inputs[0].Minimum, 1e-6);
        Assert.StartsWith("NonFiniteTests.cs:", origin.Caller);
        Assert.Equal((1, 1), (error.Epoch, error.Step));
        Assert.StartsWith($"Fit: the loss is NaN in epoch 1, step 1 of 3, at learning rate 0.1. Sqrt in layer root, called for in {origin.Caller}, makes [5, 1] from ", error.Message);
        Assert.Contains(", 1 NaN of [5, 1] from -2 to ", error.Message);
    }

    [Fact]
    public void Loss_TheWeightsAndStatisticsAreThoseBeforeTheStep()
    {
        (Sequential stopped, Sequential shorter) = (Model(), Model());
        Diverges(stopped, Data(at: 7, value: 3), NonFinite.StopAtLoss);
        Fit(shorter, Data(at: -1, value: 0).Take(5), NonFinite.StopAtLoss, epochs: 1);
        Assert.Equal(shorter.WeightsSha256(), stopped.WeightsSha256());
    }

    [Fact]
    public void Gradient_InfiniteWhileTheLossIsFinite_IsFoundInTheBackward()
    {
        DivergedException error = Diverges(Model(), Data(at: 2, value: 1), NonFinite.StopAtGradient); // √0 = 0, its slope is infinite
        NonFiniteOrigin origin = error.Origin!;
        Assert.Equal(("root", "Sqrt", true), (origin.Layer, origin.Operation, origin.IsBackward));
        Assert.Contains("Fit: the gradient of 0.weight is not finite in epoch 1, step 1 of 3", error.Message);
        Assert.Contains("Sqrt's backward in layer root", error.Message);
    }

    [Fact]
    public void Gradient_NotLookedAt_TheWeightIsFoundAtTheNextLoss()
    {
        DivergedException error = Diverges(Model(), Data(at: 2, value: 1), NonFinite.StopAtLoss);
        Assert.Null(error.Origin);
        Assert.Equal(2, error.Step);
        Assert.Contains("The weight 0.weight is [1, 1], 1 infinite, of an earlier step whose loss was finite and whose gradients were not", error.Message);
    }

    [Fact]
    public void Gradient_InTheLastStep_IsFoundBeforeTheEpochEnds()
    {
        DivergedException error = Diverges(Model(), Data(at: 2, value: 1).Take(5), NonFinite.StopAtLoss);
        Assert.Contains("Fit: the weight 0.weight has become [1, 1], 1 infinite in epoch 1, step 1 of 1, at learning rate 0.1, though the loss is finite. No checkpoint holds it.", error.Message);
    }

    [Fact]
    public void Skip_LeavesTheStepOut_AndGoesOn()
    {
        Sequential model = Model(), without = Model();
        TrainingRun run = Fit(model, Data(at: 7, value: 3), NonFinite.Skip, epochs: 1);
        Assert.Equal((3, 1), (run.Step, run.StepsLeftOut));
        Assert.Equal(10, run.History.Last.Train.Examples);
        Dataset whole = Data(at: -1, value: 0);
        Fit(without, whole.Subset(0, 1, 2, 3, 4, 10, 11, 12, 13, 14), NonFinite.Skip, epochs: 1);
        Assert.Equal(without.WeightsSha256(), model.WeightsSha256());
        Assert.Equal(1, Fit(Model(), Data(at: 2, value: 1), NonFinite.Skip, epochs: 1).StepsLeftOut); // by its gradient
    }

    [Fact]
    public void Skip_NothingLeft_Stops()
    {
        DivergedException error = Assert.Throws<DivergedException>(() => Fit(Model(), Data(at: 7, value: 3).Subset(7, 7, 7), NonFinite.Skip, epochs: 2));
        Assert.StartsWith("Fit: all 1 steps of epoch 1 were left out, for none had a finite loss and finite gradients. The last of them: the loss is NaN. Sqrt in layer root", error.Message);
    }

    [Fact]
    public void Batch_WithNaN_IsNamedByItsExample()
    {
        Assert.Matches(@"The batch's inputs have it already: \[5, 1\] from -?[\d.]+ to -?[\d.]+, 1 NaN, first in example 2 of 5\.", Diverges(Model(), Data(at: 7, value: double.NaN), NonFinite.StopAtLoss).Message);
    }

    [Fact]
    public void Mask_OfInfinities_IsNotBlamed()
    {
        var model = new Sequential { { "masked", new Masked() }, { "root", new Root() } };
        var data = new TensorDataset(Tensor.Full([2, 2], 4), Tensor.Zeros([2, 2]));
        DivergedException error = Assert.Throws<DivergedException>(() => new Trainer(model, Losses.Mse, new Sgd(model.Parameters, 0.1)).Fit(data, epochs: 1, batchSize: 2));
        Assert.Equal("root", error.Origin!.Layer);
    }

    [Fact]
    public void Checkpoint_OfWeightsThatAreNotFinite_IsNeverWritten()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<DivergedException>(() => Fit(Model(), Data(at: 2, value: 1), NonFinite.StopAtLoss, epochs: 1, new Checkpoints(folder.Path) { Steps = 1 }));
        Assert.Equal(0, new Checkpoints(folder.Path).Newest()!.Step);
    }

    private static Sequential Model()
    {
        var linear = new Linear(1, 1);
        linear.Weight.Fill(1);
        linear.Bias!.Fill(0);
        return new Sequential { linear, { "root", new Root() }, { "norm", new BatchNorm1d(1) } };
    }

    private static DivergedException Diverges(Sequential model, Dataset data, NonFinite nonFinite) => Assert.Throws<DivergedException>(() => Fit(model, data, nonFinite, epochs: 2));

    private static TrainingRun Fit(Sequential model, Dataset data, NonFinite nonFinite, int epochs, Checkpoints? checkpoints = null)
    {
        var watch = new Watch();
        new Trainer(model, Losses.Mse, new Sgd(model.Parameters, 0.1)).Fit(data, epochs, batchSize: 5, callbacks: [watch], shuffle: false, nonFinite: nonFinite, checkpoints: checkpoints);
        return watch.Run;
    }

    private static TensorDataset Data(int at, double value)
    {
        var random = new RandomSource(3);
        Tensor inputs = Tensor.Uniform([15, 1], random, -2, 1);
        if (at >= 0) inputs.AsSpan<float>()[at] = (float)value;
        return new TensorDataset(inputs, Tensor.Zeros([15, 1]));
    }

    private sealed class Watch : ICallback
    {
        public TrainingRun Run { get; private set; } = null!;

        public void TrainingStarts(TrainingRun run) => Run = run;
    }

    private sealed class Root : Module
    {
        protected override Tensor Compute(Tensor x) => (1 - x).Sqrt();
    }

    private sealed class Masked : Module
    {
        private readonly Parameter _scale;

        public Masked() => _scale = AddParameter("scale", [2, 2], Initializers.Constant(1));

        protected override Tensor Compute(Tensor x) => (x * _scale + Tensor.From([0f, 0, 0, float.NegativeInfinity], [2, 2])).Softmax(1) + x;
    }
}
