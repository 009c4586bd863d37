namespace Backprop.Tests;

public class ResidualTests
{
    private static Residual Block(Module? shortcut = null) => new(new Sequential(new Linear(4, 4, random: new RandomSource(1)), new Relu()), shortcut);

    [Fact]
    public void Forward_IsTheBodyPlusTheInput()
    {
        Residual block = Block();
        Tensor x = Tensor.Uniform([3, 4], new RandomSource(2));
        Assert.Equal((block.Children[0].Value.Forward(x) + x).ToArray<float>(), block.Forward(x).ToArray<float>());
        Assert.Equal(["body.0.weight", "body.0.bias"], block.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void Backward_GoesBothWays()
    {
        Module block = Block(new Linear(4, 4, random: new RandomSource(3))).To(DType.Float64);
        GradientCheck.AssertCorrect(block, Tensor.Uniform([3, 4], new RandomSource(2), -1, 1, DType.Float64));
    }

    [Fact]
    public void Forward_BodyThatChangesTheShape_AsksForAShortcut()
    {
        string message = Assert.Throws<ShapeException>(() => new Sequential(new Residual(new Linear(4, 2))).Forward(Tensor.Zeros([3, 4]))).Message;
        Assert.Contains("shortcut", message);
        Assert.EndsWith("in     0 (Residual) of Sequential", message);
    }

    [Fact]
    public void InAStep_GivesTheSameBitsInLessMemory()
    {
        var model = new Sequential([.. Enumerable.Range(0, 10).Select(_ => Block())]);
        Tensor x = Tensor.Uniform([1000, 4], new RandomSource(4)), upstream = Tensor.Uniform([1000, 4], new RandomSource(5));
        float[][] expected = Gradients();
        var memory = new StepMemory();
        using (memory.Begin()) Assert.Equal(expected, Gradients());

        memory = new StepMemory();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (memory.Begin()) model.Predict(x);
        long inStep = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        model.Predict(x);
        Assert.InRange(inStep, 0, (GC.GetAllocatedBytesForCurrentThread() - before) / 4); // 30 outputs, of which 4 are alive at a time

        float[][] Gradients()
        {
            Gradients gradients = model.Forward(x).Backward(upstream);
            return [.. model.Parameters.Select(parameter => gradients[parameter].ToArray<float>())];
        }
    }
}
