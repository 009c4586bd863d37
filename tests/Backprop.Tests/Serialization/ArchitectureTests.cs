using System.Reflection;

namespace Backprop.Tests;

/// <summary>A layer's description, and the layer that is made from it again.</summary>
public class ArchitectureTests
{
    public static TheoryData<string> Cases => [.. LayerCase.All.Select(layer => layer.Name)];

    public static TheoryData<string> Types => [.. LayerTypes.Select(type => type.Name)];

    private static IEnumerable<Type> LayerTypes => typeof(Module).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Module)) && !type.IsAbstract);

    [Theory, MemberData(nameof(Cases))]
    public void Rebuilt_HasTheSameText_TheSameState_TheSameOutput(string name)
    {
        LayerCase layer = LayerCase.All.Single(layer => layer.Name == name);
        Module module = layer.Create(new RandomSource(1));
        Tensor x = layer.CreateInput();
        module.Forward(x); // moves what is counted in training
        Module rebuilt = Rebuilt(module);
        Assert.Equal(module.ToString(), rebuilt.ToString());
        Assert.Equal(module.State.Select(named => $"{named.Key} {named.Value.Shape}"), rebuilt.State.Select(named => $"{named.Key} {named.Value.Shape}"));
        Assert.Equal(module.NamedParameters.Select(named => named.Value.Name), rebuilt.NamedParameters.Select(named => named.Value.Name));
        Assert.Equal(module.WeightsSha256(), rebuilt.WeightsSha256());
        Assert.Equal(module.Predict(x).ToArray<float>(), rebuilt.Predict(x).ToArray<float>());
    }

    /// <summary>Each argument is given a value that is not its default, so that one that is forgotten on the way is missed.</summary>
    [Theory, MemberData(nameof(Types))]
    public void EveryArgument_OfEveryLayer_IsDescribedAndComesBack(string name)
    {
        Type type = LayerTypes.Single(type => type.Name == name);
        ConstructorInfo constructor = type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Count(parameter => parameter.ParameterType == typeof(Shape)) * 100 + constructor.GetParameters().Length)!;
        object?[] values = [.. constructor.GetParameters().Select(Unusual)];
        Module module = type == typeof(Sequential) ? new Sequential { { "only", new Relu() } } : (Module)constructor.Invoke(values);
        IEnumerable<(string Name, object? Value)> given = constructor.GetParameters().Select((parameter, i) => (parameter.Name!, values[i])).Where(pair => pair.Item1 != "random" && pair.Item2 is not (Module or Module[]));
        if (type != typeof(Sequential)) Assert.Equal(given, Arguments(module).Select(argument => (argument.Name, argument.Value)).OrderBy(pair => Array.FindIndex(constructor.GetParameters(), p => p.Name == pair.Name)));
        Module rebuilt = Rebuilt(module);
        Assert.Equal(Arguments(module), Arguments(rebuilt));
        Assert.Equal(module.ToString(), rebuilt.ToString());

        static IReadOnlyList<LayerArgument> Arguments(Module module) => module.Description.Arguments;
    }

    [Fact]
    public void NamedModels_ComeBack_ToTheBit()
    {
        foreach (NamedModel named in NamedModels.All)
        {
            Module module = named.Build(new RandomSource(1));
            Tensor x = Tensor.Uniform(Shape.Create(2).Concat(named.InputShape), new RandomSource(2));
            Module rebuilt = Rebuilt(module);
            Assert.Equal(module.ToString(), rebuilt.ToString());
            Assert.Equal(module.Predict(x).ToArray<float>(), rebuilt.Predict(x).ToArray<float>());
        }
    }

    [Fact]
    public void SharedModule_IsOneModuleAgain()
    {
        var shared = new Linear(4, 4);
        var module = new Sequential { { "first", shared }, new Relu(), { "block", new Residual(new Sequential { { "again", shared } }) }, { "last", shared } };
        var rebuilt = (Sequential)Rebuilt(module);
        Assert.Same(rebuilt[0], rebuilt[3]);
        Assert.Same(rebuilt[0], rebuilt[2].Children[0].Value.Children[0].Value);
        Assert.Equal(["first.weight", "first.bias"], rebuilt.State.Select(named => named.Key));
        Tensor x = Tensor.Uniform([3, 4], new RandomSource(1));
        Assert.Equal(module.Predict(x).ToArray<float>(), rebuilt.Predict(x).ToArray<float>());
    }

    [Fact]
    public void Float64_ComesBackAsFloat64()
    {
        Module module = new Sequential(new Linear(3, 4), new BatchNorm1d(4)).To(DType.Float64), rebuilt = Rebuilt(module);
        Tensor x = Tensor.Uniform([3, 3], new RandomSource(1), dtype: DType.Float64);
        Assert.Equal(module.Predict(x).ToArray<double>(), rebuilt.Predict(x).ToArray<double>());
    }

    [Fact]
    public void Rebuilding_DrawsNoRandomNumbers()
    {
        var module = new Sequential(new Linear(3, 4), new Embedding(5, 3, paddingIndex: 1));
        var stream = new MemoryStream();
        new Model(module).Save(stream);
        RandomSource before = RandomSource.Current;
        RandomSource.Current = new RandomSource(5);
        stream.Position = 0;
        Model.Load(stream, "memory");
        ulong next = RandomSource.Current.NextUInt64();
        RandomSource.Current = before;
        Assert.Equal(new RandomSource(5).NextUInt64(), next);
    }

    [Fact]
    public void CustomModule_IsMadeByItsFactory_FromItsArgumentsAndParts()
    {
        var module = new Sequential { { "scale", new Scale(2.5, new Linear(3, 3)) }, { "plain", new Plain() } };
        Module rebuilt = Rebuilt(module, new() { ["Scale"] = a => new Scale(a.Get<double>("factor"), a.Module("inner")), ["Plain"] = _ => new Plain() });
        Assert.Equal(module.ToString(), rebuilt.ToString());
        Tensor x = Tensor.Uniform([2, 3], new RandomSource(1));
        Assert.Equal(module.Predict(x).ToArray<float>(), rebuilt.Predict(x).ToArray<float>());
    }

    [Fact]
    public void CustomModule_WithoutFactory_NamesItAndSaysWhatToWrite()
    {
        string message = Assert.Throws<DataFormatException>(() => Rebuilt(new Sequential { { "block", new Sequential { { "mine", new Plain() } } } })).Message;
        Assert.EndsWith("the metadata \"backprop.architecture\" at $.modules.block.modules.mine is a Plain, the module \"block.mine\", which is not of the library. Say how to make it: " +
            "Model.Load(path, custom: new() { [\"Plain\"] = arguments => new Plain(…) })", message);
    }

    [Fact]
    public void CustomModule_OfALayersName_IsNotTakenForIt()
    {
        Assert.Contains("is a Relu, which is not of the library", Assert.Throws<DataFormatException>(() => Rebuilt(new Own.Relu())).Message);
        Assert.IsType<Own.Relu>(Rebuilt(new Own.Relu(), new() { ["Relu"] = _ => new Own.Relu() }));
    }

    [Fact]
    public void Description_OfAValueThatNoFileHolds_IsRefused()
    {
        Assert.Equal("Layer: the argument \"x\" is of type Object; a description has bool, int, double, string, enum, Size2d, Shape or null.",
            Assert.Throws<ArgumentException>(() => new LayerDescription("Layer").With("x", new object())).Message);
        Assert.Equal("Layer: the argument \"x\" is described twice.", Assert.Throws<ArgumentException>(() => new LayerDescription("Layer").With("x", 1).With("x", 2)).Message);
    }

    [Fact]
    public void Text_ShowsWhatIsNotDefault() =>
        Assert.Equal("Layer(3, p: 0.5, on: true, size: 2×3, shape: [1, 2], none: null)", new LayerDescription("Layer").With("n", 3).With("p", 0.5, 0.25).With("on", true, false).With("off", false, false)
            .With("size", new Size2d(2, 3), 1).With("shape", Shape.Create(1, 2), Shape.Scalar).With<double?>("none", null, 1).ToString());

    private static object? Unusual(ParameterInfo parameter) => parameter.Name switch
    {
        "random" => null,
        "body" => new Linear(3, 3),
        "shortcut" => new Linear(3, 3, bias: false),
        "modules" => null,
        "groups" => 2,
        "inputs" or "inputChannels" or "channels" or "features" => 4,
        "outputs" or "outputChannels" => 6,
        "count" => 7,
        "width" => 3,
        "paddingIndex" => 5,
        "normalizedShape" => Shape.Create(3, 4),
        "kernelSize" when parameter.ParameterType == typeof(int) => 5,
        "kernelSize" => new Size2d(4, 5),
        "startAxis" or "axis" => 2,
        "p" or "momentum" or "epsilon" or "negativeSlope" or "alpha" or "beta" => 0.375,
        "form" => GeluForm.Tanh,
        _ when parameter.ParameterType == typeof(bool) => !(bool)parameter.DefaultValue!,
        _ when parameter.ParameterType == typeof(int) || parameter.ParameterType == typeof(int?) => 2,
        _ => new Size2d(2, 3),
    };

    private static Module Rebuilt(Module module, Dictionary<string, Func<LayerArguments, Module>>? custom = null)
    {
        var stream = new MemoryStream();
        new Model(module).Save(stream);
        stream.Position = 0;
        return Model.Load(stream, "memory", custom).Module;
    }

    [Fact]
    public void WhatCouldNotBeReadAgain_IsRefusedWhenItIsSaved()
    {
        Assert.Equal("Save: MaxPool2d(5000×5000) has a kernelSize larger than a model file may have. SafeTensors.Save(path, model.State) saves the weights alone.", Refused(new MaxPool2d(5000)));
        Assert.StartsWith("Save: MaxPool1d(1048577) has a kernelSize larger", Refused(new MaxPool1d((1 << 20) + 1)));
        Assert.StartsWith("Save: AdaptiveAvgPool2d(", Refused(new Sequential(new AdaptiveAvgPool2d((1, 30_000)))));
        Module nested = new Relu();
        for (int i = 0; i < 200; i++) nested = new Sequential(nested);
        Assert.StartsWith("Save: a model file describes 10000 modules at most, and 200 within one another", Refused(nested));

        static string Refused(Module module) => Assert.Throws<InvalidOperationException>(() => ArchitectureWriter.Write(module)).Message;
    }

    private sealed class Plain : Module
    {
        protected override Tensor Compute(Tensor x) => -x;
    }

    private sealed class Scale : Module
    {
        private readonly double _factor;
        private readonly Module _inner;

        public Scale(double factor, Module inner) => (_factor, _inner) = (factor, AddModule("inner", inner));

        protected override Tensor Compute(Tensor x) => _inner.Forward(x) * _factor;

        protected override LayerDescription Describe() => new LayerDescription(nameof(Scale)).With("factor", _factor);
    }

    private static class Own
    {
        public sealed class Relu : Module
        {
            protected override Tensor Compute(Tensor x) => x.Abs();
        }
    }
}
