namespace Backprop.Tests;

public class GradientCheckTests
{
    private static Tensor Normal(Shape shape, long seed = 1, DType dtype = DType.Float32) => Tensor.Normal(shape, new RandomSource(seed), dtype: dtype);

    [Fact]
    public void Of_ARightFunction_SaysHowManySlopesAgree()
    {
        GradientReport report = GradientCheck.Of((a, b) => a.MatMul(b).Tanh(), Normal([3, 4]), Normal([4, 5], 2));
        Assert.True(report.IsCorrect);
        Assert.Equal(12 + 20, report.Checked);
        Assert.InRange(report.WorstRelativeError, double.Epsilon, 1e-6);
        Assert.StartsWith("Gradient check of MatMul, Tanh: all 32 slopes agree", report.ToString(), StringComparison.Ordinal);
    }

    /// <summary>x², and a backward that forgets the factor.</summary>
    private sealed class WrongSquareOperation : UnaryOperation
    {
        private Tensor _x = null!;

        protected override Tensor Forward(Tensor x) => (_x = Save(x)) * x;

        protected override Tensor Backward(Tensor gradient) => gradient * _x;
    }

    [Fact]
    public void AssertCorrect_AWrongOperation_IsNamedWithBothNumbers()
    {
        var failure = Assert.Throws<GradientCheckException>(() => GradientCheck.AssertCorrect(() => new WrongSquareOperation(), [Tensor.From(3f, 2f)]));
        Assert.False(failure.Report.IsCorrect);
        Assert.Contains("WrongSquare is wrong", failure.Message, StringComparison.Ordinal);
        ElementReport worst = failure.Report.Worst!.Worst!;
        Assert.Equal(2, worst.Numerical / worst.Backward, 6);
        Assert.Equal(0.5, worst.RelativeError, 6);
    }

    /// <summary>A layer that calls the wrong operation.</summary>
    private sealed class WrongSquare : Module
    {
        protected override Tensor Compute(Tensor x) => new WrongSquareOperation().Apply(x);
    }

    [Fact]
    public void Of_AModelWithAWrongLayer_NamesTheLayersPathAndTheOperation()
    {
        var random = new RandomSource(3);
        var model = new Sequential { { "first", new Linear(4, 3, random: random) }, { "block", new Sequential { { "bad", new WrongSquare() } } }, { "last", new Linear(3, 2, random: random) } };
        GradientReport report = GradientCheck.Of(model, Normal([5, 4]), Tensor.From(0, 1, 1, 0, 1), Losses.CrossEntropy);
        string fault = Assert.Single(report.Faults);
        Assert.StartsWith("WrongSquare in layer block.bad is wrong: input 0[", fault, StringComparison.Ordinal);
        Assert.Empty(report.Tensors.Single(tensor => tensor.Name == "last.weight").Wrong);
        Assert.NotEmpty(report.Tensors.Single(tensor => tensor.Name == "first.weight").Wrong);
    }

    [Fact]
    public void Of_ReluAtZero_IsAKink()
    {
        GradientReport report = GradientCheck.Of(x => x.Relu(), Tensor.From(-1f, 0f, 2f));
        Assert.True(report.IsCorrect);
        ElementReport kink = Assert.Single(report.Tensors[0].Kinks);
        Assert.Equal([1], kink.Index);
        Assert.Equal(0, Math.Min(Math.Abs(kink.Left), Math.Abs(kink.Right)), 9);
        Assert.Contains("kink  input[1]: slope 0 to the left and", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_MaxPoolWithATie_IsAKinkAndNotAnError()
    {
        Tensor tie = Tensor.From([1f, 3f, 3f, 2f], [1, 1, 2, 2]);
        GradientReport report = GradientCheck.Of(x => x.MaxPool2d(2), tie);
        Assert.True(report.IsCorrect);
        Assert.Equal(2, report.Kinks);
    }

    [Fact]
    public void Of_TiesThatCancel_AreKinksAllTheSame()
    {
        // Two outputs with ties in the same element: their kinks may cancel in the weighted sum, not one by one.
        Assert.True(GradientCheck.Of((a, b) => Tensor.Concatenate(0, a.Maximum(b), a.Minimum(b)), Tensor.From(1f, 2f), Tensor.From(1f, 2f)).IsCorrect);
    }

    /// <summary>ReLU with slope 1 to the left.</summary>
    private sealed class WrongReluOperation : UnaryOperation
    {
        protected override Tensor Forward(Tensor x) => x.Relu();

        protected override Tensor Backward(Tensor gradient) => gradient * 2;
    }

    [Fact]
    public void Of_ASlopeThatNoSideHas_IsWrongEvenAtAKink() =>
        Assert.Single(GradientCheck.Of(() => new WrongReluOperation(), [Tensor.From(0f)]).Tensors[0].Wrong);

    [Theory]
    [InlineData(1e-7)]
    [InlineData(-1e-7)]
    [InlineData(3e-6)]
    public void Of_BesideAKink_TheSlopeOfThatSideIsFound(double x)
    {
        GradientReport report = GradientCheck.Of(t => t.Relu(), Tensor.From(x));
        Assert.True(report.IsCorrect, report.ToString());
        Assert.Equal(0, report.Kinks);
    }

    [Fact]
    public void Of_SqrtAtZero_IsAnEdgeAndNotAnError() => Assert.Equal(1, GradientCheck.Of(x => x.Sqrt(), Tensor.From(0.0, 1.0)).Kinks);

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-9)]
    [InlineData(1e9)]
    public void Of_AnyScale_MistakesAreSeen(double scale)
    {
        Tensor x = Tensor.Uniform([5], new RandomSource(4), 0.5, 1.5, DType.Float64);
        Assert.True(GradientCheck.Of(t => t * t * scale, x).IsCorrect);
        Assert.Equal(5, GradientCheck.Of(t => new WrongSquareOperation().Apply(t) * scale, x).Tensors[0].Wrong.Count);
    }

    [Fact]
    public void Of_StrongCurvature_IsRight() => GradientCheck.AssertCorrect(x => 1 / x, Tensor.From(0.001, 0.01, -0.02, 100.0));

    [Fact]
    public void Of_WhatIsNotRecorded_IsFound()
    {
        GradientReport report = GradientCheck.Of(x => x * x.Detach(), Normal([3]));
        Assert.Equal(3, report.Tensors[0].Wrong.Count);
        Assert.Contains("not recorded", Assert.Single(report.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_WhatIsNotRecordedInALargeTensor_IsFoundToo()
    {
        GradientReport report = GradientCheck.Of(x => (x * x.Detach()).Sum(), Normal([10, 20]));
        Assert.Equal(200, report.Tensors[0].Wrong.Count);
    }

    /// <summary>A ReLU that writes its result over the gradient it was given.</summary>
    private sealed class OverwritingReluOperation : UnaryOperation
    {
        private Tensor _x = null!;

        protected override Tensor Forward(Tensor x) => (_x = Save(x)).Relu();

        protected override Tensor Backward(Tensor gradient)
        {
            for (int i = 0; i < gradient.ElementCount; i++)
            {
                if (_x.AsSpan<double>()[i] <= 0) gradient.AsSpan<double>()[i] = 0;
            }
            return gradient;
        }
    }

    [Fact]
    public void Of_AnOperationThatOverwritesItsUpstreamGradient_IsNamed()
    {
        GradientReport report = GradientCheck.Of(() => new OverwritingReluOperation(), [Tensor.From(-1f, 1f)]);
        Assert.Contains("OverwritingRelu writes into its upstream gradient", Assert.Single(report.Faults), StringComparison.Ordinal);
        Assert.False(report.IsCorrect);
    }

    [Fact]
    public void Of_AnOverwrittenGradientThatSpoilsAnotherBranch_IsTheOneFault()
    {
        GradientReport report = GradientCheck.Of(x => x + new OverwritingReluOperation().Apply(x), Tensor.From(-1f, 1f));
        Assert.Single(report.Tensors[0].Wrong);
        Assert.Contains("OverwritingRelu writes into its upstream gradient", Assert.Single(report.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AModel_IsAsBefore()
    {
        var random = new RandomSource(5);
        var model = new Sequential { { "fc", new Linear(6, 8, random: random) }, { "bn", new BatchNorm1d(8) }, new Relu(), new Dropout(0.5, random), { "out", new Linear(8, 3, random: random) } };
        string hash = model.WeightsSha256();
        IReadOnlyList<ulong> state = model.RandomSources[0].State;
        Storage[] storages = [.. model.State.Select(named => named.Value.Storage)];
        Tensor x = Normal([7, 6]);
        GradientReport report = GradientCheck.Of(model, x, Tensor.From(0, 1, 2, 0, 1, 2, 0), Losses.CrossEntropy);
        Assert.True(report.IsCorrect, report.ToString());
        Assert.Equal(["fc.weight", "fc.bias", "bn.weight", "bn.bias", "out.weight", "out.bias", "input"], report.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(hash, model.WeightsSha256());
        Assert.Equal(state, model.RandomSources[0].State);
        Assert.Equal(storages, model.State.Select(named => named.Value.Storage));
        Assert.All(model.Parameters, parameter => Assert.Equal(DType.Float32, parameter.DType));
        Assert.False(x.RequiresGradient);
        Assert.True(model.Training);
    }

    [Fact]
    public void Of_AFunctionThatDrawsAnewEachTime_IsRefused_UnlessItsSourceIsGiven()
    {
        var random = new RandomSource(6);
        Tensor x = Normal([8]);
        Assert.Contains("RandomSources", Assert.Throws<InvalidOperationException>(() => GradientCheck.Of(t => t.Dropout(0.5, random), x)).Message, StringComparison.Ordinal);
        GradientCheck.AssertCorrect(t => t.Dropout(0.5, random), x, new GradientCheckOptions { RandomSources = [random] });
    }

    [Fact]
    public void Of_AResultThatIsNotFloat64_IsRefused() =>
        Assert.Contains("Float64", Assert.Throws<InvalidOperationException>(() => GradientCheck.Of(x => x.To(DType.Float32), Normal([2]))).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_SomeInputsRequireAGradient_OnlyThoseAreChecked()
    {
        GradientReport report = GradientCheck.Of((a, b) => a * b, Normal([2]), Normal([2], 2).RequireGradient());
        Assert.Equal("input 1", Assert.Single(report.Tensors).Name);
    }

    [Fact]
    public void Of_ASample_IsTheSameForTheSameSeed()
    {
        GradientReport first = Check(1), second = Check(1), other = Check(2);
        Assert.Equal(10, first.Checked);
        Assert.Equal(Indices(first), Indices(second));
        Assert.NotEqual(Indices(first), Indices(other));

        GradientReport Check(long seed) => GradientCheck.Of(x => x.Sigmoid(), Normal([100]), new GradientCheckOptions { SampleSize = 10, Seed = seed });

        static IEnumerable<int> Indices(GradientReport report) => report.Tensors[0].Elements.Select(element => element.Index[0]);
    }

    [Fact]
    public void Of_KinksThatCancel_AreKinks()
    {
        GradientReport report = GradientCheck.Of(x => (x.Relu() - (-x).Relu()).Sum(), Tensor.From(0f, 1f));
        Assert.True(report.IsCorrect, report.ToString());
        Assert.Contains("kink  input[0]: kinks that cancel, slope", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_KinksThatCancelAndAMistake_IsWrong() =>
        Assert.False(GradientCheck.Of(x => (x.Relu() - (-x).Relu() + x.Detach()).Sum(), Tensor.From(0f, 1f)).IsCorrect);

    [Fact]
    public void Of_InsideNoGradient_IsRefused()
    {
        using Autograd.Pause pause = Autograd.NoGradient();
        Assert.Throws<InvalidOperationException>(() => GradientCheck.Of(x => x * 2, Normal([2])));
    }

    [Fact]
    public void Of_ALayerOfDeadUnits_HasKinksAndNoErrors()
    {
        var model = new Sequential { { "fc1", new Linear(3, 4, random: new RandomSource(1)) }, new Relu(), { "fc2", new Linear(4, 2, random: new RandomSource(2)) } };
        foreach (Parameter bias in model.Parameters.Where(parameter => parameter.Rank == 1)) bias.CopyFrom(Tensor.Zeros(bias.Shape));
        GradientReport report = GradientCheck.Of(model, Tensor.Zeros([2, 3]), Tensor.From(0, 0), Losses.CrossEntropy);
        Assert.True(report.IsCorrect, report.ToString());
        Assert.Equal(4, report.Tensors.Single(tensor => tensor.Name == "fc1.bias").Kinks.Count);
    }

    [Fact]
    public void Of_Cancelled_Stops_AndPutsAllBack()
    {
        using var source = new CancellationTokenSource();
        Module model = NamedModels.Get("tiny-mlp").Build(new RandomSource(1));
        string hash = model.WeightsSha256();
        var options = new GradientCheckOptions { CancellationToken = source.Token, Progress = new Call(source.Cancel) };
        Assert.Throws<OperationCanceledException>(() => GradientCheck.Of(model, Normal([3, 4]), Normal([3, 3]), Losses.Mse, options));
        Assert.Equal(hash, model.WeightsSha256());
    }

    private sealed class Call(Action action) : IProgress<TensorReport>
    {
        public void Report(TensorReport value) => action();
    }

    [Fact]
    public void Of_ManyElements_AllocatesNothingLargeForEachPass()
    {
        Tensor x = Normal([20, 50]); // a pass by running the function makes tensors of 8 KB
        long before = GC.GetAllocatedBytesForCurrentThread();
        GradientReport report = GradientCheck.Of(t => t.Sigmoid(), x);
        long perPass = (GC.GetAllocatedBytesForCurrentThread() - before) / (2 * report.Checked);
        Assert.InRange(perPass, 0, 3000);
    }

    [Fact]
    public void Of_ALargeNetwork_QuickSlopesAreThoseOfRunningIt()
    {
        var random = new RandomSource(7);
        var model = new Sequential(
            new Conv2d(2, 3, 3, padding: 1, random: random), new Relu(), new MaxPool2d(2), new Flatten(), new Linear(48, 10, random: random), new Tanh(), new Linear(10, 4, random: random));
        GradientReport report = GradientCheck.Of(model, Normal([5, 2, 8, 8]), Tensor.From(0, 1, 2, 3, 0), Losses.CrossEntropy);
        Assert.True(report.IsCorrect, report.ToString());
        Assert.Equal(report.Tensors.Sum(tensor => tensor.ElementCount), report.Checked);
    }
}
