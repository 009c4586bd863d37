using System.Text.Json;

namespace Backprop.Tests;

public class OptimizersTests
{
    public static TheoryData<string> Cases => GoldenCases.Names("optimizers");

    [Theory, MemberData(nameof(Cases))]
    public void Optimizer_StateLoadedHalfWay_GoesOnWithTheSameBits(string name)
    {
        GoldenCase golden = GoldenCases.Get("optimizers", name);
        Parameter[] straight = GoldenTraining.Parameters(golden, DType.Float32), resumed = GoldenTraining.Parameters(golden, DType.Float32);
        Optimizer first = GoldenTraining.CreateOptimizer(golden, straight), second = GoldenTraining.CreateOptimizer(golden, resumed);
        JsonElement[] steps = [.. golden.Json("steps").EnumerateArray()];
        for (int i = 0; i < steps.Length; i++)
        {
            first.Step(GoldenTraining.GradientsOf(steps[i], straight));
            if (i > 2)
            {
                second.Step(GoldenTraining.GradientsOf(steps[i], resumed));
            }
            else if (i == 2)
            {
                foreach ((Parameter from, Parameter to) in straight.Zip(resumed)) to.CopyFrom(from);
                second.LoadState(first.State);
            }
        }
        foreach ((Parameter a, Parameter b) in straight.Zip(resumed)) Assert.Equal(a.ToArray<float>(), b.ToArray<float>());
    }

    [Fact]
    public void Defaults_OfEveryConstructor_ArePyTorchs()
    {
        Parameter[] p = [Ones("p")];
        Assert.Equivalent(new { LearningRate = 1e-3, Momentum = 0.0, Dampening = 0.0, WeightDecay = 0.0, Nesterov = false }, new Sgd(p));
        Assert.Equivalent(new { LearningRate = 1e-2, LearningRateDecay = 0.0, WeightDecay = 0.0, InitialAccumulatorValue = 0.0, Epsilon = 1e-10 }, new Adagrad(p));
        Assert.Equivalent(new { LearningRate = 1e-2, Alpha = 0.99, Epsilon = 1e-8, WeightDecay = 0.0, Momentum = 0.0, Centered = false }, new RmsProp(p));
        Assert.Equivalent(new { LearningRate = 1.0, Rho = 0.9, Epsilon = 1e-6, WeightDecay = 0.0 }, new Adadelta(p));
        Assert.Equivalent(new { LearningRate = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, WeightDecay = 0.0, AmsGrad = false }, new Adam(p));
        Assert.Equivalent(new { LearningRate = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, WeightDecay = 1e-2, AmsGrad = false }, new AdamW(p));
        Assert.Equivalent(new { LearningRate = 2e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, WeightDecay = 0.0, MomentumDecay = 4e-3 }, new NAdam(p));
        Assert.Equivalent(new { LearningRate = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, WeightDecay = 0.0 }, new RAdam(p));
    }

    [Fact]
    public void State_OfAdam_HasPyTorchsNames()
    {
        Parameter weight = Ones("conv1.weight");
        var adam = new Adam([weight], learningRate: 0.1, amsGrad: true);
        Assert.Empty(adam.State);
        adam.Step(GradientsOf((weight, [1, 2, 3])));
        Assert.Equal(["conv1.weight.step", "conv1.weight.exp_avg", "conv1.weight.exp_avg_sq", "conv1.weight.max_exp_avg_sq"], adam.State.Select(state => state.Key));
        Assert.Equal(1, adam.State.First().Value.Item());
    }

    [Fact]
    public void State_MadeInsideAStep_OutlivesIt()
    {
        Parameter weight = Ones("weight");
        var sgd = new Sgd([weight], learningRate: 1, momentum: 0.5);
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            sgd.Step(GradientsOf((weight, [1, 1, 1])));
        }
        Assert.Equal([1.75f, 1.75f, 1.75f], sgd.State.Single().Value.ToArray<float>());
        Assert.Equal(1 - 1 - 1.5f - 1.75f, weight.At(0));
    }

    [Fact]
    public void Step_ParameterWithoutGradient_StaysAndRemembersNothing()
    {
        Parameter used = Ones("used"), unused = Ones("unused");
        var adam = new Adam([used, unused], learningRate: 0.1, weightDecay: 0.1);
        adam.Step(GradientsOf((used, [1, 1, 1])));
        Assert.Equal([1f, 1f, 1f], unused.ToArray<float>());
        Assert.All(adam.State, state => Assert.StartsWith("used.", state.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void Step_NoParameterHasAGradient_IsRefused()
    {
        var sgd = new Sgd([Ones("a")], learningRate: 0.1);
        var failure = Assert.Throws<ArgumentException>(() => sgd.Step(GradientsOf((Ones("of another model"), [1, 1, 1]))));
        Assert.Contains("none of the 1 parameters has a gradient", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_HaveTheirOwnRateAndDecay()
    {
        Parameter body = Ones("body"), head = Ones("head");
        var sgd = new Sgd([body], learningRate: 0.1, weightDecay: 1);
        sgd.Add(new ParameterGroup([head]) { LearningRateScale = 10, WeightDecay = 0 });
        sgd.LearningRate = 0.2; // as a schedule does: it reaches both
        sgd.Step(GradientsOf((body, [1, 1, 1]), (head, [1, 1, 1])));
        Assert.Equal(1 - 0.2 * (1 + 1), body.At(0), 6);
        Assert.Equal(1 - 2 * 1, head.At(0), 6);
    }

    [Fact]
    public void Momentum_SetByASchedule_ReachesSgdAndAdam()
    {
        Parameter[] p = [Ones("p")];
        var (sgd, rmsProp, adam, nAdam, rAdam) = (new Sgd(p), new RmsProp(p), new Adam(p), new NAdam(p), new RAdam(p));
        foreach (IHasMomentum optimizer in new IHasMomentum[] { sgd, rmsProp, adam, nAdam, rAdam }) optimizer.Momentum = 0.85;
        Assert.Equal([0.85, 0.85, 0.85, 0.85, 0.85], [sgd.Momentum, rmsProp.Momentum, adam.Beta1, nAdam.Beta1, rAdam.Beta1]);
    }

    [Fact]
    public void Optimizer_WithoutParameters_IsRefused()
    {
        var failure = Assert.Throws<ArgumentException>(() => new Adam([]));
        Assert.Contains("Adam was given no parameters", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Optimizer_ParameterGivenTwice_IsRefusedByName()
    {
        Parameter weight = Ones("fc.weight");
        Assert.Contains("'fc.weight'", Assert.Throws<ArgumentException>(() => new Sgd([weight, weight])).Message, StringComparison.Ordinal);
        var sgd = new Sgd([weight]);
        Assert.Contains("'fc.weight'", Assert.Throws<ArgumentException>(() => sgd.Add(new ParameterGroup([weight]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_OutOfRange_AreRefused()
    {
        Parameter[] p = [Ones("p")];
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(p, learningRate: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(p).LearningRate = double.NaN);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(p, weightDecay: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(p, beta1: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(p, epsilon: double.PositiveInfinity));
        Assert.Throws<ArgumentException>(() => new Sgd(p, nesterov: true));
        Assert.Throws<ArgumentException>(() => new Sgd(p, momentum: 0.9, dampening: 0.1, nesterov: true));
    }

    [Fact]
    public void LoadState_OfAnotherOptimizerModelOrShape_IsRefused()
    {
        var adam = new Adam([Ones("w")]);
        Assert.Contains("another optimizer", Load("w.momentum_buffer", Tensor.Zeros([3])), StringComparison.Ordinal);
        Assert.Contains("another model", Load("v.exp_avg", Tensor.Zeros([3])), StringComparison.Ordinal);
        Assert.Contains("[4]", Load("w.exp_avg", Tensor.Zeros([4])), StringComparison.Ordinal);
        Assert.Contains("it is Float64 []", Load("w.step", Tensor.Zeros(Shape.Scalar, DType.Float64)), StringComparison.Ordinal); // a count
        Assert.Contains("it is Float32 []", Load("w.exp_avg", Tensor.Zeros(Shape.Scalar)), StringComparison.Ordinal);
        adam.LoadState([KeyValuePair.Create("w.exp_avg", Tensor.Zeros(Shape.Scalar, DType.Float64))]); // what a scalar of an optimizer of one's own would be
        Parameter w = adam.Groups[0].Parameters[0];
        Assert.Contains("'exp_avg' of parameter 'w' does not fit", Assert.Throws<ShapeException>(() => adam.Step(GradientsOf((w, [1, 1, 1])))).Message, StringComparison.Ordinal);

        string Load(string name, Tensor value) => Assert.ThrowsAny<ArgumentException>(() => adam.LoadState([KeyValuePair.Create(name, value)])).Message;
    }

    [Fact]
    public void State_OfTwoParametersOfOneName_IsRefused()
    {
        Parameter a = Ones("weight"), b = Ones("weight");
        var sgd = new Sgd([a, b], learningRate: 0.1, momentum: 0.9);
        sgd.Step(GradientsOf((a, [1, 1, 1]), (b, [2, 2, 2])));
        Assert.Contains("two parameters are called 'weight'", Assert.Throws<InvalidOperationException>(() => sgd.State.ToArray()).Message, StringComparison.Ordinal);
    }

    private static Gradients GradientsOf(params (Parameter Parameter, float[] Gradient)[] entries)
    {
        var gradients = new Gradients();
        foreach ((Parameter parameter, float[] gradient) in entries) gradients.Set(parameter, Tensor.From(gradient, parameter.Shape));
        return gradients;
    }

    private static Parameter Ones(string name) => new(Tensor.Ones([3]), name);
}
