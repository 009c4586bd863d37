namespace Backprop.Tests.Layers;

/// <summary>In prediction a convolution takes what follows it along; nobody may notice but the clock.</summary>
public sealed class SequentialPredictionTests
{
    public static TheoryData<string, DType> Chains => BothPrecisions.Of(
        "conv", "conv relu", "conv norm", "conv norm relu", "plainconv norm relu", "conv barenorm relu", "conv norm norm relu relu", "relu conv relu pool conv norm", "small relu", "strided norm relu");

    [Theory, MemberData(nameof(Chains))]
    public void Predict_AgreesWithForwardInEvaluation(string chain, DType dtype)
    {
        var random = new RandomSource(3);
        Sequential model = Model(chain, random);
        model.To(dtype);
        Tensor x = Tensor.Normal([3, 16, 12, 10], random, dtype: dtype);
        for (int i = 0; i < 3; i++) model.Forward(Tensor.Normal([8, 16, 12, 10], random, 0.3, 2, dtype)); // running values that are not 0 and 1
        model.Evaluate();
        double rounding = dtype == DType.Float32 ? 2e-6 : 4e-15;
        Tensor expected = model.Forward(x), actual = model.Predict(x);
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(dtype, actual.DType);
        double size = Numbers(expected).Max(Math.Abs);
        foreach ((double a, double b) in Numbers(expected).Zip(Numbers(actual))) Assert.Equal(a, b, rounding * size);

        static double[] Numbers(Tensor tensor) => tensor.To(DType.Float64).ToArray<double>();
    }

    [Fact]
    public void Predict_NegativeAndNotANumber_AreRectifiedAsReluDoes()
    {
        var conv = new Conv2d(1, 1, 1);
        conv.Weight.AsSpan<float>()[0] = 1;
        conv.Bias!.AsSpan<float>()[0] = 0;
        float[] y = new Sequential(conv, new Relu()).Predict(Tensor.From<float>([-1, 2, float.NaN, float.NegativeInfinity], [1, 1, 2, 2])).ToArray<float>();
        Assert.Equal([0, 2, float.NaN, 0], y);
    }

    [Fact]
    public void Predict_NormalizationOfOtherChannels_NamesItsLayer()
    {
        var model = new Sequential(new Conv2d(3, 4, 3), new BatchNorm2d(5), new Relu());
        var error = Assert.Throws<ShapeException>(() => model.Predict(Tensor.Zeros([1, 3, 8, 8])));
        Assert.Contains("1 (BatchNorm2d)", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ShapeException>(() => model.Predict(Tensor.Zeros([1, 2, 8, 8])));
        Assert.Contains("0 (Conv2d)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoGradient_NormalizationInTraining_LooksAtTheBatch()
    {
        var random = new RandomSource(1);
        var norm = new BatchNorm2d(4);
        var model = new Sequential(new Conv2d(3, 4, 3, random: random), norm, new Relu());
        using (Autograd.NoGradient()) model.Forward(Tensor.Normal([4, 3, 8, 8], random));
        Assert.Equal(1, norm.BatchesTracked!.Item());
        Assert.NotEqual(0, norm.RunningMean!.At(0));
    }

    [Theory]
    [InlineData("conv relu", true)]
    [InlineData("conv norm relu", true)]
    [InlineData("conv", true)]
    [InlineData("conv relu", false)]
    public void Predict_PoolingBehindAConvolution_HasTheBitsOfOneAfterTheOther(string chain, bool suits)
    {
        var random = new RandomSource(5);
        int channels = suits ? 2 : 16; // of 16 the convolution is Winograd's
        foreach (Func<MaxPool2d> pool in new Func<MaxPool2d>[] { () => new(2), () => new(2, stride: 1), () => new(3), () => new(2, padding: 1), () => new(2, dilation: 2), () => new(2, ceilMode: true) })
        {
            var body = new Sequential();
            foreach (string name in chain.Split(' '))
            {
                body.Add(name == "conv" ? new Conv2d(channels, 16, 3, padding: 1, random: random) : name == "norm" ? Drawn(new BatchNorm2d(16), random) : new Relu());
            }
            var model = new Sequential([.. body, pool(), new Flatten()]);
            foreach (Shape shape in new Shape[] { [1, channels, 12, 10], [9, channels, 7, 9], [1, channels, 3, 4], [0, channels, 8, 8] })
            {
                Tensor x = Tensor.Normal(shape, random);
                Assert.Equal(pool().Forward(body.Predict(x)).ToArray<float>(), model.Predict(x).ToArray<float>());
            }
        }
    }

    [Fact]
    public void Predict_PoolingOfTooSmallAnImage_NamesThePooling()
    {
        var model = new Sequential(new Conv2d(1, 4, 5), new Relu(), new MaxPool2d(2));
        var error = Assert.Throws<ShapeException>(() => model.Predict(Tensor.Zeros([1, 1, 5, 9])));
        Assert.Contains("2 (MaxPool2d)", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ShapeException>(() => model.Predict(Tensor.Zeros([1, 2, 28, 28])));
        Assert.Contains("0 (Conv2d)", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ShapeException>(() => model.Predict(Tensor.Zeros([1, 28, 28])));
        Assert.Contains("0 (Conv2d)", error.Message, StringComparison.Ordinal);
    }

    private static Sequential Model(string chain, RandomSource random)
    {
        var model = new Sequential();
        foreach (string name in chain.Split(' '))
        {
            model.Add(name switch
            {
                "conv" => new Conv2d(16, 16, 3, padding: 1, random: random),
                "plainconv" => new Conv2d(16, 16, 3, padding: 1, bias: false, random: random),
                "small" => new Conv2d(16, 3, 2, groups: 1, random: random),
                "strided" => new Conv2d(16, 16, 3, stride: 2, groups: 4, random: random),
                "norm" => Drawn(new BatchNorm2d(16), random),
                "barenorm" => new BatchNorm2d(16, affine: false),
                "pool" => new MaxPool2d(2),
                _ => new Relu(),
            });
        }
        return model;
    }

    private static BatchNorm2d Drawn(BatchNorm2d norm, RandomSource random)
    {
        norm.Weight!.CopyFrom(Tensor.Normal([16], random, 1, 0.3));
        norm.Bias!.CopyFrom(Tensor.Normal([16], random));
        return norm;
    }
}
