namespace Backprop.Tests;

public class LayerWatchTests
{
    [Fact]
    public void Predict_Watched_ShowsEachLayer_InnerOnesFirst_WithTheNamesOfItsParameters()
    {
        var random = new RandomSource(1);
        var model = new Sequential(new Conv2d(1, 2, 3, padding: 1, random: random), new Relu(), new MaxPool2d(2), new Residual(new Sequential(new Relu())), new Flatten());
        Tensor x = Tensor.Normal([3, 1, 4, 4], random);
        var seen = new List<LayerOutput>();
        Tensor y = model.Predict(x, seen.Add);

        Assert.Equal(["0", "1", "2", "3.body.0", "3.body", "3", "4", ""], seen.Select(layer => layer.Path));
        Assert.Equal("[3, 2, 4, 4] [3, 2, 4, 4] [3, 2, 2, 2] [3, 2, 2, 2] [3, 2, 2, 2] [3, 2, 2, 2] [3, 8] [3, 8]", string.Join(' ', seen.Select(layer => layer.Output.Shape)));
        Assert.Same(model[0], seen[0].Layer);
        Assert.Same(x, seen[0].Input);
        Assert.Same(y, seen[^1].Output);
        Assert.Equal(seen[1].Output.AsSpan<float>().ToArray(), seen[0].Output.Relu().AsSpan<float>().ToArray()); // though prediction alone would do both at once
        Assert.Equal(model.Predict(x).AsSpan<float>().ToArray(), y.AsSpan<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Predict_OfAPart_Watched_NamesLayersAsItsOwnParametersAre()
    {
        var part = new Sequential(new Linear(2, 2, random: new RandomSource(1)), new Relu());
        _ = new Sequential { { "whole", new Sequential { { "part", part } } } };
        var seen = new List<LayerOutput>();
        part.Predict(Tensor.Ones([1, 2]), seen.Add);
        Assert.Equal(["0", "1", ""], seen.Select(layer => layer.Path));
        Assert.Equal("0.weight", part.NamedParameters.First().Key);
    }

    [Fact]
    public void Predict_Watched_InAStepScope_WhatIsKeptStays()
    {
        var model = new Sequential(new Relu(), new Sigmoid(), new Tanh());
        var memory = new StepMemory();
        var seen = new List<Tensor>();
        using (memory.Begin())
        {
            model.Predict(Tensor.Full([100], 1.0), layer => seen.Add(layer.Output.Keep()));
            Assert.Equal([1f, 1 / (1 + MathF.Exp(-1)), MathF.Tanh(1 / (1 + MathF.Exp(-1)))], seen.Take(3).Select(output => output.AsSpan<float>()[99]), (a, b) => Math.Abs(a - b) < 1e-6);
        }
    }
}
