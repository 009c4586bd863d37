namespace Backprop.Tests;

public class DataLoaderTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void Epoch_InOrder_GivesEachExampleOnce(bool readAhead)
    {
        var loader = new DataLoader(new Numbers(10), batchSize: 4, readAhead: readAhead);
        Assert.Equal(3, loader.BatchCount);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            List<Batch> batches = [.. loader];
            Assert.Equal([0, 1, 2], batches.Select(batch => batch.Index));
            Assert.Equal([4, 4, 2], batches.Select(batch => batch.Count));
            Assert.Equal(Enumerable.Range(0, 10), batches.SelectMany(batch => batch.Targets.ToArray<int>()));
        }
    }

    [Fact]
    public void DropLast_SmallerBatch_IsLeftOut()
    {
        Assert.Equal([4, 4], new DataLoader(new Numbers(10), 4, dropLast: true).Select(batch => batch.Count));
        Assert.Empty(new DataLoader(new Numbers(3), 4, dropLast: true));
        Assert.Empty(new DataLoader(new Numbers(0), 4));
    }

    [Fact]
    public void Shuffle_EachEpoch_IsAnotherPermutation()
    {
        var loader = new DataLoader(new Numbers(100), 7, shuffle: true, new RandomSource(1));
        int[] first = Targets(loader), second = Targets(loader);
        Assert.NotEqual(first, second);
        Assert.Equal(Enumerable.Range(0, 100), first.Order());
        Assert.Equal(Enumerable.Range(0, 100), second.Order());
    }

    [Fact]
    public void Shuffle_EpochSet_GivesTheOrderOfThatEpoch()
    {
        var loader = new DataLoader(new Numbers(50), 5, shuffle: true, new RandomSource(2));
        int[][] epochs = [Targets(loader), Targets(loader), Targets(loader)];
        var resumed = new DataLoader(new Numbers(50), 5, shuffle: true, new RandomSource(2)) { Epoch = 2 };
        Assert.Equal(epochs[2], Targets(resumed));
        Assert.Equal(3, resumed.Epoch);
    }

    [Fact]
    public void Shuffle_WithoutARandomSource_DrawsFromTheCurrentOne()
    {
        RandomSource.Current = new RandomSource(5);
        int[] drawn = Targets(new DataLoader(new Numbers(30), 30, shuffle: true));
        Assert.Equal(Targets(new DataLoader(new Numbers(30), 30, shuffle: true, new RandomSource(5))), drawn);
    }

    [Fact]
    public void ReadAhead_ChangesNoBit()
    {
        DataLoader Loader(bool readAhead) => new(new Numbers(1000), 64, shuffle: true, new RandomSource(3), readAhead: readAhead);
        foreach ((Batch now, Batch ahead) in Loader(readAhead: false).Zip(Loader(readAhead: true)))
        {
            Assert.Equal(now.Index, ahead.Index);
            Assert.Equal(now.Targets.ToArray<int>(), ahead.Targets.ToArray<int>());
            Assert.Equal(now.Inputs.ToArray<float>(), ahead.Inputs.ToArray<float>());
        }
    }

    [Fact]
    public void ReadAhead_KeptBatches_StayValid()
    {
        List<Batch> kept = [.. new DataLoader(new Numbers(300), 100, readAhead: true)];
        Assert.All(kept, batch => Assert.Equal(batch.Targets.ToArray<int>().Select(i => (float)i), batch.Inputs.ToArray<float>()));
    }

    [Fact]
    public void ReadAhead_NeverMoreThanTwoBatchesAhead_AndNeverTwoAtOnce()
    {
        var numbers = new Numbers(100);
        int taken = 0;
        numbers.Filling = () => Assert.InRange(numbers.Filled, 0, Volatile.Read(ref taken) + 2);
        foreach (Batch batch in new DataLoader(numbers, 5, readAhead: true)) taken++;
        Assert.Equal(20, taken);
        Assert.False(numbers.FilledTwoAtOnce);
    }

    [Fact]
    public void ReadAhead_FillThrows_ReachesTheConsumerInItsTurn()
    {
        var numbers = new Numbers(50);
        numbers.Filling = () => { if (numbers.Filled == 3) throw new IOException("the fourth batch can't be read"); };
        int taken = 0;
        IOException error = Assert.Throws<IOException>(() => { foreach (Batch _ in new DataLoader(numbers, 5, readAhead: true)) taken++; });
        Assert.Equal("the fourth batch can't be read", error.Message);
        Assert.Equal(3, taken);
    }

    [Fact]
    public void ReadAhead_EnumerationGivenUp_WorksOnNothingAnyMore()
    {
        var numbers = new Numbers(1000);
        foreach (Batch batch in new DataLoader(numbers, 10, readAhead: true))
        {
            if (batch.Index == 2) break;
        }
        int filled = numbers.Filled;
        Assert.InRange(filled, 3, 5);
        numbers.Filling = () => throw new InvalidOperationException("filled after the end");
        Thread.Sleep(20);
        Assert.Equal(filled, numbers.Filled);
    }

    [Fact]
    public void ReadAhead_EnumeratorForgotten_FillsTheBatchesAheadAndNoMore()
    {
        var numbers = new Numbers(1000);
        Assert.True(new DataLoader(numbers, 10, readAhead: true).GetEnumerator().MoveNext());
        Assert.True(SpinWait.SpinUntil(() => numbers.Filled == 3, TimeSpan.FromSeconds(10)));
        Thread.Sleep(20);
        Assert.Equal(3, numbers.Filled);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void StepScope_BatchTakenInside_IsRecycledUnlessKept(bool readAhead)
    {
        var memory = new StepMemory();
        using IEnumerator<Batch> batches = new DataLoader(new Numbers(3000), 1000, readAhead: readAhead).GetEnumerator();
        Batch first, second;
        using (memory.Begin())
        {
            Assert.True(batches.MoveNext());
            first = batches.Current;
            Assert.Equal(999, first.Inputs.AsSpan<float>()[999]);
        }
        using (memory.Begin())
        {
            Assert.True(batches.MoveNext());
            second = batches.Current;
            second.Inputs.Keep();
        }
        Assert.True(batches.MoveNext());
        Batch outside = batches.Current;
        using (memory.Begin())
        {
            Assert.False(batches.MoveNext());
        }
        Assert.Throws<ObjectDisposedException>(() => first.Inputs.ToArray<float>());
        Assert.Throws<ObjectDisposedException>(() => second.Targets.ToArray<int>());
        Assert.Equal(1999, second.Inputs.AsSpan<float>()[999]);
        Assert.Equal(2999, outside.Inputs.AsSpan<float>()[999]);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void StepScope_SteadyEpoch_MakesNoLargeAllocation(bool readAhead)
    {
        var memory = new StepMemory();
        var loader = new DataLoader(new Numbers(200_000), 2000, readAhead: readAhead); // 100 steps
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        long perStep = (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        Assert.InRange(perStep, 0, 2000); // the batch's own buffers are 16 KB

        void Run()
        {
            using IEnumerator<Batch> batches = loader.GetEnumerator();
            for (bool more = true; more;)
            {
                using StepScope step = memory.Begin();
                more = batches.MoveNext();
            }
        }
    }

    [Fact]
    public void Constructor_BadArguments_AreRefused()
    {
        Assert.Throws<ArgumentNullException>(() => new DataLoader(null!, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DataLoader(new Numbers(1), 0));
    }

    private static int[] Targets(DataLoader loader) => [.. loader.SelectMany(batch => batch.Targets.ToArray<int>())];

    /// <summary>Example i is the input i and the target i; notes how it is read.</summary>
    private sealed class Numbers(int count) : Dataset
    {
        private int _fillers;

        public Action Filling { get; set; } = () => { };

        public int Filled { get; private set; }

        public bool FilledTwoAtOnce { get; private set; }

        public override int Count => count;

        public override Shape InputShape => [];

        public override Shape TargetShape => [];

        public override DType TargetDType => DType.Int32;

        public override void Fill(ReadOnlySpan<int> indices, Tensor inputs, Tensor targets)
        {
            if (Interlocked.Increment(ref _fillers) > 1) FilledTwoAtOnce = true;
            Filling();
            indices.CopyTo(targets.AsSpan<int>());
            for (int i = 0; i < indices.Length; i++) inputs.AsSpan<float>()[i] = indices[i];
            Filled++;
            Interlocked.Decrement(ref _fillers);
        }
    }
}
