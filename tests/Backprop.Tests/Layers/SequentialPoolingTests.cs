namespace Backprop.Tests.Layers;

/// <summary>A ReLU in front of a max pooling is computed behind it, and the pooling along with a convolution; nobody may notice but the clock.</summary>
public sealed class SequentialPoolingTests
{
    public static TheoryData<string> Poolings => ["halving", "overlapping", "cut", "dilated", "padded"];

    [Theory, MemberData(nameof(Poolings))]
    public void Forward_ReluAndPooling_ValuesAndGradientsAreThoseInOrder(string name)
    {
        MaxPool2d pool = Pool(name);
        Tensor x = Ties().RequireGradient();
        Tensor expected = pool.Forward(x.Relu()), actual = new Sequential(new Relu(), pool).Forward(x);
        Assert.Equal(expected.ToArray<float>(), actual.ToArray<float>());
        Tensor upstream = Tensor.Normal(expected.Shape, new RandomSource(2));
        float[] slopes = expected.Backward(upstream)[x].ToArray<float>();
        Assert.Contains(slopes, slope => slope != 0);
        Assert.Equal(slopes, actual.Backward(upstream)[x].ToArray<float>());
    }

    public static TheoryData<string, DType> Convolutions => BothPrecisions.Of(
        "pool", "relu pool", "relu pool again", "relu padded", "Winograd relu pool");

    [Theory, MemberData(nameof(Convolutions))]
    public void Forward_PoolingBehindAConvolution_ValuesAndGradientsAreThoseOfOneAfterTheOther(string chain, DType dtype)
    {
        var random = new RandomSource(4);
        int channels = chain.StartsWith("Winograd", StringComparison.Ordinal) ? 16 : 2;
        var model = new Sequential(new Conv2d(channels, 16, 3, padding: 1, random: random));
        if (chain.Contains("relu", StringComparison.Ordinal)) model.Add(new Relu());
        model.Add(chain.Contains("padded", StringComparison.Ordinal) ? new MaxPool2d(2, padding: 1) : new MaxPool2d(2));
        if (chain.Contains("again", StringComparison.Ordinal)) model = new Sequential([.. model, new Conv2d(16, 5, 2, bias: false, random: random), new MaxPool2d(2)]);
        model.To(dtype);
        foreach (Shape shape in new Shape[] { [7, channels, 13, 10], [1, channels, 6, 9], [0, channels, 8, 8] })
        {
            foreach (bool tracked in new[] { false, true }) // of x, whose gradient is another way back
            {
                Tensor x = Tensor.Normal(shape, random, dtype: dtype).RequireGradient(tracked), expected = x;
                foreach (Module module in model) expected = module.Forward(expected);
                Tensor actual = model.Forward(x), upstream = Tensor.Normal(expected.Shape, random, dtype: dtype);
                AssertClose(expected, actual, dtype, 0);
                Gradients straight = expected.Backward(upstream), fused = actual.Backward(upstream);
                foreach (Parameter parameter in model.Parameters) AssertClose(straight[parameter], fused[parameter], dtype, dtype == DType.Float32 ? 2e-6 : 4e-15); // sums in another order
                if (tracked) AssertClose(straight[x], fused[x], dtype, 0);
            }
        }

        static void AssertClose(Tensor expected, Tensor actual, DType dtype, double rounding)
        {
            Assert.Equal((dtype, expected.Shape), (actual.DType, actual.Shape));
            double[] a = expected.To(DType.Float64).ToArray<double>(), b = actual.To(DType.Float64).ToArray<double>();
            double most = rounding * a.Select(Math.Abs).DefaultIfEmpty().Max();
            for (int i = 0; i < a.Length; i++) Assert.True(Math.Abs(a[i] - b[i]) <= most, $"[{i}] is {b[i]}, one after the other gives {a[i]}");
        }
    }

    [Fact]
    public void Forward_PoolingBehindAConvolution_GradientsAreTheSlopes()
    {
        var random = new RandomSource(6);
        Tensor x = Tensor.Normal([3, 2, 7, 6], random, dtype: DType.Float64);
        var model = new Sequential(new Conv2d(2, 4, 3, random: random), new Relu(), new MaxPool2d(2), new Flatten(), new Linear(16, 3, random: random));
        model.To(DType.Float64);
        var names = new List<string>();
        for (Operation? operation = model.Forward(x).Origin; operation is not null; operation = operation.Inputs[0].Origin) names.Add(operation.Name);
        Assert.Equal(["Linear", "Reshape", "Conv2d"], names);
        GradientCheck.AssertCorrect(model, x, y => (y * y).Sum());
    }

    [Fact]
    public void Forward_PoolingOfTooSmallAnImage_NamesThePooling()
    {
        var model = new Sequential(new Conv2d(1, 4, 5), new Relu(), new MaxPool2d(2));
        var error = Assert.Throws<ShapeException>(() => model.Forward(Tensor.Zeros([1, 1, 5, 9])));
        Assert.Contains("MaxPool2d", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ShapeException>(() => model.Forward(Tensor.Zeros([1, 2, 28, 28])));
        Assert.Contains("0 (Conv2d)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_ReluAndPooling_RectifiesTheLargestOnly()
    {
        var inputs = new List<int>();
        var model = new Sequential(new Relu(), new MaxPool2d(2), new Relu(), new MaxPool2d(2, padding: 1));
        for (Operation? operation = model.Forward(Ties().RequireGradient()).Origin; operation is not null; operation = operation.Inputs[0].Origin) inputs.Add(operation.Inputs[0].ElementCount);
        Assert.Equal([2 * 3 * 4 * 5, 2 * 3 * 4 * 5, 2 * 3 * 4 * 5, 2 * 3 * 8 * 10], inputs); // padded pooling, its ReLU; ReLU, pooling
    }

    [Fact]
    public void Forward_NotANumber_ComesThrough()
    {
        float[] y = new Sequential(new Relu(), new MaxPool2d(2)).Forward(Tensor.From<float>([-1, float.NaN, -3, 5, -1, -2, -3, float.NegativeInfinity], [2, 1, 2, 2])).ToArray<float>();
        Assert.Equal([float.NaN, 0], y);
    }

    private static MaxPool2d Pool(string name) => name switch
    {
        "halving" => new MaxPool2d(2),
        "overlapping" => new MaxPool2d(3, stride: 2),
        "cut" => new MaxPool2d(3, stride: 3, ceilMode: true),
        "dilated" => new MaxPool2d(2, dilation: 3),
        _ => new MaxPool2d(3, stride: 2, padding: 1),
    };

    /// <summary>Small whole numbers: windows of equal ones, of zeros, of negative ones alone.</summary>
    private static Tensor Ties()
    {
        var random = new Random(1);
        return Tensor.From([.. Enumerable.Range(0, 2 * 3 * 8 * 10).Select(_ => (float)random.Next(-4, 3))], [2, 3, 8, 10]);
    }
}
