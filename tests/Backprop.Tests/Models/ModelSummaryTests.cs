using System.Text.Json.Nodes;

namespace Backprop.Tests;

/// <summary>Summaries against numbers counted by hand, or known of the paper's network.</summary>
public class ModelSummaryTests
{
    private static readonly RandomSource s_random = new(1);

    [Fact]
    public void SimpleConvNet_EachLayer_HasTheNumbersCountedByHand()
    {
        ModelSummary summary = Of("simple-convnet", batchSize: 2);
        Assert.Equal(["conv", "1", "2", "3", "fc1", "5", "fc2"], summary.Layers.Select(layer => layer.Path));
        Assert.Equal(["[2, 30, 24, 24]", "[2, 30, 24, 24]", "[2, 30, 12, 12]", "[2, 4320]", "[2, 100]", "[2, 100]", "[2, 10]"], summary.Layers.Select(layer => layer.OutputShape.ToString()!));
        Assert.Equal([30 * 25 + 30, 0, 0, 0, 4320 * 100 + 100, 0, 100 * 10 + 10], summary.Layers.Select(layer => layer.Parameters));
        Assert.Equal([2 * 30 * 24 * 24 * 25, 0, 0, 0, 2 * 4320 * 100, 0, 2 * 100 * 10], summary.Layers.Select(layer => layer.MultiplyAdds));
        Assert.Equal([2 * 4 * 17280, 2 * 4 * 17280, 2 * 4 * 4320, 0, 800, 800, 80], summary.Layers.Select(layer => layer.ActivationBytes)); // Flatten gives a view
        Assert.Equal((433_890, 433_890 * 4, 0, 2 * 865_000), (summary.Parameters, summary.ParameterBytes, summary.Buffers, summary.MultiplyAdds));
        Assert.Equal("Conv2d(1, 30, 5×5)", summary.Layers[0].Description);
    }

    [Fact]
    public void ResNet20_HasTheNumbersOfThePaper()
    {
        ModelSummary summary = Of("resnet20");
        Assert.Equal(272_474, summary.Parameters); // as torchinfo says of the same network in PyTorch, with 1×1 convolutions as shortcuts
        Assert.Equal(40_813_184, summary.MultiplyAdds); // "41 M"; by hand: 3·16·9·32² + 18 convolutions of 16·16·9·32² but for two of half as many, 2 shortcuts of 16·32·16², 640
        Assert.Equal(3L * 16 * 9 * 1024 + 16 * 2_359_296L + 2 * 1_179_648 + 2 * 131_072 + 640, summary.MultiplyAdds);
        Assert.Equal(9, summary.Layers.Count(layer => layer.Layer is Residual)); // they add
        Assert.DoesNotContain(summary.Layers, layer => layer.Layer is Sequential); // which do not
        Assert.Equal(2 * (7 * 16 + 6 * 32 + 32 + 6 * 64 + 64) + 21, summary.Buffers); // running means and variances, and a count of batches each
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NamedModel_TotalsAreThoseOfTheModule(string name)
    {
        NamedModel named = NamedModels.Get(name);
        Module module = named.Build(new RandomSource(0));
        ModelSummary summary = ModelSummary.Of(module, named.InputShape, 3);
        Assert.Equal(module.Parameters.Sum(parameter => (long)parameter.ElementCount), summary.Parameters);
        Assert.Equal(module.NamedBuffers.Sum(buffer => (long)buffer.Value.ElementCount), summary.Buffers);
        Assert.Equal(3 * ModelSummary.Of(module, named.InputShape).MultiplyAdds, summary.MultiplyAdds);
        Assert.Equal(3 * ModelSummary.Of(module, named.InputShape).ActivationBytes, summary.ActivationBytes);
    }

    [Fact]
    public void Convolutions_GroupedTransposedOneDimensional_CountTheWeightsThatMeet()
    {
        Assert.Equal((2 * 6 * 5 * 5) * (2 * 3 * 3), ModelSummary.Of(new Conv2d(4, 6, 3, padding: 1, groups: 2, random: s_random), [4, 5, 5], 2).MultiplyAdds);
        Assert.Equal((2 * 4 * 5 * 5) * (3 * 2 * 2), ModelSummary.Of(new ConvTranspose2d(4, 3, 2, stride: 2, random: s_random), [4, 5, 5], 2).MultiplyAdds);
        Assert.Equal((7 * 8) * (3 * 3), ModelSummary.Of(new Conv1d(3, 7, 3, random: s_random), [3, 10]).MultiplyAdds);
    }

    [Fact]
    public void SharedLayer_HasARowForEachPlace_AndIsCountedOnce()
    {
        var shared = new Linear(4, 4, random: s_random);
        ModelSummary summary = ModelSummary.Of(new Sequential(shared, new Relu(), shared), [4]);
        Assert.Equal([20, 0, 0], summary.Layers.Select(layer => layer.Parameters));
        Assert.Equal([16, 0, 16], summary.Layers.Select(layer => layer.MultiplyAdds));
        Assert.Equal((20, 80, 32), (summary.Parameters, summary.ParameterBytes, summary.MultiplyAdds));
    }

    [Fact]
    public void ModuleOfOnesOwn_ItsOperationsAndWhatItNeverCalls_AreSeen()
    {
        ModelSummary summary = ModelSummary.Of(new Sequential(new Bilinear()), [3]);
        Assert.Equal(["0.used", "0", "0.forgotten"], summary.Layers.Select(layer => layer.Path));
        Assert.Equal([3 * 5, 5 * 5, 0], summary.Layers.Select(layer => layer.MultiplyAdds));
        Assert.Equal([20, 25, 8], summary.Layers.Select(layer => layer.Parameters));
        Assert.Equal([5 * 4, 2 * 5 * 4, 0], summary.Layers.Select(layer => layer.ActivationBytes)); // the product, and the sum with it
        Assert.Null(summary.Layers[2].OutputShape);
        Assert.Contains("not called", summary.ToString());
    }

    [Fact]
    public void Part_IsNamedFromItself_CalledOrNot()
    {
        var part = new Bilinear();
        _ = new Sequential { { "whole", new Sequential { { "part", part } } } };
        Assert.Equal(["used", "", "forgotten"], ModelSummary.Of(part, [3]).Layers.Select(layer => layer.Path));
    }

    [Fact]
    public void ModuleThatIsNoDeclaredPart_HasARowOfItsOwn()
    {
        var borrowed = new Linear(4, 4, random: s_random);
        ModelSummary summary = ModelSummary.Of(new Borrowing(borrowed), [4]);
        Assert.Equal([borrowed, summary.Layers[1].Layer], summary.Layers.Select(layer => layer.Layer));
        Assert.Equal("1 -1,0|16 0|16 32", string.Join('|', [Inputs(), string.Join(' ', summary.Layers.Select(layer => layer.MultiplyAdds)), string.Join(' ', summary.Layers.Select(layer => layer.ActivationBytes))]));

        string Inputs() => string.Join(' ', summary.Layers.Select(layer => string.Join(',', layer.Inputs)));
    }

    [Fact]
    public void Rows_AreOfWhatIsCalled_UnlessItOnlyPassesOn()
    {
        ModelSummary summary = ModelSummary.Of(new Sequential(new Dropout(0.5, s_random), new Sequential(new Identity())), [4]);
        Assert.Equal(["0", "1.0"], summary.Layers.Select(layer => layer.Path));
        Assert.Equal(0, summary.ActivationBytes);
    }

    [Fact]
    public void FrozenParameters_AreCountedApart()
    {
        var model = new Sequential(new Linear(2, 3, random: s_random), new Linear(3, 1, random: s_random));
        model.Parameters[0].RequireGradient(false);
        ModelSummary summary = ModelSummary.Of(model, [2]);
        Assert.Equal((13, 7), (summary.Parameters, summary.TrainableParameters));
        Assert.Contains("6 of them are not trained", summary.ToString());
    }

    [Fact]
    public void Indices_AndFloat64_AreInputsToo()
    {
        var embedding = new Sequential(new Embedding(10, 4, random: s_random), new Flatten());
        Assert.Equal("[2, 12]", ModelSummary.Of(embedding, Tensor.Zeros([2, 3], DType.Int64)).Layers[1].OutputShape.ToString());
        ModelSummary summary = ModelSummary.Of(new Linear(4, 2, random: s_random).To(DType.Float64), [4]);
        Assert.Equal((10 * 8, 2 * 8), (summary.ParameterBytes, summary.ActivationBytes));
    }

    [Fact]
    public void Inputs_AreTheRowsWhoseResultsALayerTakes()
    {
        ModelSummary summary = ModelSummary.Of(new Sequential(
            new Relu(), new Dropout(0.5, s_random), new Residual(new Sequential(new Linear(4, 4, random: s_random), new Tanh())), new Scaled()), [4]);
        Assert.Equal(["0 -1", "1 0", "2.body.0 1", "2.body.1 2", "2 3,1", "3.inner 6", "3 4,5"], summary.Layers.Select(layer => $"{layer.Path} {string.Join(',', layer.Inputs)}"));
    }

    [Fact]
    public void Of_ATrainingModel_ChangesNothing()
    {
        Module model = NamedModels.Get("deep-convnet").Build(new RandomSource(0));
        string before = model.WeightsSha256();
        ulong[] random = [.. model.RandomSources.SelectMany(source => source.State)];
        ModelSummary.Of(model, [1, 28, 28], 4);
        Assert.True(model.Training);
        Assert.Equal(before, model.WeightsSha256());
        Assert.Equal(random, model.RandomSources.SelectMany(source => source.State));
    }

    [Fact]
    public void WrongInput_GetsTheErrorOfTheLayer()
    {
        ShapeException error = Assert.Throws<ShapeException>(() => ModelSummary.Of(new Sequential(new Linear(4, 2, random: s_random)), [5]));
        Assert.Contains("5 features", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ModelSummary.Of(new Relu(), [1], 0));
    }

    [Fact]
    public void Text_IsATableWithItsTotals()
    {
        string expected =
            """
            layer  what          output     parameters  multiply-adds  activations
            ----------------------------------------------------------------------
            fc     Linear(1, 1)  [1000, 1]           2          1,000       3.9 KB
            1      Sigmoid       [1000, 1]                                  3.9 KB
            ----------------------------------------------------------------------
            total                                    2          1,000       7.8 KB
            input [1000, 1]; parameters 8 B
            """;
        Assert.Equal(expected.ReplaceLineEndings(), Of("neuron", 1000).ToString());
    }

    [Fact]
    public void Json_HasTheLayersAndTheTotals()
    {
        ModelSummary summary = Of("mlp");
        JsonObject json = JsonNode.Parse(summary.ToJson().ToJsonString())!.AsObject();
        Assert.Equal(39_760, (long)json["parameters"]!);
        Assert.Equal(784 * 50 + 50 * 10, (long)json["multiply_adds"]!);
        Assert.Equal([1, 1, 28, 28], json["input_shape"]!.AsArray().Select(length => (int)length!));
        JsonNode layer = json["layers"]![1]!;
        Assert.Equal(("fc1", "Linear", "Linear(784, 50)", 39_250L), ((string)layer["path"]!, (string)layer["type"]!, (string)layer["description"]!, (long)layer["parameters"]!));
        Assert.Equal([1, 50], layer["output_shape"]!.AsArray().Select(length => (int)length!));
    }

    public static TheoryData<string> Names => [.. NamedModels.All.Select(model => model.Name)];

    private static ModelSummary Of(string name, int batchSize = 1)
    {
        NamedModel named = NamedModels.Get(name);
        return ModelSummary.Of(named.Build(new RandomSource(0)), named.InputShape, batchSize);
    }

    /// <summary>Computes something before its part does, and after: its row takes the part's result, and the part its own.</summary>
    private sealed class Scaled : Module
    {
        private readonly Relu _inner;

        public Scaled() => _inner = AddModule("inner", new Relu());

        protected override Tensor Compute(Tensor x) => _inner.Forward(x * 2) * 3;
    }

    /// <summary>Uses a module that it did not declare as its part.</summary>
    private sealed class Borrowing(Module borrowed) : Module
    {
        protected override Tensor Compute(Tensor x) => borrowed.Forward(x * 2) * 3;
    }

    private sealed class Bilinear : Module
    {
        private readonly Linear _used;
        private readonly Parameter _matrix;

        public Bilinear()
        {
            _used = AddModule("used", new Linear(3, 5, random: s_random));
            AddModule("forgotten", new Linear(3, 2, random: s_random));
            _matrix = AddParameter("matrix", [5, 5], Initializers.Normal(), s_random);
        }

        protected override Tensor Compute(Tensor x)
        {
            Tensor y = _used.Forward(x);
            return y.MatMul(_matrix) + y;
        }
    }
}
