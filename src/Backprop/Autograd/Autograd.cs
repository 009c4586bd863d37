namespace Backprop;

/// <summary>Whether operations are recorded for a backward pass.</summary>
public static class Autograd
{
    [ThreadStatic]
    private static bool s_paused;

    private static long s_age;

    /// <summary>Whether operations on this thread are recorded where an input is tracked.</summary>
    public static bool IsRecording => !s_paused;

    /// <summary>Records nothing on this thread until the result is disposed: for evaluation (PyTorch: <c>no_grad</c>).</summary>
    public static Pause NoGradient()
    {
        var pause = new Pause(s_paused);
        s_paused = true;
        return pause;
    }

    /// <summary>An operation of this kind that the last step has left, if a scope is open. None while nothing is recorded, for an operation without a graph does not come back.</summary>
    internal static TOperation? Again<TOperation>() where TOperation : Operation => IsRecording ? StepMemory.Current?.SpareOperation<TOperation>() : null;

    /// <summary>A number greater than that of every operation recorded so far.</summary>
    internal static long NextAge() => Interlocked.Increment(ref s_age);

    /// <summary>A span of code in which nothing is recorded; ends when disposed.</summary>
    public readonly ref struct Pause
    {
        private readonly bool _wasPaused;

        internal Pause(bool wasPaused) => _wasPaused = wasPaused;

        /// <summary>Records again, if it was so before.</summary>
        public void Dispose() => s_paused = _wasPaused;
    }
}
