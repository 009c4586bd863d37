namespace Backprop.Tests.Layers;

/// <summary>In prediction the convolution at the end of a residual block takes the addition and the ReLU behind it along; nobody may notice but the clock.</summary>
public sealed class ResidualPredictionTests
{
    [Theory]
    [InlineData("conv", "", DType.Float32)]
    [InlineData("norm conv", "", DType.Float32)]
    [InlineData("conv norm", "", DType.Float32)]
    [InlineData("conv norm", "", DType.Float64)]
    [InlineData("conv norm relu conv norm", "", DType.Float32)]
    [InlineData("conv norm relu conv norm", "", DType.Float64)]
    [InlineData("strided norm relu conv norm", "point norm", DType.Float32)]
    [InlineData("strided norm relu conv norm", "point norm", DType.Float64)]
    [InlineData("strided", "point norm relu", DType.Float32)]
    [InlineData("conv norm norm", "", DType.Float32)] // nothing that takes the addition along
    [InlineData("norm", "", DType.Float32)]
    [InlineData("", "conv", DType.Float32)]
    public void Predict_HasTheBitsOfAdditionAndReluAfterwards(string body, string shortcut, DType dtype)
    {
        var random = new RandomSource(3);
        Sequential inner = Chain(body, random);
        Sequential? around = shortcut.Length == 0 ? null : Chain(shortcut, random);
        var block = new Residual(inner, around);
        var model = new Sequential(block, new Relu(), new MaxPool2d(2));
        model.To(dtype);
        for (int i = 0; i < 3; i++) model.Forward(Tensor.Normal([8, 16, 14, 11], random, 0.3, 2, dtype)); // running values that are not 0 and 1
        foreach (Shape shape in new Shape[] { [1, 16, 14, 11], [3, 16, 8, 8], [2, 16, 5, 4] })
        {
            Tensor x = Tensor.Normal(shape, random, dtype: dtype);
            Tensor sum = inner.Predict(x) + (around is null ? x : around.Predict(x));
            AssertSame(sum, block.Predict(x));
            AssertSame(sum.Relu().MaxPool2d(2), model.Predict(x));

            var memory = new StepMemory();
            for (int i = 0; i < 3; i++) // the second and third time in buffers that hold something else
            {
                using (memory.Begin()) AssertSame(sum.Relu().MaxPool2d(2), model.Predict(x));
            }
        }

        static void AssertSame(Tensor expected, Tensor actual)
        {
            Assert.Equal(expected.Shape, actual.Shape);
            Assert.Equal(expected.DType, actual.DType);
            if (expected.DType == DType.Float32) Assert.Equal(expected.ToArray<float>(), actual.ToArray<float>());
            else Assert.Equal(expected.ToArray<double>(), actual.ToArray<double>());
        }
    }

    [Fact]
    public void Predict_SumsThatAreNegativeOrNoNumbers_AreRectifiedAsReluDoes()
    {
        var conv = new Conv2d(1, 1, 1, bias: false);
        conv.Weight.AsSpan<float>()[0] = 1;
        float[] y = new Sequential(new Residual(new Sequential(conv)), new Relu()).Predict(Tensor.From<float>([-1, 2, float.NaN, float.NegativeInfinity], [1, 1, 2, 2])).ToArray<float>();
        Assert.Equal([0, 4, float.NaN, 0], y);
    }

    [Fact]
    public void Predict_Watched_ShowsWhatEachLayerMakes()
    {
        var random = new RandomSource(1);
        var model = new Sequential(new Residual(Chain("conv norm relu conv norm", random), Chain("conv norm", random)), new Relu());
        Tensor x = Tensor.Normal([2, 16, 9, 9], random);
        var seen = new Dictionary<string, Tensor>();
        model.Predict(x, layer => seen.Add(layer.Path, layer.Output));
        Assert.Equal(["0.body.0", "0.body.1", "0.body.2", "0.body.3", "0.body.4", "0.body", "0.shortcut.0", "0.shortcut.1", "0.shortcut", "0", "1", ""], seen.Keys);
        Assert.Equal((seen["0.body"] + seen["0.shortcut"]).ToArray<float>(), seen["0"].ToArray<float>());
        Assert.Contains(seen["0"].ToArray<float>(), value => value < 0);
        Assert.Equal(seen["0"].Relu().ToArray<float>(), seen["1"].ToArray<float>());
    }

    [Theory]
    [InlineData("conv", "", 16)] // the sum does not fit
    [InlineData("strided norm", "", 16)]
    [InlineData("strided norm", "conv", 16)]
    [InlineData("conv relu conv norm", "", 15)] // the input does not fit
    [InlineData("strided norm", "point", 15)]
    [InlineData("relu", "conv", 15)]
    [InlineData("half conv norm", "", 16)] // something within the body does not fit, or within the shortcut
    [InlineData("conv", "half point", 16)]
    [InlineData("half conv", "half point", 16)]
    public void Predict_OfWhatDoesNotFit_GivesTheSameErrorAsForward(string body, string shortcut, int channels)
    {
        var random = new RandomSource(1);
        var model = new Sequential(new Relu(), new Residual(Chain(body, random), shortcut.Length == 0 ? null : Chain(shortcut, random)), new Relu());
        if (body == "conv" && shortcut == "") model = new Sequential(new Residual(new Sequential(new Conv2d(16, 16, 3, random: random))), new Relu()); // without padding
        Tensor x = Tensor.Zeros([2, channels, 9, 9]);
        string expected = Assert.Throws<ShapeException>(() => model.Forward(x)).Message;
        Assert.Equal(expected, Assert.Throws<ShapeException>(() => model.Predict(x)).Message);
        Assert.Contains("(Residual)", expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_LayersOfTheUsersOwn_KeepWhatTheyMade()
    {
        var random = new RandomSource(1);
        var (before, beside) = (new Remembering(), new Remembering());
        var model = new Sequential(new Residual(new Sequential(new Conv2d(16, 16, 3, padding: 1, random: random), before, new Conv2d(16, 16, 3, padding: 1, random: random)), beside), new Relu(), new Flatten());
        var memory = new StepMemory();
        Tensor x = Tensor.Normal([2, 16, 9, 9], random);
        using (memory.Begin())
        {
            model.Predict(x);
            Assert.Equal(x.Relu().ToArray<float>(), beside.Output!.ToArray<float>());
            Assert.Equal(model.Children[0].Value.Children[0].Value.Children[0].Value.Predict(x).Relu().ToArray<float>(), before.Output!.ToArray<float>());
        }
    }

    [Fact]
    public void NoGradient_NormalizationInTraining_LooksAtTheBatch()
    {
        var random = new RandomSource(1);
        var norm = new BatchNorm2d(16);
        var model = new Sequential(new Residual(new Sequential(new Conv2d(16, 16, 3, padding: 1, random: random), norm)), new Relu());
        using (Autograd.NoGradient()) model.Forward(Tensor.Normal([4, 16, 8, 8], random));
        Assert.Equal(1, norm.BatchesTracked!.Item());
    }

    private static Sequential Chain(string layers, RandomSource random)
    {
        var chain = new Sequential();
        foreach (string name in layers.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            chain.Add(name switch
            {
                "conv" => new Conv2d(16, 16, 3, padding: 1, random: random),
                "strided" => new Conv2d(16, 16, 3, stride: 2, padding: 1, bias: false, random: random),
                "point" => new Conv2d(16, 16, 1, stride: 2, random: random),
                "half" => new Conv2d(16, 8, 1, random: random),
                "norm" => new BatchNorm2d(16),
                _ => new Relu(),
            });
        }
        return chain;
    }

    private sealed class Remembering : Module
    {
        public Tensor? Output { get; private set; }

        protected override Tensor Compute(Tensor x) => Output = x.Relu().Keep();
    }
}
