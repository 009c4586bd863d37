using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Backprop.Kernels;

/// <summary>
/// Background threads that share the pieces of one job at a time. How work is cut into pieces is the job's business. Where a sum is cut depends on the
/// problem only, and no piece shares a sum: the number of threads decides who computes it, and at most with what else in one piece. Results keep their bits.
/// </summary>
/// <remarks>
/// The caller takes part, and nothing is allocated: the workers get the address of the job on the caller's stack and the address of the code that runs it.
/// Each thread has a range of pieces of its own and helps with the others' when that is done: so in step after step the same thread writes the same part of a tensor,
/// and finds it in its cache. Taking pieces as they come made a convolution of one image on two threads nearly twice as slow as on one, writing into the other's cache lines.
/// A call from inside a piece, or while another thread's job is under way, does all its pieces itself. The caller never waits for a worker that has not begun:
/// where processors are busy elsewhere, sharing costs next to nothing. Against the runtime's thread pool, on two processors: 8.5 µs of work in four pieces
/// took 4.5 µs here and 5.0–6.4 µs there; with one processor taken by another program 8.5 µs here and 15–20 µs there.
/// </remarks>
internal static unsafe class WorkerPool
{
    private const int IntsOfLine = 16;

    // What the workers look at. The caller writes the job first and opens it last; a worker counts itself in before it looks whether the job is open.
    // So a caller who has closed the job and then sees nobody inside knows that nobody will touch its stack any more, and need not wait for sleepers.
    private static void* s_job;
    private static delegate*<void*, int, void> s_runPiece;
    private static int s_pieces;
    private static int s_ranges;
    private static int[] s_next = []; // of each range the next piece, a cache line apart
    private static volatile bool s_open;
    private static int s_inside;
    private static volatile ExceptionDispatchInfo? s_failure;

    private static int s_busy;
    private static volatile int s_round;
    private static volatile int s_threadCount = Environment.ProcessorCount;
    private static volatile Worker[] s_workers = [];

    /// <summary>How many threads work on one job, the caller included; at least 1. By default the number of processors.</summary>
    public static int ThreadCount
    {
        get => s_threadCount;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            s_threadCount = value;
        }
    }

    /// <summary>Runs pieces 0 … <paramref name="pieces"/> − 1 of <paramref name="job"/>, a local variable of the caller, and returns when all are done.</summary>
    /// <exception cref="Exception">The first exception that a piece threw; pieces not yet begun are then left out.</exception>
    [MethodImpl(Compile.Once)]
    public static void Run<TJob>(ref TJob job, int pieces) where TJob : struct, IPieceJob, allows ref struct
    {
        if (pieces <= 1 || s_threadCount == 1 || Interlocked.CompareExchange(ref s_busy, 1, 0) != 0)
        {
            for (int piece = 0; piece < pieces; piece++) RunPiece<TJob>(Unsafe.AsPointer(ref job), piece);
            return;
        }
        try
        {
            Share(Unsafe.AsPointer(ref job), &RunPiece<TJob>, pieces);
        }
        finally
        {
            Volatile.Write(ref s_busy, 0);
        }
    }

    [MethodImpl(Compile.Once)]
    private static void RunPiece<TJob>(void* job, int piece) where TJob : struct, IPieceJob, allows ref struct => Unsafe.AsRef<TJob>(job).Run(piece);

    private static void Share(void* job, delegate*<void*, int, void> runPiece, int pieces)
    {
        int helpers = Math.Min(s_threadCount, pieces) - 1;
        if (s_workers.Length < helpers) Hire(helpers);

        s_job = job;
        s_runPiece = runPiece;
        s_pieces = pieces;
        s_ranges = helpers + 1;
        if (s_next.Length < s_ranges * IntsOfLine) s_next = new int[s_ranges * IntsOfLine];
        for (int range = 0; range < s_ranges; range++) s_next[range * IntsOfLine] = Start(range);
        s_failure = null;
        s_open = true;
        _ = Interlocked.Increment(ref s_round);
        Worker[] workers = s_workers;
        for (int i = 0; i < helpers; i++) workers[i].Wake();

        RunPieces(0);
        s_open = false;
        Interlocked.MemoryBarrier();
        SpinWait spin = default;
        while (Volatile.Read(ref s_inside) != 0) spin.SpinOnce(sleep1Threshold: -1);

        ExceptionDispatchInfo? failure = s_failure;
        s_failure = null;
        failure?.Throw();
    }

    private static int Start(int range) => (int)((long)s_pieces * range / s_ranges);

    /// <summary>Does the pieces of a thread's own range, and then what is left of the others.</summary>
    private static void RunPieces(int thread)
    {
        for (int i = 0; i < s_ranges; i++)
        {
            int range = (thread + i) % s_ranges, end = Start(range + 1), piece;
            while ((piece = Interlocked.Increment(ref s_next[range * IntsOfLine]) - 1) < end && s_failure is null)
            {
                try
                {
                    s_runPiece(s_job, piece);
                }
#pragma warning disable CA1031 // whatever a piece throws belongs to the caller's thread
                catch (Exception e)
#pragma warning restore CA1031
                {
                    s_failure ??= ExceptionDispatchInfo.Capture(e);
                }
            }
        }
    }

    private static void Hire(int count)
    {
        var workers = new Worker[count];
        s_workers.CopyTo(workers, 0);
        for (int i = s_workers.Length; i < count; i++) workers[i] = new Worker(i);
        s_workers = workers;
    }

#pragma warning disable CA1001 // the bell lives as long as the process, like the thread that listens to it
    private sealed class Worker
#pragma warning restore CA1001
    {
        private const int SpinsBeforeSleep = 4000, SpinsBetweenYields = 16;

        private readonly int _index;
        private readonly AutoResetEvent _bell = new(false);
        private int _asleep;

        public Worker(int index)
        {
            _index = index;
            new Thread(Work) { IsBackground = true, Name = $"Backprop worker {index + 1}" }.Start();
        }

        /// <summary>Rings if the worker sleeps. It is rung once a sleep: whoever turns the flag back to 0 has decided how the sleep ends.</summary>
        public void Wake()
        {
            if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0) _ = _bell.Set();
        }

        private void Work()
        {
            int round = 0;
            while (true)
            {
                WaitForRoundAfter(round);
                round = s_round;
                if (_index >= s_threadCount - 1) continue;
                _ = Interlocked.Increment(ref s_inside);
                if (s_open) RunPieces(_index + 1);
                _ = Interlocked.Decrement(ref s_inside);
            }
        }

        private void WaitForRoundAfter(int round)
        {
            if (_index < s_threadCount - 1) // a worker that is one too many goes to sleep at once
            {
                for (int i = 0; i < SpinsBeforeSleep; i++)
                {
                    if (s_round != round) return;
                    if (i % SpinsBetweenYields == 0) _ = Thread.Yield(); // where processors are scarce, the caller may be waiting for this one
                    else Thread.SpinWait(1);
                }
            }
            _ = Interlocked.Exchange(ref _asleep, 1);
            if (s_round != round && Interlocked.Exchange(ref _asleep, 0) != 0) return;
            _ = _bell.WaitOne();
        }
    }
}
