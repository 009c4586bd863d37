namespace Backprop.Tests;

public class BatchNormTests
{
    private static Tensor X(Shape shape, int seed = 1) => Tensor.Normal(shape, new RandomSource(seed), 1, 2, DType.Float64);

    [Fact]
    public void BatchNorm_Backward_MatchesCentralDifferences()
    {
        foreach (Shape shape in new Shape[] { [5, 3], [3, 2, 4], [2, 3, 3, 5], [4, 11], [2, 2, 1, 1, 3] })
        {
            Tensor mean = X([shape[1]], 2), variance = Tensor.Uniform([shape[1]], new RandomSource(3), 0.5, 2, DType.Float64);
            foreach (bool training in new[] { true, false })
            {
                // Each call moves the running values: in training nothing reads them.
                GradientCheck.AssertCorrect(x => x[0].BatchNorm(mean, variance, x[1], x[2], training), [X(shape), X([shape[1]], 4), X([shape[1]], 5)]);
                GradientCheck.AssertCorrect(x => x[0].BatchNorm(mean, variance, x[1], null, training), [X(shape), X([shape[1]], 4)]);
                GradientCheck.AssertCorrect(x => x[0].BatchNorm(mean, variance, null, x[1], training), [X(shape), X([shape[1]], 4)]);
                GradientCheck.AssertCorrect(x => x[0].BatchNorm(mean, variance, training: training), [X(shape)]);
            }
        }
    }

    public static TheoryData<int, int, int> Sizes => new()
    {
        { 2, 1, 1 }, { 3, 7, 1 }, { 100, 8, 1 }, { 130, 37, 1 }, { 5, 2, 2 }, { 9, 3, 7 }, { 4, 3, 8 }, { 4, 3, 9 }, { 3, 2, 49 }, { 2, 3, 1600 }, { 1, 2, 600 }, { 70, 1, 1 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void BatchNorm_Float32AnySize_IsThePlainFormula(int batch, int channels, int inner)
    {
        Tensor x = Tensor.Normal([batch, channels, inner], new RandomSource(1), 3, 2).RequireGradient(), dy = Tensor.Normal(x.Shape, new RandomSource(2));
        Tensor gamma = Tensor.Uniform([channels], new RandomSource(3), 0.5, 2).RequireGradient(), beta = Tensor.Normal([channels], new RandomSource(4)).RequireGradient();
        Tensor y = x.BatchNorm(null, null, gamma, beta, training: true);
        Gradients gradients = y.Backward(dy);
        for (int c = 0; c < channels; c++)
        {
            int[] of = [.. Enumerable.Range(0, batch * inner).Select(i => (i / inner * channels + c) * inner + i % inner)];
            double[] xs = [.. of.Select(at => (double)x.AsSpan<float>()[at])], g = [.. of.Select(at => (double)dy.AsSpan<float>()[at])];
            double mean = xs.Average(), variance = xs.Average(v => (v - mean) * (v - mean)), deviation = Math.Sqrt(variance + 1e-5), scale = gamma.At(c);
            double[] normal = [.. xs.Select(v => (v - mean) / deviation)];
            double sum = g.Sum(), products = g.Zip(normal, (a, b) => a * b).Sum();
            for (int i = 0; i < of.Length; i++)
            {
                AssertClose(normal[i] * scale + beta.At(c), y.AsSpan<float>()[of[i]]);
                AssertClose(scale / deviation * (g[i] - sum / of.Length - normal[i] * products / of.Length), gradients[x].AsSpan<float>()[of[i]]);
            }
            AssertClose(products, gradients[gamma].At(c));
            AssertClose(sum, gradients[beta].At(c));
        }

        static void AssertClose(double expected, double actual) => // float32, its sums in blocks of 64
            Assert.True(Math.Abs(expected - actual) <= 2e-5 * (1 + Math.Abs(expected)), $"{actual}, expected {expected}");
    }

    [Theory]
    [InlineData(1), InlineData(36)]
    public void BatchNorm_ValuesFarFromZeroInFloat32_KeepTheirVariance(int inner)
    {
        Tensor x = Tensor.Generate([64, 9, inner], DType.Float32, i => 10_000 + i * 7 % 5); // whole numbers: float32 holds them exactly
        float[] y = x.BatchNorm(null, null, training: true).ToArray<float>();
        Tensor exact = Tensor.Generate(x.Shape, DType.Float64, i => 10_000 + i * 7 % 5);
        double[] expected = exact.BatchNorm(null, null, training: true).ToArray<double>();
        for (int i = 0; i < y.Length; i++) Assert.Equal(expected[i], y[i], 1e-3); // the mean is rounded to 2⁻¹¹ there
    }

    [Fact]
    public void BatchNorm_ConstantChannel_IsTheOffset()
    {
        Tensor x = Tensor.Full([4, 2, 3, 3], 0.1f), beta = Tensor.From<float>(5, 6);
        Tensor y = x.BatchNorm(null, null, null, beta, training: true);
        for (int i = 0; i < y.ElementCount; i++) Assert.Equal(i / 9 % 2 == 0 ? 5 : 6, y.AsSpan<float>()[i], 1e-4);
    }

    [Fact]
    public void BatchNorm_AnyNumberOfThreads_GivesTheSameBits()
    {
        Tensor x = Tensor.Normal([30, 16, 24, 24], new RandomSource(1)).RequireGradient(), gamma = Tensor.Normal([16], new RandomSource(2)).RequireGradient();
        int threads = Backprop.Kernels.WorkerPool.ThreadCount;
        try
        {
            float[][] results = [.. new[] { 1, 2, 5 }.Select(count =>
            {
                Backprop.Kernels.WorkerPool.ThreadCount = count;
                Tensor y = x.BatchNorm(null, null, gamma, training: true);
                Gradients gradients = y.Backward(x);
                return (float[])[.. gradients[x].ToArray<float>(), .. gradients[gamma].ToArray<float>(), .. y.ToArray<float>()];
            })];
            Assert.All(results, result => Assert.Equal(results[0], result));
        }
        finally
        {
            Backprop.Kernels.WorkerPool.ThreadCount = threads;
        }
    }

    [Fact]
    public void BatchNorm_Training_MovesTheRunningValuesOutsideOfTheGraph()
    {
        Tensor mean = Tensor.Zeros([2]), variance = Tensor.Ones([2]);
        Tensor.From<float>(new float[,] { { 1, 2 }, { 3, 2 } }).BatchNorm(mean, variance, training: true);
        Assert.Equal([0.2f, 0.2f], mean.ToArray<float>());
        Assert.Equal([0.9f + 0.1f * 2, 0.9f], variance.ToArray<float>()); // unbiased: (1 + 1) / (2 − 1)
        Assert.False(mean.IsTracked);
    }

    [Fact]
    public void BatchNorm_WhatDoesNotFit_IsRefused()
    {
        Tensor x = Tensor.Zeros([1, 3]), three = Tensor.Ones([3]), two = Tensor.Ones([2]);
        Assert.Contains("no variance", Assert.Throws<ShapeException>(() => x.BatchNorm(three, three, training: true)).Message);
        Assert.Contains("larger batch", Assert.Throws<ShapeException>(() => Tensor.Zeros([1, 3, 1, 1]).BatchNorm(null, null, training: true)).Message);
        Assert.Contains("no variance", Assert.Throws<ShapeException>(() => Tensor.Zeros([0, 3]).BatchNorm(null, null, training: true)).Message);
        Assert.Contains("weight [channels]: [3]", Assert.Throws<ShapeException>(() => x.BatchNorm(three, three, two)).Message);
        Assert.Contains("neither", Assert.Throws<ArgumentException>(() => x.BatchNorm(three, null)).Message);
        Assert.Contains("needed", Assert.Throws<ArgumentException>(() => x.BatchNorm(null, null)).Message);
        Assert.Contains("axis 1", Assert.Throws<ShapeException>(() => Tensor.Zeros([3]).BatchNorm(null, null)).Message);
        Assert.Throws<InvalidCastException>(() => x.BatchNorm(three, three, Tensor.Ones([3], DType.Float64)));
        Assert.Equal(x.Shape, x.BatchNorm(three, three).Shape);
        Assert.Equal<Shape>([0, 3, 2], Tensor.Zeros([0, 3, 2]).BatchNorm(three, three).Shape);
    }
}
