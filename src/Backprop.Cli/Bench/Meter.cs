using System.Diagnostics;
using System.Globalization;

namespace Backprop.Cli.Bench;

/// <summary>Wall time, the cores that this process used meanwhile, and those that everything else on the machine used.</summary>
internal sealed class Meter
{
    private const double ClockTicks = 100; // of /proc/stat a second, on every Linux that .NET runs on

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly double _own = OwnSeconds();
    private readonly double? _busy = BusySeconds();

    /// <summary>Since the meter was made: seconds, cores of this process, cores of all others (0 where the system does not tell).</summary>
    public (double Seconds, double Cores, double Others) Read()
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds, own = OwnSeconds() - _own;
        double others = _busy is { } before && BusySeconds() is { } after ? Math.Max(0, after - before - own) : 0;
        return (seconds, own / seconds, others / seconds);
    }

    private static double OwnSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>CPU seconds that the whole machine has been busy since it started.</summary>
    private static double? BusySeconds()
    {
        const string Stat = "/proc/stat";
        if (!File.Exists(Stat)) return null;
        // cpu  user nice system idle iowait irq softirq steal ...
        double[] ticks = [.. File.ReadLines(Stat).First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        return (ticks.Sum() - ticks[3] - ticks[4]) / ClockTicks;
    }
}
