namespace Backprop.Tests;

public class ConvolutionLayerTests
{
    private static void CheckGradients(Module module, Shape input)
    {
        module.To(DType.Float64);
        GradientCheck.AssertCorrect(module, Tensor.Uniform(input, new RandomSource(3), -1, 1, DType.Float64));
    }

    [Fact]
    public void Conv2d_EveryArgument_ReachesTheOperation()
    {
        var layer = new Conv2d(4, 6, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), groups: 2);
        Assert.Equal<Shape>([6, 2, 3, 2], layer.Weight.Shape);
        Assert.Equal<Shape>([1, 6, 3, 4], layer.Forward(Tensor.Zeros([1, 4, 6, 6])).Shape);
        Assert.Equal("Conv2d(4, 6, 3×2, stride: 2×1, padding: 1×0, dilation: 1×2, groups: 2)", layer.ToString());
        CheckGradients(layer, [1, 4, 6, 6]);
    }

    [Fact]
    public void Conv1d_EveryArgument_ReachesTheOperation()
    {
        var layer = new Conv1d(4, 2, 3, stride: 2, padding: 1, dilation: 2, groups: 2);
        Assert.Equal<Shape>([2, 2, 4], layer.Forward(Tensor.Zeros([2, 4, 9])).Shape);
        CheckGradients(layer, [2, 4, 9]);
    }

    [Fact]
    public void ConvTranspose2d_EveryArgument_ReachesTheOperation()
    {
        var layer = new ConvTranspose2d(4, 2, 3, stride: 2, padding: 1, outputPadding: 1, groups: 2, dilation: 1);
        Assert.Equal<Shape>([4, 1, 3, 3], layer.Weight.Shape);
        Assert.Equal<Shape>([1, 2, 6, 6], layer.Forward(Tensor.Zeros([1, 4, 3, 3])).Shape);
        CheckGradients(layer, [1, 4, 3, 3]);
    }

    [Fact]
    public void Conv2d_NewWeights_AreWithinPyTorchsBound()
    {
        var layer = new Conv2d(8, 32, 5);
        double bound = 1 / Math.Sqrt(8 * 25);
        Assert.InRange(layer.Weight.ToArray<float>().Max(), 0.98 * bound, bound);
        Assert.InRange(layer.Bias!.ToArray<float>().Max(), 0.5 * bound, bound);
    }

    [Fact]
    public void Conv2d_GroupsThatDoNotDivide_AreRefusedAtOnce() => Assert.Contains("groups", Assert.Throws<ArgumentOutOfRangeException>(() => new Conv2d(4, 6, 3, groups: 4)).Message);

    [Fact]
    public void Pooling_Layers_PassTheirArgumentsOn()
    {
        Tensor image = Tensor.Uniform([1, 2, 7, 7], new RandomSource(1)), line = Tensor.Uniform([1, 2, 7], new RandomSource(1));
        Assert.Equal<Shape>([1, 2, 3, 3], new MaxPool2d(2).Forward(image).Shape);
        Assert.Equal<Shape>([1, 2, 4, 4], new MaxPool2d(2, ceilMode: true).Forward(image).Shape);
        Assert.Equal<Shape>([1, 2, 4, 4], new MaxPool2d(3, stride: 2, padding: 1).Forward(image).Shape);
        Assert.Equal<Shape>([1, 2, 3], new MaxPool1d(2).Forward(line).Shape);
        Assert.Equal<Shape>([1, 2, 3, 3], new AvgPool2d(2).Forward(image).Shape);
        Assert.Equal<Shape>([1, 2, 4], new AvgPool1d(2, ceilMode: true).Forward(line).Shape);
        Assert.Equal<Shape>([1, 2, 3, 2], new AdaptiveAvgPool2d((3, 2)).Forward(image).Shape);
        Assert.Equal<Shape>([1, 2], new GlobalAvgPool2d().Forward(image).Shape);
    }
}
