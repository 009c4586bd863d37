using System.Diagnostics;
using System.Globalization;

namespace Backprop.Cli.Bench;

/// <summary>How long a step takes.</summary>
/// <param name="MedianMs">Of all runs, in milliseconds.</param>
/// <param name="MinMs">The fastest run.</param>
/// <param name="MeanMs">The mean.</param>
/// <param name="Runs">How many steps were timed.</param>
/// <param name="Cores">CPU time of the process divided by wall time.</param>
/// <param name="AllocatedBytes">On the managed heap, by one step.</param>
/// <param name="Others">Cores that the rest of the machine used; from 0.1 on the measurement is disturbed.</param>
internal sealed record Measurement(double MedianMs, double MinMs, double MeanMs, int Runs, double Cores, long AllocatedBytes, double Others)
{
    private const double WarmUpSeconds = 0.5, LeastSeconds = 1.5, MostSeconds = 20, Quiet = 0.1;
    private const int WarmUpSteps = 2, LeastSteps = 20, FewestSteps = 5; // very slow steps stop at the most seconds, with the fewest steps

    /// <summary>Times a step; again, up to <paramref name="attempts"/> times, if others disturb it, and keeps the quietest.</summary>
    /// <param name="step">What is timed.</param>
    /// <param name="attempts">How many measurements at most.</param>
    /// <param name="quietWait">Seconds to wait before each for the machine to be left alone.</param>
    public static Measurement Of(Action step, int attempts, double quietWait)
    {
        Measurement? best = null;
        for (int attempt = 0; attempt < Math.Max(1, attempts) && best is not { Others: < Quiet }; attempt++)
        {
            WaitUntilQuiet(quietWait);
            Measurement once = Once(step);
            if (best is null || once.Others < best.Others) best = once;
        }
        return best!;
    }

    private static void WaitUntilQuiet(double seconds)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalSeconds < seconds;)
        {
            var meter = new Meter();
            Thread.Sleep(500);
            if (meter.Read().Others < Quiet) return;
        }
    }

    private static Measurement Once(Action step)
    {
        var warmUp = Stopwatch.StartNew();
        for (int done = 0; done < WarmUpSteps || warmUp.Elapsed.TotalSeconds < WarmUpSeconds; done++) step();

        var times = new List<double>(1 << 20); // room for all, so that no copy disturbs the fast ones
        var meter = new Meter();
        long allocated = GC.GetTotalAllocatedBytes();
        long start = Stopwatch.GetTimestamp();
        double elapsed;
        do
        {
            long before = Stopwatch.GetTimestamp();
            step();
            long after = Stopwatch.GetTimestamp();
            times.Add((after - before) * (1000.0 / Stopwatch.Frequency)); // a TimeSpan counts in 100 ns, too coarse for a neuron
            elapsed = Stopwatch.GetElapsedTime(start, after).TotalSeconds;
        }
        while (!(elapsed >= LeastSeconds && times.Count >= LeastSteps) && !(elapsed >= MostSeconds && times.Count >= FewestSteps));
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        (_, double cores, double others) = meter.Read();

        double mean = times.Average();
        times.Sort();
        double median = (times[(times.Count - 1) / 2] + times[times.Count / 2]) / 2;
        return new Measurement(Rounded(median), Rounded(times[0]), Rounded(mean), times.Count, Math.Round(cores, 2), allocated / times.Count, Math.Round(others, 2));
    }

    /// <summary>Five significant digits.</summary>
    public static double Rounded(double value) => double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
