namespace Backprop.Tests.Kernels;

/// <summary>What a piece of work allocates.</summary>
internal static class Allocations
{
    /// <summary>
    /// The bytes this thread allocates for the work when it is warm: the least of a few repetitions, because the runtime takes some itself when it compiles a method anew that
    /// has been called often.
    /// </summary>
    public static long OnceWarm(Action work)
    {
        work();
        long least = long.MaxValue;
        for (int repetition = 0; repetition < 5 && least > 0; repetition++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
