namespace Backprop.Tests;

public class DropoutTests
{
    public static TheoryData<string> Cases => GoldenCases.Names("dropout");

    /// <summary>PyTorch's mask is its own, so where both masks keep, and where both drop, the numbers must agree; many seeds see each element of the case both ways.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Dropout_WhereTheMasksMeet_AgreesWithPyTorch(string name)
    {
        GoldenCase golden = GoldenCases.Get("dropout", name);
        Tensor x = GoldenRun.ToTensor<double>(golden.Inputs["x"]).RequireGradient(), upstream = GoldenRun.ToTensor<double>(golden.Upstreams["y"]);
        double p = golden.Attribute<bool>("training") ? golden.Attribute<double>("p") : 0; // a layer in evaluation does not call it at all
        double[] mask = golden.Attribute<bool>("training") ? golden.Inputs["mask"].Data : [.. Enumerable.Repeat(1.0, x.ElementCount)];
        var met = new HashSet<int>();
        for (int seed = 0; seed < 50; seed++)
        {
            double[] ours = Tensor.Ones(x.Shape, DType.Float64).Dropout(p, new RandomSource(seed)).ToArray<double>();
            Tensor y = x.Dropout(p, new RandomSource(seed));
            double[] values = y.ToArray<double>(), slopes = ReferenceEquals(x, y) ? upstream.ToArray<double>() : y.Backward(upstream)[x].ToArray<double>();
            for (int i = 0; i < mask.Length; i++)
            {
                if (mask[i] == 0 != (ours[i] == 0)) continue;
                met.Add(i);
                Assert.Equal(golden.Outputs["y"].Data[i], values[i], GoldenCases.Float64Tolerance);
                Assert.Equal(golden.Gradients["x"].Data[i], slopes[i], GoldenCases.Float64Tolerance);
            }
        }
        Assert.Equal(mask.Length, met.Count);
    }

    [Fact]
    public void Dropout_Backward_MatchesCentralDifferences() =>
        NumericalGradient.AssertMatches(x => x[0].Dropout(0.3, new RandomSource(5)), [Tensor.Normal([5, 11], new RandomSource(1), 0, 1, DType.Float64)]);

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
