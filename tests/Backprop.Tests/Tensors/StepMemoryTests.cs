namespace Backprop.Tests;

/// <summary>What a step scope takes back, and that it takes nothing of which somebody else may know.</summary>
public class StepMemoryTests
{
    [Fact]
    public void StepScope_TensorWhoseMemoryServesAnother_ThrowsAndDoesNotShowIt()
    {
        var memory = new StepMemory();
        Tensor lost, view;
        using (memory.Begin())
        {
            lost = Tensor.Ones([1000]);
            view = lost.Reshape(10, 100);
        }
        using StepScope step = memory.Begin();
        Tensor next = Tensor.Full([1000], 7), other = Tensor.Full([10, 100], 8);
        Assert.Throws<ObjectDisposedException>(() => lost.At(0));
        Assert.Throws<ObjectDisposedException>(() => view.At(0, 0));
        Assert.Throws<ObjectDisposedException>(() => lost.Detach().At(0));
        Assert.Throws<ObjectDisposedException>(lost.Keep);
        Assert.Contains("recycled", $"{lost}");
        lost.Discard(); // not its memory any more
        view.Release();
        Assert.Equal(15, next.At(0) + other.At(9, 99));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void StepScope_WhatAModuleOfTheUsersHasSeen_IsNeverAnothersTensor(bool training)
    {
        var spy = new SpyModule();
        var model = new Sequential(new Linear(3, 3, random: new RandomSource(1)), new Relu(), spy, new Linear(3, 3, random: new RandomSource(2)), new Relu());
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            Tensor y = training ? model.Forward(Tensor.Ones([2, 3])) : model.Predict(Tensor.Ones([2, 3]));
            if (training) y.Sum().Backward();
        }
        AssertAllLost(spy.Seen, 3 * 2);
    }

    [Fact]
    public void StepScope_OperationThatServesAgain_KnowsNothingOfWhatItSaved()
    {
        Tensor x = Tensor.Full([4], 3).RequireGradient();
        var memory = new StepMemory();
        foreach ((double exponent, float slope) in ((double, float)[])[(2, 6), (1, 1), (0, 0)]) // a power of 1 or 0 saves nothing
        {
            using StepScope step = memory.Begin();
            Tensor a = x * 1, y = a.Pow(exponent), sum = y.Sum();
            a.Discard(); // as modules do, so that the next step may have them, and the operation behind them
            y.Discard();
            Assert.Equal([slope, slope, slope, slope], sum.Backward()[x].ToArray<float>());
        }
    }

    [Fact]
    public void StepScope_WhatAnOperationOfTheUsersHasSeen_IsNeverAnothersTensor()
    {
        var seen = new List<Tensor>();
        Tensor x = Tensor.Ones([3]).RequireGradient();
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            Tensor upstream = Tensor.Ones([3]);
            seen.Add(upstream);
            new SpyOperation(seen).Apply(x.Exp()).Exp().Backward(upstream);
        }
        AssertAllLost(seen, 3 * 5);
    }

    [Fact]
    public void StepScope_WhatTheGraphHasShown_IsNeverAnothersTensor()
    {
        var model = new Sequential(new Linear(3, 3, random: new RandomSource(1)), new Relu(), new Linear(3, 1, random: new RandomSource(2)));
        var seen = new List<Tensor>();
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            Tensor loss = model.Forward(Tensor.Ones([2, 3])).Sum();
            for (Operation? operation = loss.Origin; operation is not null; operation = operation.Inputs[0].Origin) seen.Add(operation.Inputs[0]);
            Gradients gradients = loss.Backward();
            seen.AddRange(model.Parameters.Select(parameter => gradients[parameter]));
        }
        AssertAllLost(seen, 3 * (4 + 4));
    }

    [Fact]
    public void StepScope_GradientsReadAfterTheirStep_Throw()
    {
        var model = new Linear(3, 1, random: new RandomSource(1));
        var optimizer = new Sgd(model.Parameters);
        var memory = new StepMemory();
        Gradients early, seen;
        Tensor kept;
        using (memory.Begin()) early = Pass();
        using (memory.Begin())
        {
            seen = Pass();
            kept = seen[model.Weight].Keep();
        }
        using StepScope scope = memory.Begin();
        Pass();
        Assert.Throws<ObjectDisposedException>(() => early[model.Weight]);
        Assert.Throws<ObjectDisposedException>(() => early.Scale(2));
        Assert.Throws<ObjectDisposedException>(() => optimizer.Step(early));
        Assert.Throws<ObjectDisposedException>(() => seen[model.Bias!].Item());
        Assert.Equal([2, 2, 2], kept.ToArray<float>());

        Gradients Pass() => model.Forward(Tensor.Ones([2, 3])).Sum().Backward();
    }

    [Fact]
    public void StepScope_BackwardOfALossThatOutlivedItsStep_ThrowsAndDoesNotWalkAnothersGraph()
    {
        var model = new Sequential(new Linear(3, 3, random: new RandomSource(1)), new Relu(), new Linear(3, 1, random: new RandomSource(2)));
        var memory = new StepMemory();
        Tensor late;
        using (memory.Begin()) late = model.Forward(Tensor.Ones([2, 3])).Sum().Keep();
        for (int step = 0; step < 2; step++)
        {
            using StepScope scope = memory.Begin();
            Tensor now = model.Forward(Tensor.Ones([2, 3])).Sum();
            Assert.Throws<ObjectDisposedException>(() => late.Backward(retainGraph: true));
            Assert.Equal(4, now.Backward().Tensors.Count);
        }
        Assert.Throws<ObjectDisposedException>(() => late.Backward());
    }

    [Fact]
    public void StepScope_GraphThatIsRetained_GivesTheSameGradientsTwice()
    {
        var model = new Sequential(new Linear(3, 3, random: new RandomSource(1)), new Relu(), new BatchNorm1d(3), new Linear(3, 4, random: new RandomSource(2)));
        Tensor labels = Tensor.From([1, 3], [2]), x = Tensor.Uniform([2, 3], new RandomSource(3));
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            Tensor loss = Losses.CrossEntropy(model.Forward(x), labels);
            Gradients first = loss.Backward(retainGraph: true), second = loss.Backward();
            foreach (Parameter parameter in model.Parameters) Assert.Equal(first[parameter].ToArray<float>(), second[parameter].ToArray<float>());
        }
    }

    [Fact]
    public void StepScope_BackwardThatOverwritesGradients_LeavesThoseThatAreReadAgain()
    {
        var random = new RandomSource(4);
        var block = new Sequential(new Residual(new Sequential(new BatchNorm1d(6), new Relu(), new Linear(6, 6, random: random), new BatchNorm1d(6))), new Relu(), new BatchNorm1d(6), new Sigmoid());
        Tensor x = Tensor.Normal([9, 6], random).RequireGradient(), upstream = Tensor.Normal([9, 6], random);
        float[] sent = upstream.ToArray<float>();
        List<float[]> expected = Pass();
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            List<float[]> actual = Pass();
            for (int i = 0; i < expected.Count; i++) Assert.Equal(expected[i], actual[i]);
        }

        List<float[]> Pass()
        {
            Tensor middle = block.Forward(x).RequireGradient(); // which somebody wants to read, and another operation goes on with
            Tensor dropped = middle.Dropout(0.5, new RandomSource(7)), y = block.Forward((dropped + middle).Tanh() + dropped.Exp());
            Gradients gradients = y.Backward(upstream);
            Assert.Equal(sent, upstream.ToArray<float>());
            return [.. block.Parameters.Append(x).Append(middle).Select(tensor => gradients[tensor].ToArray<float>())];
        }
    }

    [Fact]
    public void StepScope_WhatIsNotRecorded_LeavesTheSpareOperationsToWhatIs()
    {
        var model = new Sequential(new Conv2d(1, 2, 3, random: new RandomSource(1)), new Relu(), new GlobalAvgPool2d());
        var memory = new StepMemory();
        using (memory.Begin()) model.Forward(Tensor.Ones([1, 1, 4, 4])).Sum().Backward();
        using StepScope next = memory.Begin();
        using (Autograd.NoGradient()) Assert.Null(Autograd.Again<ConvOperation<float>>());
        Assert.NotNull(Autograd.Again<ConvOperation<float>>());
        Assert.Null(Autograd.Again<ConvOperation<float>>());
    }

    [Fact]
    public void StepScope_SmallerTensors_TakeBuffersOfUpToTwiceTheirSize()
    {
        var memory = new StepMemory(3 * 1024 * sizeof(float));
        for (int step = 0; step < 4; step++) // batches of 1024, 600, 512, 1024
        {
            using StepScope scope = memory.Begin();
            for (int i = 0; i < 3; i++) Tensor.Zeros([step switch { 1 => 600, 2 => 512, _ => 1024 }]).AsSpan<float>().Fill(1);
        }
        using StepScope last = memory.Begin();
        Assert.Throws<InsufficientMemoryException>(() => Tensor.Zeros([256]));
        Assert.Throws<InsufficientMemoryException>(() => Tensor.Zeros([1024], DType.Int32)); // of another dtype
    }

    [Fact]
    public void StepScope_AnOperationThatSomebodyKnows_IsNeverAppliedAgain()
    {
        var model = new Sequential(new Linear(3, 3, random: new RandomSource(1)), new Relu(), new Linear(3, 1, random: new RandomSource(2)));
        var known = new List<Operation>();
        var memory = new StepMemory();
        for (int step = 0; step < 4; step++)
        {
            using StepScope scope = memory.Begin();
            Tensor loss = model.Forward(Tensor.Ones([2, 3])).Sum();
            for (Operation? operation = loss.Origin; step % 2 == 0 && operation is not null; operation = operation.Inputs[0].Origin) known.Add(operation);
            loss.Backward();
        }
        Assert.Equal(["Sum", "Linear", "Relu", "Linear", "Sum", "Linear", "Relu", "Linear"], known.Select(operation => operation.Name));
        Assert.Equal(8, known.Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.All(known, operation => Assert.Empty(operation.Inputs));
    }

    [Fact]
    public void StepScope_OperationsOfOtherSettings_AreNotTheLastSteps()
    {
        Tensor x = Tensor.Normal([2, 3, 8, 8], new RandomSource(1));
        var memory = new StepMemory();
        for (int step = 0; step < 8; step++)
        {
            (float[] value, float[] gradient) = Pass(Model(step % 3));
            using StepScope scope = memory.Begin();
            (float[] again, float[] gradientAgain) = Pass(Model(step % 3));
            Assert.Equal(value, again);
            Assert.Equal(gradient, gradientAgain);
        }

        static Sequential Model(int kind) // of the same operations, with other settings and in another order
        {
            var random = new RandomSource(2);
            Module[] parts =
            [
                new Conv2d(3, 3, 3, stride: 1 + kind % 2, padding: 1, random: random), new LeakyRelu(0.1 * (kind + 1)), new BatchNorm2d(3, epsilon: 0.1 * (kind + 1)),
                new Conv2d(3, 3, 3, padding: kind, random: random), new LeakyRelu(0.5), new BatchNorm2d(3, momentum: 0.5),
            ];
            return new Sequential([.. kind == 2 ? parts.Reverse() : parts, new Sigmoid()]);
        }

        (float[] Value, float[] Gradient) Pass(Sequential model)
        {
            Tensor y = model.Forward(x);
            float[] value = y.ToArray<float>();
            Gradients gradients = y.Sum().Backward();
            return (value, [.. model.Parameters.SelectMany(parameter => gradients[parameter].ToArray<float>())]);
        }
    }

    private static void AssertAllLost(List<Tensor> seen, int count)
    {
        Assert.Equal(count, seen.Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.All(seen, tensor => Assert.Throws<ObjectDisposedException>(() => tensor.ToArray<float>()));
    }

    /// <summary>Remembers what it is given and what it gives, without Keep().</summary>
    private sealed class SpyModule : Module
    {
        public List<Tensor> Seen { get; } = [];

        protected override Tensor Compute(Tensor x)
        {
            Tensor y = x * 2;
            Seen.AddRange([x, y]);
            return y;
        }
    }

    /// <summary>The same for an operation: <c>y = 2x</c>.</summary>
    private sealed class SpyOperation(List<Tensor> seen) : UnaryOperation
    {
        protected override Tensor Forward(Tensor x) => Note(x, x * 2);

        protected override Tensor Backward(Tensor gradient) => Note(gradient, gradient * 2);

        private Tensor Note(Tensor given, Tensor made)
        {
            seen.AddRange([given, made]);
            return made;
        }
    }
}
