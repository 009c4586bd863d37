using Backprop.Examples.ByHand;

namespace Backprop.Tests;

/// <summary>What the hand-written layers do besides what the demo <c>layers</c> shows.</summary>
public class ByHandTests
{
    [Fact]
    public void Im2Col_OnePictureByHand()
    {
        var windows = new Im2Col([1, 1, 3, 3], kernel: 2);
        Tensor columns = windows.ToColumns(Tensor.Generate([1, 1, 3, 3], DType.Float32, i => i));
        Assert.Equal([4, 4], columns.Shape);
        Assert.Equal([0f, 1, 3, 4, 1, 2, 4, 5, 3, 4, 6, 7, 4, 5, 7, 8], columns.ToArray<float>());
        Assert.Equal([1f, 2, 1, 2, 4, 2, 1, 2, 1], windows.ToImages(Tensor.Ones([4, 4])).ToArray<float>()); // how many windows a pixel is in
    }

    [Fact]
    public void Convolution_StrideAndPadding_AreThoseOfTheLibrary()
    {
        var random = new RandomSource(1);
        Tensor x = Tensor.Normal([2, 3, 7, 5], random), weight = Tensor.Normal([4, 3, 3, 2], random), bias = Tensor.Normal([4], random);
        Tensor expected = x.Conv2d(weight, bias, stride: 2, padding: 1), y = new ConvolutionOperation(stride: 2, padding: 1).Apply(x, weight, bias);
        Assert.Equal(expected.Shape, y.Shape);
        Assert.InRange((y - expected).Abs().Max().Item(), 0, 1e-5); // float32
    }

    [Fact]
    public void Pooling_OverlappingWindows_AreThoseOfTheLibrary()
    {
        Tensor x = Tensor.Normal([2, 2, 5, 5], new RandomSource(2), dtype: DType.Float64).RequireGradient();
        Tensor y = new PoolingOperation(kernel: 3, stride: 1).Apply(x), upstream = Tensor.Normal(y.Shape, new RandomSource(3), dtype: DType.Float64);
        Tensor expected = x.MaxPool2d(3, stride: 1).Backward(upstream)[x], gradient = y.Backward(upstream)[x];
        Assert.InRange((gradient - expected).Abs().Max().Item(), 0, 1e-14); // sums of nine at most, in another order
    }

    [Fact]
    public void BatchNormalization_InTraining_MovesTheRunningValuesByATenth()
    {
        Tensor mean = Tensor.Zeros([1]), variance = Tensor.Ones([1]), x = Tensor.From([2f, 4f, 6f], [3, 1]);
        new BatchNormalizationOperation(mean, variance, training: true).Apply(x, Tensor.Ones([1]), Tensor.Zeros([1]));
        Assert.Equal(0.4, mean.Item(), 1e-6);
        Assert.Equal(0.9 + 0.1 * 8 / 3, variance.Item(), 1e-6); // divided by n
    }

    [Fact]
    public void Dropout_DropsTheSameInBothDirections()
    {
        Tensor x = Tensor.Ones([1000]).RequireGradient();
        Tensor y = new DropoutOperation(0.5, training: true, new RandomSource(4)).Apply(x);
        Assert.InRange(y.Sum().Item(), 400, 600);
        Assert.Equal(y.ToArray<float>(), y.Backward(Tensor.Ones([1000]))[x].ToArray<float>());
    }

    [Fact]
    public void SoftmaxWithLoss_HugeScores_StayFinite() =>
        Assert.Equal(2000, new SoftmaxWithLossOperation(Tensor.From(1)).Apply(Tensor.From([1000f, -1000f], [1, 2])).Item());
}
