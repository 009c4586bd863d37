namespace Backprop.Tests;

public class RandomSourceTests
{
    [Fact]
    public void RandomSource_Seed0_GivesThePublishedStream()
    {
        // xoshiro256** over SplitMix64(0): the first SplitMix64 outputs are published test values, 0xE220A8397B1DCDAF and on.
        Assert.Equal([0xE220A8397B1DCDAFUL, 0x6E789E6AA1B965F4UL, 0x06C45D188009454FUL, 0xF88BB8A8724C81ECUL], new RandomSource(0).State);
        Assert.Equal(0x99EC5F36CB75F2B4UL, new RandomSource(0).NextUInt64());
    }

    [Fact]
    public void RandomSource_StateRestored_GoesOnWithTheSameNumbers()
    {
        var random = new RandomSource(5);
        random.NextUInt64();
        IReadOnlyList<ulong> state = random.State;
        ulong expected = random.NextUInt64();
        Assert.Equal(expected, new RandomSource(9) { State = state }.NextUInt64());
        Assert.Throws<ArgumentException>(() => random.State = [0, 0, 0, 0]);
    }

    [Fact]
    public void Next_EachNumber_IsEquallyLikely()
    {
        var random = new RandomSource(1);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) counts[random.Next(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500)); // five deviations of √(70000·1/7·6/7) ≈ 93
    }

    [Fact]
    public void NextNormal_HasMean0AndDeviation1()
    {
        var random = new RandomSource(2);
        double[] x = [.. Enumerable.Range(0, 100_000).Select(_ => random.NextNormal())];
        Assert.InRange(x.Average(), -0.02, 0.02);
        Assert.InRange(Math.Sqrt(x.Average(v => v * v)), 0.98, 1.02);
    }

    [Fact]
    public void Shuffle_IsAPermutation()
    {
        int[] items = [.. Enumerable.Range(0, 100)];
        new RandomSource(3).Shuffle<int>(items);
        Assert.NotEqual(Enumerable.Range(0, 100), items);
        Assert.Equal(Enumerable.Range(0, 100), items.Order());
    }

    [Fact]
    public async Task Current_TwoFlows_DoNotMeet()
    {
        Task<ulong> First() => Task.Run(() => RandomSource.Current.NextUInt64());
        ulong[] numbers = await Task.WhenAll(First(), First());
        Assert.Equal(numbers[0], numbers[1]);
    }
}
