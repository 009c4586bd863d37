namespace Backprop.Tests;

/// <summary>What holds for every optimizer.</summary>
public class OptimizerClaimsTests
{
    public static TheoryData<string> Cases => [.. OptimizerCase.All.Select(optimizer => optimizer.Name)];

    private static OptimizerCase Get(string name) => OptimizerCase.All.Single(optimizer => optimizer.Name == name);

    [Fact]
    public void EveryOptimizer_HasACase()
    {
        IEnumerable<Type> optimizers = typeof(Optimizer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Optimizer)) && !type.IsAbstract);
        Assert.Empty(optimizers.Except(OptimizerCase.All.Select(optimizer => optimizer.Create([new Parameter(Tensor.Ones([1]), "p")]).GetType())));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Step_Twice_GivesTheNumbersWorkedOutByHand_InBothPrecisions(string name)
    {
        foreach ((DType dtype, double tolerance) in new[] { (DType.Float64, 1e-7), (DType.Float32, 1e-6) }) // ε, which the hand leaves out, is worth up to 4e-8
        {
            var parameter = new Parameter(Tensor.Ones([1], dtype), "p");
            Optimizer optimizer = Get(name).Create([parameter]);
            optimizer.Step(Gradient(parameter, 0.5));
            Assert.Equal(Get(name).AfterOne, parameter.At(0), tolerance);
            optimizer.Step(Gradient(parameter, 0.5));
            Assert.Equal(Get(name).AfterTwo, parameter.At(0), tolerance);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Step_AnyNumberOfElements_TreatsEachAlike(string name)
    {
        foreach (int count in new[] { 0, 1, 7, 16, 17, 33 })
        {
            var parameter = new Parameter(Tensor.Ones([count]), "p");
            Get(name).Create([parameter]).Step(Gradient(parameter, [.. Enumerable.Repeat(0.5, count)]));
            Assert.All(parameter.ToArray<float>(), value => Assert.Equal(Get(name).AfterOne, value, 1e-6));
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Step_Extremes_StayInTheirElement(string name)
    {
        double[] gradient = [0.5, double.NaN, double.PositiveInfinity, 1e4, -1e4, 1e-40, -0.0, 0];
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            var parameter = new Parameter(Tensor.Ones([gradient.Length], dtype), "p");
            Optimizer optimizer = Get(name).Create([parameter]);
            optimizer.Step(Gradient(parameter, gradient));
            Assert.Equal(Get(name).AfterOne, parameter.At(0), 1e-6);
            Assert.True(double.IsNaN(parameter.At(1)));
            Assert.False(double.IsFinite(parameter.At(2)));
            for (int i = 3; i < gradient.Length; i++) Assert.True(double.IsFinite(parameter.At(i)), $"{dtype}: a gradient of {gradient[i]} made {parameter.At(i)}");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Step_AlongAValley_LowersTheLoss(string name)
    {
        var parameter = new Parameter(Tensor.From(1.0, -1), "p");
        Optimizer optimizer = Get(name).Create([parameter]);
        double before = Loss().Item();
        for (int step = 0; step < 20; step++) optimizer.Step(Loss().Backward());
        Assert.True(Loss().Item() < before);

        Tensor Loss() => (parameter * parameter * Tensor.From(1.0, 0.1)).Sum();
    }

    private static Gradients Gradient(Parameter parameter, params double[] elements)
    {
        var gradients = new Gradients();
        gradients.Set(parameter, Tensor.From(elements, parameter.Shape).To(parameter.DType));
        return gradients;
    }
}
