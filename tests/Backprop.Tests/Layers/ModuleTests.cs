namespace Backprop.Tests;

public class ModuleTests
{
    private static Sequential Mlp() => new(new Flatten(), new Linear(6, 4, random: new RandomSource(1)), new Sequential { { "hidden", new Linear(4, 3, random: new RandomSource(2)) } });

    [Fact]
    public void NamedParameters_NestedModules_HavePyTorchsPaths()
    {
        Sequential model = Mlp();
        string[] names = ["1.weight", "1.bias", "2.hidden.weight", "2.hidden.bias"];
        Assert.Equal(names, model.NamedParameters.Select(named => named.Key));
        Assert.Equal(names, model.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void Parameters_OneLayerUsedTwice_AreListedOnce()
    {
        var layer = new Linear(3, 3);
        Assert.Equal(["0.weight", "0.bias"], new Sequential(layer, layer).Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void Parameters_LayerAddedToAPartOfAModel_AreNamedFromTheWhole()
    {
        var part = new Sequential();
        var model = new Sequential { { "body", part } };
        part.Add(new Linear(3, 3));
        Assert.Equal(["body.0.weight", "body.0.bias"], model.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void Add_ModuleAsAPartOfItself_IsRefused()
    {
        var part = new Sequential();
        _ = new Sequential(part);
        Assert.Throws<ArgumentException>(() => part.Add(part));
    }

    [Fact]
    public void Forward_ShapeThatDoesNotFit_NamesTheLayersOnTheWay()
    {
        string message = Assert.Throws<ShapeException>(() => Mlp()[2].Forward(Tensor.Zeros([2, 5]))).Message;
        Assert.EndsWith("in     hidden (Linear) of 2 (Sequential)", message);
    }

    private sealed class Gated : Module
    {
        private readonly Linear _value, _gate;

        public Gated(int width, RandomSource random)
        {
            _value = AddModule("value", new Linear(width, width, random: random));
            _gate = AddModule("gate", new Linear(width, width, random: random));
        }

        protected override Tensor Compute(Tensor x) => _value.Forward(x) * _gate.Forward(x).Sigmoid();
    }

    [Fact]
    public void Module_OfTheUser_HasNamesErrorsAndGradientsLikeAnyOther()
    {
        var model = new Sequential { { "gated", new Gated(3, new RandomSource(1)) }, new Linear(3, 2, random: new RandomSource(2)) };
        Assert.Equal(["gated.value.weight", "gated.value.bias", "gated.gate.weight", "gated.gate.bias", "1.weight", "1.bias"], model.NamedParameters.Select(named => named.Key));
        string message = Assert.Throws<ShapeException>(() => model.Forward(Tensor.Zeros([2, 4]))).Message;
        Assert.EndsWith("in     value (Linear) of gated (Gated) of Sequential", message);
        model.To(DType.Float64);
        GradientCheck.AssertCorrect(model, Tensor.Uniform([4, 3], new RandomSource(3), -1, 1, DType.Float64));
    }

    [Fact]
    public void TrainAndEvaluate_ReachEveryChild()
    {
        Sequential model = Mlp();
        model.Evaluate();
        Assert.False(((Sequential)model[2])[0].Training);
        model.Train();
        Assert.True(((Sequential)model[2])[0].Training);
    }

    [Fact]
    public void Predict_RecordsNothingAndRestoresTheMode()
    {
        Sequential model = Mlp();
        model[1].Evaluate();
        Assert.False(model.Predict(Tensor.Zeros([2, 2, 3])).IsTracked);
        Assert.Equal([true, true, false, true], new[] { model, model[0], model[1], model[2] }.Select(module => module.Training));
    }

    [Fact]
    public void To_Float64_KeepsTheValues()
    {
        Sequential model = Mlp();
        Parameter weight = model.Parameters[0];
        double before = weight.At(0, 0);
        model.To(DType.Float64);
        Assert.Equal((DType.Float64, before), (weight.DType, weight.At(0, 0)));
        GradientCheck.AssertCorrect(model, Tensor.Uniform([2, 6], new RandomSource(3), dtype: DType.Float64));
    }

    [Fact]
    public void Add_NameTakenOrDotted_IsRefused()
    {
        var model = new Sequential { { "a", new Identity() } };
        Assert.Throws<ArgumentException>(() => model.Add("a", new Identity()));
        Assert.Throws<ArgumentException>(() => model.Add("a.b", new Identity()));
    }

    [Fact]
    public void Linear_NewWeights_AreWithinPyTorchsBound()
    {
        var layer = new Linear(100, 50);
        double bound = 1 / Math.Sqrt(100);
        float[] weight = layer.Weight.ToArray<float>();
        Assert.InRange(weight.Max(), 0.98 * bound, bound);
        Assert.InRange(weight.Min(), -bound, -0.98 * bound);
        Assert.InRange(layer.Bias!.ToArray<float>().Max(), 0.5 * bound, bound);
    }

    [Fact]
    public void Sequential_InAStep_GivesTheSameGradientsAsOutside()
    {
        Sequential model = Mlp();
        Tensor x = Tensor.Uniform([500, 6], new RandomSource(4)), upstream = Tensor.Uniform([500, 3], new RandomSource(5));
        float[][] expected = Gradients();
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            Assert.Equal(expected, Gradients());
        }

        float[][] Gradients()
        {
            Gradients gradients = model.Forward(x).Backward(upstream);
            return [.. model.Parameters.Select(parameter => gradients[parameter].ToArray<float>())];
        }
    }

    [Fact]
    public void Sequential_InAStepWithoutGradients_GivesIntermediatesBackAtOnce()
    {
        var memory = new StepMemory();
        var model = new Sequential([.. Enumerable.Range(0, 20).Select(i => new Linear(100, 100))]);
        Tensor x = Tensor.Ones([1000, 100]);
        model.Predict(x); // the kernels' own scratch memory is there from now on
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (memory.Begin()) model.Predict(x);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 1000 * 100 * sizeof(float)); // 20 outputs of 400 kB in at most 4 buffers
    }
}
