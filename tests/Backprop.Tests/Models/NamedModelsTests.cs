namespace Backprop.Tests;

public class NamedModelsTests
{
    public static TheoryData<string> Names => [.. NamedModels.All.Select(model => model.Name)];

    private static (Tensor X, Tensor Target) Data(NamedModel model, int batch)
    {
        Shape rows = [batch];
        Tensor x = Tensor.Normal(rows.Concat(model.InputShape), new RandomSource(2));
        return (x, model.Recipe.Loss == LossKind.Mse
            ? Tensor.Uniform([batch, model.Classes], new RandomSource(3))
            : Tensor.Generate([batch], DType.Int64, i => i * 7 % model.Classes));
    }

    [Theory] // counted by hand, layer by layer; of ResNet-20 with its projections, without running values
    [InlineData("neuron", 2)]
    [InlineData("tiny-mlp", 243)]
    [InlineData("mlp", 39_760)]
    [InlineData("mlp-wide", 1_863_690)]
    [InlineData("batchnorm-mlp", 120_910)]
    [InlineData("seed-cnn", 13_610)]
    [InlineData("simple-convnet", 433_890)]
    [InlineData("deep-convnet", 123_552)]
    [InlineData("resnet20", 272_474)]
    public void Build_HasSoManyParameters(string name, int count) =>
        Assert.Equal(count, NamedModels.Get(name).Build(new RandomSource(1)).Parameters.Sum(parameter => parameter.ElementCount));

    [Fact]
    public void All_AreTheNine() => Assert.Equal(
        ["neuron", "tiny-mlp", "mlp", "mlp-wide", "batchnorm-mlp", "seed-cnn", "simple-convnet", "deep-convnet", "resnet20"], NamedModels.All.Select(model => model.Name));

    [Theory, MemberData(nameof(Names))]
    public void Build_SameSeed_GivesTheSameWeightsAndAnotherOthers(string name)
    {
        NamedModel model = NamedModels.Get(name);
        string weights = model.Build(new RandomSource(1)).WeightsSha256();
        Assert.Equal(weights, model.Build(new RandomSource(1)).WeightsSha256());
        Assert.NotEqual(weights, model.Build(new RandomSource(2)).WeightsSha256());
    }

    [Theory, MemberData(nameof(Names))]
    public void Predict_GivesOneRowOfClassesForEachInput(string name)
    {
        NamedModel model = NamedModels.Get(name);
        Assert.Equal<Shape>([2, model.Classes], model.Build(new RandomSource(1)).Predict(Data(model, 2).X).Shape);
    }

    [Theory, MemberData(nameof(Names))]
    public void Recipe_AFewSteps_LowerTheLossWithTheSameBitsInAndOutsideOfAScope(string name)
    {
        NamedModel model = NamedModels.Get(name);
        (Tensor x, Tensor target) = Data(model, 4);
        Module outside = model.Build(new RandomSource(1)), inside = model.Build(new RandomSource(1));
        Optimizer first = model.Recipe.CreateOptimizer(outside.Parameters), second = model.Recipe.CreateOptimizer(inside.Parameters);
        var memory = new StepMemory();
        double before = model.Recipe.LossFunction(outside.Predict(x), target).Item();
        for (int step = 0; step < 3; step++)
        {
            first.Step(model.Recipe.LossFunction(outside.Forward(x), target).Backward());
            using StepScope scope = memory.Begin();
            second.Step(model.Recipe.LossFunction(inside.Forward(x), target).Backward());
        }
        Assert.Equal(outside.WeightsSha256(), inside.WeightsSha256());
        bool remembers = outside.NamedBuffers.Any(); // running values lag behind three steps
        if (!remembers) Assert.True(model.Recipe.LossFunction(outside.Predict(x), target).Item() < before);
    }

    [Fact]
    public void SeedCnn_NewWeights_AreTheTutorials()
    {
        Module model = NamedModels.Get("seed-cnn").Build(new RandomSource(1));
        Assert.Equal(1.0 / 9, Deviation(model.Parameters[0]), 0.03); // of 72 draws
        Assert.All(model.Parameters[1].ToArray<float>(), bias => Assert.Equal(0, bias));
        Assert.Equal(1.0 / 1352, Deviation(model.Parameters[2]), 0.03 / 1352); // of 13520 draws
        Assert.Equal([-0.5f, 0.5f], NamedModels.Get("seed-cnn").Preprocessing.Apply(Tensor.From([0f, 255f], [1, 1, 1, 2])).ToArray<float>());
    }

    [Fact]
    public void DeepConvNet_NewWeights_AreTheBooksHe() =>
        Assert.Equal(Math.Sqrt(2.0 / 576), Deviation(NamedModels.Get("deep-convnet").Build(new RandomSource(1)).Parameters[10]), 0.02 * Math.Sqrt(2.0 / 576)); // conv6, 36864 draws

    [Fact]
    public void Preprocessing_Standardize_GivesMeanZeroAndDeviationOne()
    {
        Tensor x = Preprocessing.Standardize(0.4, 0.25).Apply(Tensor.From([0.4 * 255, 0.65 * 255], [1, 1, 1, 2]));
        Assert.Equal(0, x.ElementAt(0), 1e-12);
        Assert.Equal(1, x.ElementAt(1), 1e-12);
    }

    [Fact]
    public void Get_UnknownName_TellsTheNearestAndAll()
    {
        string message = Assert.Throws<ArgumentException>(() => NamedModels.Get("simple-convet")).Message;
        Assert.StartsWith("There is no model \"simple-convet\"; the nearest name is \"simple-convnet\". All: neuron, tiny-mlp,", message);
    }

    private static double Deviation(Tensor weight) => Math.Sqrt(weight.ToArray<float>().Average(value => (double)value * value));
}
