using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Bench;

/// <summary>What the runtime's compiling costs a training: the first steps of a process beside the same number of steady ones.</summary>
internal static class FirstSteps
{
    private const int Steps = 50;

    /// <summary>Runs the steps, the first of this process, and says how long they took: <c>first_ms</c>, <c>steady_ms</c> (50 times the median), and <c>extra_ms</c>, the difference.</summary>
    public static JsonObject Row(Workload workload, int threads, Action step)
    {
        var meter = new Meter();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Steps; i++) step();
        double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        (_, double cores, double others) = meter.Read();
        double steady = Steps * Measurement.Of(step, attempts: 1, quietWait: 0).MedianMs;
        return new JsonObject
        {
            ["peer"] = "backprop",
            ["workload"] = workload.Path,
            ["batch"] = workload.Batch,
            ["threads"] = threads,
            ["first_ms"] = Measurement.Rounded(first),
            ["steady_ms"] = Measurement.Rounded(steady),
            ["extra_ms"] = Measurement.Rounded(first - steady),
            ["cores"] = Math.Round(cores, 2),
            ["others"] = Math.Round(others, 2),
        };
    }
}
