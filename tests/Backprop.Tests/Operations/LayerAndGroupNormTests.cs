namespace Backprop.Tests;

public class LayerAndGroupNormTests
{
    private static Tensor X(Shape shape, int seed = 1) => Tensor.Normal(shape, new RandomSource(seed), 1, 2, DType.Float64);

    [Fact]
    public void LayerNorm_Backward_MatchesCentralDifferences()
    {
        GradientCheck.AssertCorrect(x => x[0].LayerNorm([7], x[1], x[2]), [X([3, 7]), X([7], 2), X([7], 3)]);
        GradientCheck.AssertCorrect(x => x[0].LayerNorm([3, 4], x[1]), [X([2, 2, 3, 4]), X([3, 4], 2)]);
        GradientCheck.AssertCorrect(x => x[0].LayerNorm([16], null, x[1]), [X([4, 16]), X([16], 2)]);
        GradientCheck.AssertCorrect(x => x[0].LayerNorm([9]), [X([9])]);
        GradientCheck.AssertCorrect(x => x[0].LayerNorm([1]), [X([3, 1])]);
    }

    [Fact]
    public void GroupNorm_Backward_MatchesCentralDifferences()
    {
        GradientCheck.AssertCorrect(x => x[0].GroupNorm(2, x[1], x[2]), [X([3, 4, 2, 3]), X([4], 2), X([4], 3)]);
        GradientCheck.AssertCorrect(x => x[0].GroupNorm(3, x[1]), [X([2, 3, 11]), X([3], 2)]);
        GradientCheck.AssertCorrect(x => x[0].GroupNorm(1, null, x[1]), [X([2, 4]), X([4], 2)]);
        GradientCheck.AssertCorrect(x => x[0].GroupNorm(2), [X([2, 2, 9])]);
    }

    [Fact]
    public void Normalizations_OverTheSameElements_Agree()
    {
        Tensor x = X([4, 6, 5, 7]);
        double[] whole = x.GroupNorm(1).ToArray<double>();
        Assert.Equal(whole, x.LayerNorm([6, 5, 7]).ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-12);
        double[] instance = x.GroupNorm(6).ToArray<double>();
        Assert.Equal(instance, x.Reshape(1, 24, 35).BatchNorm(null, null, training: true).ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(instance, x.LayerNorm([5, 7]).ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Theory]
    [InlineData(3), InlineData(8), InlineData(100), InlineData(2049)]
    public void Normalizations_Float32AnySize_AgreeWithFloat64(int length)
    {
        Tensor x = Tensor.Normal([40, length], new RandomSource(1), 3, 2), dy = Tensor.Normal(x.Shape, new RandomSource(2)), gamma = Tensor.Normal([length], new RandomSource(3));
        foreach (Func<Tensor, Tensor, Tensor> normalize in new Func<Tensor, Tensor, Tensor>[] { (x, g) => x.LayerNorm([length], g), (x, g) => x.GroupNorm(1, g) })
        {
            double[][] results = [.. new[] { DType.Float32, DType.Float64 }.Select(dtype =>
            {
                Tensor input = As(dtype, x).RequireGradient(), scale = As(dtype, gamma).RequireGradient(), y = normalize(input, scale);
                Gradients gradients = y.Backward(As(dtype, dy));
                return (double[])[.. Values(y), .. Values(gradients[input]), .. Values(gradients[scale])];
            })];
            for (int i = 0; i < results[0].Length; i++) // float32; a gradient of γ sums over 40 rows
                Assert.True(Math.Abs(results[0][i] - results[1][i]) <= 5e-5 * (1 + Math.Abs(results[1][i])), $"[{i}] {results[0][i]}, in float64 {results[1][i]}");
        }

        static Tensor As(DType dtype, Tensor x) => Tensor.Generate(x.Shape, dtype, x.ElementAt);

        static double[] Values(Tensor x) => As(DType.Float64, x).ToArray<double>();
    }

    [Fact]
    public void Normalizations_EmptyBatch_AreEmpty()
    {
        Tensor x = Tensor.Zeros([0, 4]).RequireGradient(), gamma = Tensor.Ones([4]).RequireGradient();
        foreach (Tensor y in new[] { x.LayerNorm([4], gamma), x.GroupNorm(2, gamma) })
        {
            Assert.Equal(x.Shape, y.Shape);
            Assert.Equal(new float[4], y.Backward(y)[gamma].ToArray<float>());
        }
    }

    [Fact]
    public void Normalizations_WhatDoesNotFit_IsRefused()
    {
        Tensor x = Tensor.Zeros([2, 6]);
        Assert.Contains("needs  input [..., 4]", Assert.Throws<ShapeException>(() => x.LayerNorm([4])).Message);
        Assert.Contains("weight", Assert.Throws<ShapeException>(() => x.LayerNorm([6], Tensor.Ones([4]))).Message);
        Assert.Contains("4 groups do not divide 6 channels", Assert.Throws<ShapeException>(() => x.GroupNorm(4)).Message);
        Assert.Contains("bias [channels]: [6]", Assert.Throws<ShapeException>(() => x.GroupNorm(2, null, Tensor.Ones([4]))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.GroupNorm(0));
        Assert.Throws<ShapeException>(() => Tensor.Zeros([6]).GroupNorm(2));
    }
}
