namespace Backprop.Tests;

public class ConvolutionTests
{
    private static Tensor X(params ReadOnlySpan<int> shape) => Tensor.Normal(Shape.Create(shape), new RandomSource(shape.Length + shape[^1]), 0, 1, DType.Float64);

    [Fact]
    public void Convolution_Backward_MatchesCentralDifferences()
    {
        GradientCheck.AssertCorrect(x => x[0].Conv2d(x[1], x[2]), [X(2, 2, 4, 5), X(3, 2, 3, 2), X(3)]);
        GradientCheck.AssertCorrect(x => x[0].Conv2d(x[1], x[2], (2, 1), (1, 2), (1, 2), groups: 2), [X(2, 4, 5, 4), X(6, 2, 2, 3), X(6)]);
        GradientCheck.AssertCorrect(x => x[0].Conv1d(x[1], x[2], 2, 1, 2), [X(2, 3, 7), X(2, 3, 3), X(2)]);
        GradientCheck.AssertCorrect(x => x[0].ConvTranspose2d(x[1], x[2]), [X(2, 2, 3, 2), X(2, 3, 2, 3), X(3)]);
        GradientCheck.AssertCorrect(x => x[0].ConvTranspose2d(x[1], x[2], (2, 3), (1, 0), (1, 2), groups: 2, (1, 2)), [X(2, 4, 3, 2), X(4, 3, 3, 2), X(6)]);
    }

    [Fact]
    public void ConvTranspose2d_IsTheAdjointOfConv2d()
    {
        Tensor x = X(2, 4, 8, 7), weight = X(6, 2, 3, 3);
        Tensor y = X(2, 6, 4, 4);
        Tensor forward = x.Conv2d(weight, null, 2, 1, groups: 2), back = y.ConvTranspose2d(weight, null, 2, 1, (1, 0), groups: 2);
        Assert.Equal(y.Shape, forward.Shape);
        Assert.Equal(x.Shape, back.Shape);
        Assert.Equal(Dot(forward, y), Dot(x, back), 1e-10);
    }

    [Fact]
    public void Conv1d_IsConv2dOfAnImageOneHigh()
    {
        Tensor x = X(2, 4, 9), weight = X(6, 2, 3), bias = X(6);
        Assert.Equal(
            x.Reshape(2, 4, 1, 9).Conv2d(weight.Reshape(6, 2, 1, 3), bias, (1, 2), (0, 1), 1, 2).ToArray<double>(),
            x.Conv1d(weight, bias, 2, 1, 1, 2).ToArray<double>());
    }

    [Fact]
    public void Conv2d_GradientOfSomeInputsOnly_ComputesThose()
    {
        Tensor x = X(1, 1, 3, 3), weight = X(1, 1, 2, 2).RequireGradient(), bias = X(1);
        Gradients gradients = x.Conv2d(weight, bias).Backward(Tensor.Ones([1, 1, 2, 2], DType.Float64));
        Assert.Equal([weight], gradients.Tensors);
    }

    [Fact]
    public void Conv2d_EmptyBatch_GivesGradientsOfZero()
    {
        Tensor x = Tensor.Zeros([0, 2, 5, 5]).RequireGradient(), weight = Tensor.Ones([3, 2, 3, 3]).RequireGradient(), bias = Tensor.Ones([3]).RequireGradient();
        Tensor y = x.Conv2d(weight, bias);
        Assert.Equal<Shape>([0, 3, 3, 3], y.Shape);
        Gradients gradients = y.Backward(y);
        Assert.Equal(new float[54], gradients[weight].ToArray<float>());
        Assert.Equal(new float[3], gradients[bias].ToArray<float>());
    }

    [Fact]
    public void Conv2d_ChannelsLast_IsToldToPermute()
    {
        string message = Assert.Throws<ShapeException>(() => Tensor.Zeros([8, 28, 28, 3]).Conv2d(Tensor.Zeros([16, 3, 5, 5]))).Message;
        Assert.Contains("NHWC", message);
        Assert.Contains("Permute(0, 3, 1, 2)", message);
        Assert.Contains("[8, 28, 28, 3]", message);
        Assert.Contains("[16, 3, 5, 5]", message);
    }

    [Fact]
    public void Conv2d_WhatDoesNotFit_IsRefusedWithBothShapesAndTheRemedy()
    {
        Tensor x = Tensor.Zeros([2, 4, 6, 6]);
        Refused(() => Tensor.Zeros([1, 28, 28]).Conv2d(Tensor.Zeros([16, 1, 5, 5])), "Unsqueeze(0)");
        Refused(() => x.Conv2d(Tensor.Zeros([8, 3, 3, 3])), "4 channels", "takes 3", "[2, 4, 6, 6]", "[8, 3, 3, 3]");
        Refused(() => x.Conv2d(Tensor.Zeros([8, 4, 7, 3])), "larger than the padded input", "reaches over 7");
        Refused(() => x.Conv2d(Tensor.Zeros([8, 4, 3, 3]), padding: 1, dilation: 4), "reaches over 9");
        Refused(() => x.Conv2d(Tensor.Zeros([9, 1, 3, 3]), groups: 3), "3 groups do not divide the 4 channels of the input");
        Refused(() => x.Conv2d(Tensor.Zeros([9, 2, 3, 3]), groups: 2), "2 groups do not divide the 9 output channels");
        Refused(() => x.Conv2d(Tensor.Zeros([8, 4, 3])), "weight");
        Refused(() => x.Conv2d(Tensor.Zeros([8, 4, 3, 3]), Tensor.Zeros([4])), "[8]");
        Refused(() => x.ConvTranspose2d(Tensor.Zeros([8, 4, 3, 3])), "takes 8");
        Refused(() => Tensor.Zeros([2, 4, 1, 1]).ConvTranspose2d(Tensor.Zeros([4, 2, 1, 1]), padding: 1), "would become one of -1");
        Assert.Contains("less than stride", Assert.Throws<ArgumentOutOfRangeException>(() => x.ConvTranspose2d(Tensor.Zeros([4, 2, 3, 3]), outputPadding: 1)).Message);
        Assert.Contains("stride 0", Assert.Throws<ArgumentOutOfRangeException>(() => x.Conv2d(Tensor.Zeros([8, 4, 3, 3]), stride: 0)).Message);
        Assert.Contains("groups", Assert.Throws<ArgumentOutOfRangeException>(() => x.Conv2d(Tensor.Zeros([8, 4, 3, 3]), groups: 0)).Message);
        Assert.Throws<InvalidCastException>(() => x.Conv2d(Tensor.Zeros([8, 4, 3, 3], DType.Float64)));
        Assert.Throws<NotSupportedException>(() => Tensor.Zeros([2, 4, 6, 6], DType.Int32).Conv2d(Tensor.Zeros([8, 4, 3, 3], DType.Int32)));

        static void Refused(Action act, params string[] parts)
        {
            string message = Assert.Throws<ShapeException>(act).Message;
            Assert.All(parts, part => Assert.Contains(part, message));
        }
    }

    private static double Dot(Tensor a, Tensor b) => a.ToArray<double>().Zip(b.ToArray<double>(), (x, y) => x * y).Sum();
}
