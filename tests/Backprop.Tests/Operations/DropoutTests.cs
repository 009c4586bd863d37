namespace Backprop.Tests;

public class DropoutTests
{
    [Fact]
    public void Dropout_Backward_MatchesCentralDifferences() =>
        GradientCheck.AssertCorrect(x => x[0].Dropout(0.3, new RandomSource(5)), [Tensor.Normal([5, 11], new RandomSource(1), 0, 1, DType.Float64)]);

    [Theory]
    [InlineData(0.1), InlineData(0.5), InlineData(0.9)]
    public void Dropout_ManyElements_DropsTheShareAndKeepsTheMean(double p)
    {
        const int Count = 1_000_000;
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            Tensor y = Tensor.Ones([Count], dtype).Dropout(p, new RandomSource(7));
            double kept = y.Sum().Item() * (1 - p), deviation = Math.Sqrt(Count * p * (1 - p));
            Assert.True(Math.Abs(kept - Count * (1 - p)) < 5 * deviation, $"{kept} of {Count} kept");
        }
    }

    [Fact]
    public void Dropout_NeighboursAndOtherKeys_AreIndependent()
    {
        const int Count = 1 << 18;
        var random = new RandomSource(3);
        bool[] first = Kept(), second = Kept();
        foreach (int lag in new[] { 1, 2, 3, 8, 16, 1024 }) AssertHalf(Enumerable.Range(0, Count - lag).Count(i => first[i] == first[i + lag]), Count - lag);
        AssertHalf(Enumerable.Range(0, Count).Count(i => first[i] == second[i]), Count);

        bool[] Kept() => [.. Tensor.Ones([Count]).Dropout(0.5, random).ToArray<float>().Select(y => y != 0)];

        static void AssertHalf(int equal, int count) => Assert.True(Math.Abs(equal - count / 2.0) < 5 * Math.Sqrt(count) / 2, $"{equal} of {count} alike");
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(7), InlineData(9), InlineData(100_003)]
    public void Dropout_OneSeed_DropsTheSameInBothPrecisionsAndDirections(int count)
    {
        Tensor x = Tensor.Ones([count]).RequireGradient(), y = x.Dropout(0.5, new RandomSource(3));
        Assert.Equal(y.ToArray<float>(), y.Backward(Tensor.Ones([count]))[x].ToArray<float>());
        Assert.Equal(y.ToArray<float>(), Array.ConvertAll(Tensor.Ones([count], DType.Float64).Dropout(0.5, new RandomSource(3)).ToArray<double>(), value => (float)value));
    }

    [Fact]
    public void Dropout_AnyNumberOfThreads_GivesTheSameBits()
    {
        int threads = Backprop.Kernels.WorkerPool.ThreadCount;
        try
        {
            float[][] results = [.. new[] { 1, 2, 3 }.Select(count =>
            {
                Backprop.Kernels.WorkerPool.ThreadCount = count;
                return Tensor.Ones([300_000]).Dropout(0.4, new RandomSource(1)).ToArray<float>();
            })];
            Assert.All(results, result => Assert.Equal(results[0], result));
        }
        finally
        {
            Backprop.Kernels.WorkerPool.ThreadCount = threads;
        }
    }

    [Fact]
    public void Dropout_Ends_KeepAllAndDropAll()
    {
        Tensor x = Tensor.From<float>(1, float.PositiveInfinity, float.NaN);
        Assert.Same(x, x.Dropout(0, new RandomSource(1)));
        Assert.Equal([0, 0, 0], x.Dropout(1, new RandomSource(1)).ToArray<float>());
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Dropout(1.5, new RandomSource(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Dropout(double.NaN, new RandomSource(1)));
        Assert.Throws<NotSupportedException>(() => Tensor.Zeros([2], DType.Int32).Dropout(0.5, new RandomSource(1)));
    }
}
