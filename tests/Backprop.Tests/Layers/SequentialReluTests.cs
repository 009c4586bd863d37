namespace Backprop.Tests.Layers;

/// <summary>A convolution or a batch normalization takes the ReLU behind it along, in training too; nobody may notice but the clock.</summary>
public sealed class SequentialReluTests
{
    public static TheoryData<string, DType> Chains => BothPrecisions.Of(
        "features", "lines", "images", "bare", "untracked", "evaluated", "conv", "Winograd conv", "strided conv");

    [Theory, MemberData(nameof(Chains))]
    public void Forward_Relu_HasTheBitsOfOneAfterTheOther(string chain, DType dtype)
    {
        var random = new RandomSource(3);
        foreach (bool tracked in new[] { false, true })
        {
            (Module straight, Module together) = (Layer(chain, dtype), Layer(chain, dtype));
            var model = new Sequential(together, new Relu());
            for (int step = 0; step < 2; step++) // the second finds running values that are not 0 and 1
            {
                Tensor x = Tensor.Normal(InputShape(chain), random, 1, 2, dtype).RequireGradient(tracked);
                Tensor expected = straight.Forward(x).Relu(), actual = model.Forward(x), upstream = Tensor.Normal(expected.Shape, random, dtype: dtype);
                AssertSame(expected, actual);
                if (expected.IsTracked)
                {
                    Gradients apart = expected.Backward(upstream), gradients = actual.Backward(upstream);
                    foreach ((Parameter a, Parameter b) in straight.Parameters.Zip(together.Parameters)) AssertSame(apart[a], gradients[b]);
                    if (tracked) AssertSame(apart[x], gradients[x]);
                }
                foreach ((KeyValuePair<string, Tensor> a, KeyValuePair<string, Tensor> b) in straight.State.Zip(together.State)) AssertSame(a.Value, b.Value);
                AssertSame(straight.Predict(x).Relu(), model.Predict(x));
            }
        }

        static void AssertSame(Tensor expected, Tensor actual)
        {
            Assert.Equal((expected.DType, expected.Shape), (actual.DType, actual.Shape));
            Assert.Equal(expected.To(DType.Float64).ToArray<double>(), actual.To(DType.Float64).ToArray<double>());
        }
    }

    [Fact]
    public void Forward_Relu_IsPartOfTheNode_WhoseGradientsAreTheSlopes()
    {
        var random = new RandomSource(6);
        Tensor x = Tensor.Normal([6, 3, 4, 5], random, dtype: DType.Float64);
        var model = new Sequential(new Conv2d(3, 4, 3, random: random), new Relu(), new BatchNorm2d(4), new Relu(), new Flatten(), new Linear(24, 5, random: random), new BatchNorm1d(5), new Relu());
        model.To(DType.Float64);
        var names = new List<string>();
        for (Operation? operation = model.Forward(x).Origin; operation is not null; operation = operation.Inputs[0].Origin) names.Add(operation.Name);
        Assert.Equal(["BatchNorm", "Linear", "Reshape", "BatchNorm", "Conv2d"], names); // and no ReLU
        GradientCheck.AssertCorrect(model, x, y => (y * y * y).Sum());
    }

    [Fact]
    public void Formula_WithRelu_SaysWhereTheGradientPasses()
    {
        OperationFormula convolution = new Sequential(new Conv2d(1, 1, 1), new Relu()).Forward(Tensor.Zeros([1, 1, 2, 2])).Origin!.Formula!;
        Assert.Equal("y = relu(w ∗ x + b)", convolution.Value);
        Assert.Equal("∂L/∂b = Σ ∂L/∂y · [y > 0] over images and places", convolution.Derivatives[2]);
        OperationFormula formula = new Sequential(new BatchNorm1d(2), new Relu()).Forward(Tensor.From([1f, 2, 3, 4], [2, 2])).Origin!.Formula!;
        Assert.Equal("y = relu((x − μ) / √(v + ε) · γ + β)", formula.Value);
        Assert.Equal("∂L/∂γ = Σ ∂L/∂y · [y > 0] · x̂", formula.Derivatives[1]);
    }

    [Fact]
    public void Forward_AtTheKinkAndNotANumber_IsAsReluSays()
    {
        var model = new Sequential(new BatchNorm1d(2), new Relu());
        Tensor x = Tensor.From([5, float.NaN, 5, 1], [2, 2]).RequireGradient(), y = model.Forward(x);
        Assert.Equal([0, float.NaN, 0, float.NaN], y.ToArray<float>());
        Gradients gradients = y.Backward(Tensor.Ones([2, 2]));
        Assert.Equal(0, gradients[((BatchNorm)model[0]).Bias!].ToArray<float>()[0]); // no slope at 0
        Assert.Equal(0, gradients[x].ToArray<float>()[0]);
    }

    [Fact]
    public void Forward_RefusedInput_NamesTheNormalization_AndIsNotCounted()
    {
        var norm = new BatchNorm1d(3);
        var error = Assert.Throws<ShapeException>(() => new Sequential(norm, new Relu()).Forward(Tensor.Zeros([2, 4])));
        Assert.Contains("0 (BatchNorm1d)", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, norm.BatchesTracked!.Item());
    }

    private static Module Layer(string chain, DType dtype)
    {
        var random = new RandomSource(8);
        Module layer = chain switch
        {
            "conv" => new Conv2d(3, 4, 3, bias: false, random: random),
            "Winograd conv" => new Conv2d(16, 16, 3, padding: 1, random: random),
            "strided conv" => new Conv2d(3, 5, (2, 3), stride: 2, random: random),
            "features" or "evaluated" => new BatchNorm1d(13),
            "lines" => new BatchNorm1d(5),
            "bare" => new BatchNorm2d(3, affine: false),
            "untracked" => new BatchNorm2d(3, trackRunningStatistics: false),
            _ => new BatchNorm2d(3, momentum: null),
        };
        layer.To(dtype);
        foreach (Parameter parameter in layer.Parameters) parameter.CopyFrom(Tensor.Normal(parameter.Shape, random, 0.5, 1, dtype)); // some scales below 0
        if (chain == "evaluated") layer.Evaluate();
        return layer;
    }

    private static Shape InputShape(string chain) => chain switch
    {
        "features" or "evaluated" => [9, 13],
        "lines" => [4, 5, 21],
        "Winograd conv" => [3, 16, 9, 10],
        _ => [4, 3, 5, 7],
    };
}
