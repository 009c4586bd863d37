using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

/// <summary>The number of threads is process-wide, so the tests that change it do not run beside each other.</summary>
[Collection("Threads")]
public sealed class WorkerPoolTests : IDisposable
{
    private readonly int _before = Threads.Count;

    public void Dispose() => Threads.Count = _before;

    private readonly struct Counting(int[] calls, Action<int>? inside = null) : IPieceJob
    {
        public void Run(int piece)
        {
            _ = Interlocked.Increment(ref calls[piece]);
            inside?.Invoke(piece);
        }
    }

    private static int[] Run(int pieces, Action<int>? inside = null)
    {
        var calls = new int[pieces];
        var job = new Counting(calls, inside);
        WorkerPool.Run(ref job, pieces);
        return calls;
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(8)]
    public void Run_DoesEveryPieceOnce(int threads)
    {
        Threads.Count = threads;
        foreach (int pieces in new[] { 0, 1, 2, 3, 7, 100, 1000 })
        {
            for (int repeat = 0; repeat < 20; repeat++) Assert.All(Run(pieces), calls => Assert.Equal(1, calls));
        }
    }

    [Fact]
    public void Run_LooksAtTheCallersOwnJob()
    {
        Threads.Count = 4;
        var sums = new long[64];
        var job = new SumOfSpan { Values = new long[64], Sums = sums };
        for (int i = 0; i < 64; i++) job.Values[i] = i;
        WorkerPool.Run(ref job, 64);
        Assert.Equal(63 * 64 / 2, sums.Sum());
    }

    private ref struct SumOfSpan : IPieceJob
    {
        public Span<long> Values;
        public Span<long> Sums;

        public readonly void Run(int piece) => Sums[piece] += Values[piece];
    }

    [Fact]
    public void Run_FromInsideAPiece_DoesTheInnerPiecesToo()
    {
        Threads.Count = 3;
        int inner = 0;
        _ = Run(10, _ => Interlocked.Add(ref inner, Run(5).Sum()));
        Assert.Equal(50, inner);
    }

    [Fact]
    public void Run_CalledByManyThreadsAtOnce_DoesEveryPieceOfEachJobOnce()
    {
        Threads.Count = 3;
        Thread[] callers = [.. Enumerable.Range(0, 6).Select(_ => new Thread(() =>
        {
            for (int repeat = 0; repeat < 300; repeat++) Assert.All(Run(9), calls => Assert.Equal(1, calls));
        }))];
        foreach (Thread caller in callers) caller.Start();
        foreach (Thread caller in callers) Assert.True(caller.Join(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(4)]
    public void Run_PieceThrows_TheCallerGetsTheExceptionAndThePoolGoesOn(int threads)
    {
        Threads.Count = threads;
        for (int repeat = 0; repeat < 20; repeat++)
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => Run(50, piece =>
            {
                if (piece == 13) throw new InvalidOperationException("piece 13");
            }));
            Assert.Equal("piece 13", thrown.Message);
            Assert.All(Run(50), calls => Assert.Equal(1, calls));
        }
    }

    [Fact]
    public void Run_AfterALongPause_WakesTheWorkersAgain()
    {
        Threads.Count = 2;
        for (int repeat = 0; repeat < 3; repeat++)
        {
            using var together = new Barrier(2);
            _ = Run(2, _ => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(60)))); // only two threads at once pass it
            Thread.Sleep(30);
        }
    }

    [Fact]
    public void Run_AllocatesNothing()
    {
        Threads.Count = 2;
        var calls = new int[4];
        var job = new Counting(calls);
        Assert.Equal(0, Allocations.OnceWarm(() =>
        {
            for (int i = 0; i < 100; i++) WorkerPool.Run(ref job, 4);
        }));
    }

    [Fact]
    public void ThreadCount_BelowOne_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Threads.Count = 0);
}
