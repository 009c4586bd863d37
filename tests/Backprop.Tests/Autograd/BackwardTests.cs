namespace Backprop.Tests;

public class BackwardTests
{
    /// <summary>y = x³, written with public API only, as a user would.</summary>
    private sealed class CubeOperation : UnaryOperation
    {
        private Tensor _x = null!;

        protected override Tensor Forward(Tensor x)
        {
            _x = Save(x);
            return Tensor.Generate(x.Shape, x.DType, i => Math.Pow(x.ToArray<double>()[i], 3));
        }

        protected override Tensor Backward(Tensor gradient) =>
            Tensor.Generate(_x.Shape, _x.DType, i => 3 * Math.Pow(_x.ToArray<double>()[i], 2) * gradient.ToArray<double>()[i]);
    }

    private sealed class SumOfAllOperation : NaryOperation
    {
        protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
        {
            Tensor[] all = inputs.ToArray();
            return Tensor.Generate(all[0].Shape, DType.Float64, i => all.Sum(x => x.ToArray<double>()[i]));
        }

        protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients) => inputGradients.Fill(gradient);
    }

    private sealed class WrongOperation : UnaryOperation
    {
        protected override Tensor Forward(Tensor x) => Tensor.Zeros([1], x.DType);

        protected override Tensor Backward(Tensor gradient) => gradient;
    }

    private static Tensor Cube(Tensor x) => new CubeOperation().Apply(x);

    private static Tensor Sum(params ReadOnlySpan<Tensor> x) => new SumOfAllOperation().Apply(x);

    private static Tensor Leaf(params double[] values) => Tensor.From<double>(values).RequireGradient();

    [Fact]
    public void UserOperation_WrittenOutside_PassesTheGradientCheck() =>
        GradientCheck.AssertCorrect(x => Cube(Cube(x[0])), [Tensor.Uniform([2, 3], new RandomSource(1), -1, 1, DType.Float64)]);

    [Fact]
    public void Backward_SameTensorUsedTwice_AddsBothWays()
    {
        Tensor x = Leaf(2);
        Gradients gradients = Sum(Cube(x), x, x).Backward();
        Assert.Equal(3 * 4 + 2, gradients[x].Item());
    }

    [Fact]
    public void Backward_Diamond_VisitsEachNodeOnce()
    {
        Tensor x = Leaf(2), y = Cube(x);
        Assert.Equal(2 * 12, Sum(y, y).Backward()[x].Item());
    }

    [Fact]
    public void Backward_ChainOfAHundredThousand_NeedsNoStack()
    {
        Tensor x = Leaf(1), y = x;
        for (int i = 0; i < 100_000; i++) y = Sum(y);
        Assert.Equal(1, y.Backward()[x].Item());
    }

    [Fact]
    public void Backward_Twice_SaysThatTheGraphIsConsumed()
    {
        Tensor x = Leaf(2), y = Cube(x);
        y.Backward();
        Assert.Contains("retainGraph", Assert.Throws<InvalidOperationException>(() => y.Backward()).Message);
    }

    [Fact]
    public void Backward_RetainedGraph_GivesTheSameAgain()
    {
        Tensor x = Leaf(2), y = Cube(x);
        Assert.Equal(y.Backward(retainGraph: true)[x].Item(), y.Backward()[x].Item());
    }

    [Fact]
    public void Backward_NoGraph_SaysHowToGetOne() =>
        Assert.Contains("RequireGradient", Assert.Throws<InvalidOperationException>(() => Tensor.Scalar(1).Backward()).Message);

    [Fact]
    public void Backward_NotAScalar_AsksForAnUpstreamGradient() =>
        Assert.Contains("upstream", Assert.Throws<InvalidOperationException>(() => Cube(Leaf(1, 2)).Backward()).Message);

    [Fact]
    public void Backward_WrongShapeFromAnOperation_IsReportedByItsName() =>
        Assert.StartsWith("Wrong:", Assert.Throws<ShapeException>(() => new WrongOperation().Apply(Leaf(1, 2)).Backward()).Message);

    [Fact]
    public void Backward_IntermediateThatRequiresItsGradient_HasIt()
    {
        Tensor x = Leaf(2), y = Cube(x).RequireGradient();
        Gradients gradients = Cube(y).Backward();
        Assert.Equal(3 * 64, gradients[y].Item());
        Assert.Equal(3 * 64 * 12, gradients[x].Item());
    }

    [Fact]
    public void NoGradient_RecordsNothing()
    {
        using (Autograd.NoGradient()) Assert.False(Cube(Leaf(1)).IsTracked);
        Assert.True(Cube(Leaf(1)).IsTracked);
    }

    [Fact]
    public void StepScope_TensorReadAfterItsStep_ThrowsUnlessKept()
    {
        var memory = new StepMemory();
        Tensor lost, kept;
        using (memory.Begin())
        {
            lost = Tensor.Ones([1000]);
            kept = Tensor.Ones([1000]).Keep();
        }
        Assert.Equal(1, kept.At(999));
        Assert.Contains("Keep()", Assert.Throws<ObjectDisposedException>(() => lost.At(0)).Message);
    }

    [Fact]
    public void StepScope_SecondStep_UsesTheFirstStepsMemory()
    {
        var memory = new StepMemory();
        long before = 0;
        for (int step = 0; step < 3; step++)
        {
            if (step == 1) before = GC.GetAllocatedBytesForCurrentThread();
            using (memory.Begin()) Tensor.Ones([100_000]);
        }
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4096);
    }

    [Fact]
    public void StepScope_GradientsOfLeaves_AreThoseWithoutAScope()
    {
        Tensor x = Tensor.Uniform([2000], new RandomSource(3), -1, 1, DType.Float64).RequireGradient(), upstream = Tensor.Ones([2000], DType.Float64);
        double[] expected = Graph().Backward(upstream)[x].ToArray<double>();
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            Assert.Equal(expected, Graph().Backward(upstream)[x].ToArray<double>());
        }

        Tensor Graph() => Sum(Sum(x, x), new SumOfAllOperation().Apply(x, x), x);
    }
}
