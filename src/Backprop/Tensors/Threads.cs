using Backprop.Kernels;

namespace Backprop;

/// <summary>How many threads compute.</summary>
public static class Threads
{
    /// <summary>
    /// The number of threads that share one operation, the calling thread included; at least 1, by default the number of processors
    /// (PyTorch: <c>set_num_threads</c>). It holds for the whole process and changes the speed only: results have the same bits for any value.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public static int Count
    {
        get => WorkerPool.ThreadCount;
        set => WorkerPool.ThreadCount = value;
    }
}
