using System.Diagnostics;
using System.Globalization;

namespace Backprop.Fuzz;

/// <summary>
/// Knows the file that is being read, from outside: ends the process where a reader never comes back, after the file is written, and leaves the seed in a file where the
/// process itself comes to an end, as by a stack that overflows.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly FuzzedFormat _format;
    private readonly string _path;
    private readonly FileStream _mark;
    private readonly Timer _timer;
    private long _seed, _start; // 0: nothing is being read

    public Watchdog(FuzzedFormat format)
    {
        _format = format;
        _path = Path.Combine(Path.GetTempPath(), $"backprop-fuzz-{format.Name}-{Environment.ProcessId}.seed");
        _mark = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _timer = new Timer(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>A reader begins with the file of a seed.</summary>
    public void Reading(long seed)
    {
        Span<byte> text = stackalloc byte[21];
        seed.TryFormat(text, out int length, "d20", CultureInfo.InvariantCulture);
        RandomAccess.Write(_mark.SafeFileHandle, text[..length], 0);
        Volatile.Write(ref _seed, seed);
        Volatile.Write(ref _start, Stopwatch.GetTimestamp());
    }

    /// <summary>The reader has come back.</summary>
    public void Done() => Volatile.Write(ref _start, 0);

    public void Dispose()
    {
        _timer.Dispose();
        _mark.Dispose();
        File.Delete(_path);
    }

    private void Look()
    {
        long start = Volatile.Read(ref _start), seed = Volatile.Read(ref _seed);
        if (start == 0 || Stopwatch.GetElapsedTime(start) < FuzzLimits.Patience) return;
        string path = Path.Combine(Path.GetTempPath(), $"backprop-fuzz-{_format.Name}-{seed}");
        File.WriteAllBytes(path, FuzzRun.File(_format, seed, out _));
        Environment.FailFast($"{_format.Name}, seed {seed}: the reader has not come back in {FuzzLimits.Patience.TotalSeconds} s. The file is {path}.");
    }
}
