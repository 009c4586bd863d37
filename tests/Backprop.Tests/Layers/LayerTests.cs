namespace Backprop.Tests;

/// <summary>What holds for every layer.</summary>
public class LayerTests
{
    public static TheoryData<string> Cases => [.. LayerCase.All.Select(layer => layer.Name)];

    private static (LayerCase Case, Module Layer) Get(string name)
    {
        LayerCase layer = LayerCase.All.Single(layer => layer.Name == name);
        return (layer, layer.Create(new RandomSource(1)));
    }

    [Fact]
    public void EveryLayer_HasACase()
    {
        IEnumerable<Type> layers = typeof(Module).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Module)) && !type.IsAbstract);
        Assert.Empty(layers.Except(LayerCase.All.Select(layer => layer.Create(new RandomSource(1)).GetType())));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Forward_HasTheDocumentedShape_InBothModes(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        Assert.Equal(layer.Output, module.Forward(layer.CreateInput()).Shape);
        module.Evaluate();
        Assert.Equal(layer.Output, module.Forward(layer.CreateInput()).Shape);
        Assert.Equal(layer.Description.ReplaceLineEndings(), module.ToString());
    }

    [Theory, MemberData(nameof(Cases))]
    public void State_HasPyTorchsNames_AndGoesIntoAFileAndBack(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        Assert.Equal(layer.State, module.State.Select(named => named.Key));
        Tensor x = layer.CreateInput();
        module.Forward(x); // moves what is counted in training
        var stream = new MemoryStream();
        SafeTensors.Save(stream, module.State);
        stream.Position = 0;
        Module other = layer.Create(new RandomSource(9));
        other.LoadState(SafeTensors.Load(stream, name).Tensors);
        Assert.Equal(module.WeightsSha256(), other.WeightsSha256());
        Assert.Equal(module.Predict(x).ToArray<float>(), other.Predict(x).ToArray<float>());
    }

    [Theory, MemberData(nameof(Cases))]
    public void Predict_GivesTheSameTwice(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        Tensor x = layer.CreateInput();
        string before = module.WeightsSha256();
        Assert.Equal(module.Predict(x).ToArray<float>(), module.Predict(x).ToArray<float>());
        Assert.Equal(before, module.WeightsSha256());
    }

    [Theory, MemberData(nameof(Cases))]
    public void Step_AgainstTheGradient_LowersTheLoss(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        if (module.Parameters.Count == 0) return;
        Tensor x = layer.CreateInput(), target = Tensor.Uniform(layer.Output, new RandomSource(4));
        string[] before = [.. module.Parameters.Select(Fingerprint)];
        Tensor loss = Losses.Mse(module.Forward(x), target);
        new Sgd(module.Parameters, learningRate: 0.01).Step(loss.Backward());
        Assert.All(module.Parameters.Select(Fingerprint).Zip(before), pair => Assert.NotEqual(pair.Second, pair.First));
        Assert.True(Losses.Mse(module.Forward(x), target).Item() < loss.Item());

        static string Fingerprint(Parameter parameter) => string.Join(' ', parameter.ToArray<float>());
    }

    [Theory, MemberData(nameof(Cases))]
    public void Backward_AgreesWithCentralDifferences_InBothModes(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        GradientCheck.AssertCorrect(module, layer.CreateInput());
        module.Evaluate();
        GradientCheck.AssertCorrect(module, layer.CreateInput());
    }

    [Theory, MemberData(nameof(Cases))]
    public void Predict_OfTwosWithParametersOfOne_IsTheNumberWorkedOutByHand(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        foreach (Parameter parameter in module.Parameters) parameter.CopyFrom(Tensor.Ones(parameter.Shape));
        Tensor x = layer.Rows > 0 ? Tensor.Zeros(layer.Input, DType.Int64) : Tensor.Full(layer.Input, 2);
        Assert.Equal(layer.First, module.Predict(x).ElementAt(0), 2e-5); // batch normalization's ε is worth 1e-5
    }

    [Theory, MemberData(nameof(Cases))]
    public void Forward_OfOneExampleOrNone_HasItsShape(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        module.Evaluate();
        foreach (int batch in new[] { 1, 0 })
        {
            if (name == "BatchNorm2d without running values" && batch == 0) continue; // has no mean to take
            Tensor x = Tensor.Generate(layer.Input.With(0, batch), layer.Rows > 0 ? DType.Int64 : DType.Float32, i => i % 3);
            Assert.Equal(layer.Output.With(0, batch), module.Forward(x).Shape);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Predict_NaNInOneExample_StaysThere(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        if (layer.Rows > 0 || name == "BatchNorm2d without running values") return; // row numbers; the batch's own statistics
        Tensor x = layer.CreateInput();
        float[] before = module.Predict(x).ToArray<float>();
        x.AsSpan<float>()[0] = float.NaN;
        float[] after = module.Predict(x).ToArray<float>();
        int example = layer.Output.ElementCount / layer.Output[0];
        Assert.Contains(after[..example], float.IsNaN);
        Assert.Equal(before[example..], after[example..]);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Backward_InFloat32_AgreesWithFloat64(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        module.Evaluate();
        double[] single = Run(DType.Float32), whole = Run(DType.Float64);
        Assert.All(single.Zip(whole), pair => Assert.Equal(pair.Second, pair.First, 2e-5 * (1 + Math.Abs(pair.Second))));

        double[] Run(DType dtype)
        {
            module.To(dtype);
            Tensor x = layer.CreateInput().To(layer.Rows > 0 ? DType.Int64 : dtype).Detach(), y = module.Forward(layer.Rows > 0 ? x : x.RequireGradient());
            Gradients gradients = y.Backward(Tensor.Generate(y.Shape, dtype, i => i % 3 - 1));
            return [.. Values(y), .. module.Parameters.Append(x).Where(tensor => tensor.RequiresGradient).SelectMany(tensor => Values(gradients[tensor]))];
        }

        static IEnumerable<double> Values(Tensor tensor) => Enumerable.Range(0, tensor.ElementCount).Select(tensor.ElementAt);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Backward_UsedTwice_HasTwiceTheGradient(string name)
    {
        (LayerCase layer, Module module) = Get(name);
        module.Evaluate();
        Tensor x = layer.Rows > 0 ? layer.CreateInput() : layer.CreateInput().RequireGradient(), upstream = Tensor.Generate(layer.Output, DType.Float32, i => i % 3 - 1);
        Gradients once = module.Forward(x).Backward(upstream), twice = (module.Forward(x) + module.Forward(x)).Backward(upstream);
        Assert.All(module.Parameters.Append(x).Where(tensor => tensor.RequiresGradient), tensor => Assert.Equal(once[tensor].ToArray<float>().Select(slope => 2 * slope), twice[tensor].ToArray<float>()));
    }

    [Fact]
    public void Constructor_SettingOutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Linear(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm1d(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm2d(3, momentum: 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayerNorm(Shape.Scalar));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GroupNorm(2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(3, 2, paddingIndex: 3));
    }
}
