using System.Text.Json.Nodes;

namespace Backprop.Cli.Bench;

/// <summary>A measurement as one line of JSON, with the fields that the benchmark of other libraries has.</summary>
internal static class BenchRow
{
    public static JsonObject Of(Workload workload, int threads, double? operations, Measurement measured)
    {
        var row = new JsonObject
        {
            ["peer"] = "backprop",
            ["workload"] = workload.Path,
            ["batch"] = workload.Batch,
            ["threads"] = threads,
            ["peak_rss_mb"] = PeakMemory.Megabytes,
            ["median_ms"] = measured.MedianMs,
            ["min_ms"] = measured.MinMs,
            ["mean_ms"] = measured.MeanMs,
            ["runs"] = measured.Runs,
            ["cores"] = measured.Cores,
            ["others"] = measured.Others,
            ["allocated_bytes"] = measured.AllocatedBytes,
        };
        if (workload.Batch is { } batch) row["images_per_s"] = Measurement.Rounded(batch / measured.MedianMs * 1e3);
        if (operations is { } count)
        {
            double milliseconds = workload.Subject == Workload.Peak ? measured.MinMs : measured.MedianMs; // the peak is what was reached once
            row["gflop"] = Measurement.Rounded(count / 1e9);
            row["gflops"] = Measurement.Rounded(count / milliseconds / 1e6);
            row["kernel"] = Machine.Vectors;
        }
        return row;
    }
}
