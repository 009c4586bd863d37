using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Backprop.Cli.Bench;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop bench</c>: times training and inference steps; one line of JSON each.</summary>
internal static class BenchCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        Option<string?> workload = Options.Text("--workload", "REGEX", "Only what matches, for example ^mlp or train@100$");
        Option<int?> threads = Options.Count("--threads", "Threads that compute [default: first 1, then 2]");
        var growth = new Option<bool>("--growth") { Description = "Measure how the cost grows with batch, width, image and channels" };
        var firstSteps = new Option<bool>("--first-steps") { Description = "Time the first 50 steps of a process beside 50 steady ones, in milliseconds" };
        Option<int?> longRun = Options.Count("--long", "Train for so many steps instead, and print memory and collections over time");
        var list = new Option<bool>("--list") { Description = "List what would be measured" };
        var alone = new Option<string?>("--alone") { Hidden = true, Description = "Measure this one workload in this very process" };
        var command = new Command("bench",
            """
            Time training and inference, one line of JSON for each workload.

            Each measurement is a process of its own: half a second of warm-up, then 1.5 seconds and at least 20 steps. 'others' says how many cores other processes
            used meanwhile; from 0.1 on a figure is disturbed. On a shared machine set PEERS_QUIET_WAIT (seconds to wait for quiet) and PEERS_ATTEMPTS (repetitions).

            'gflop' counts the floating-point operations of a step, in billions: two for each multiply-add of the convolutions, linear layers and matrix products, forward
            and for each gradient that is computed. It is the plain algorithm's count, so a faster algorithm may reach more 'gflops' (billions a second) than fma-peak,
            which is what the processor can do at most.
            """)
        {
            workload, threads, growth, firstSteps, longRun, list, alone,
        };
        command.SetAction(parsed =>
        {
            string[] mode = parsed.GetValue(firstSteps) ? ["--first-steps"] : parsed.GetValue(longRun) is { } steps ? ["--long", steps.ToString(CultureInfo.InvariantCulture)] : [];
            if (parsed.GetValue(alone) is { } name)
            {
                Measure(terminal, name, parsed.GetValue(threads) ?? 1, parsed.GetValue(firstSteps), parsed.GetValue(longRun), cancellation);
                return;
            }
            IReadOnlyList<Workload> all = parsed.GetValue(growth) ? Workload.Growth : parsed.GetValue(longRun) is null ? Workload.All : [.. Workload.All.Where(one => one.Deed == "train")];
            Run(terminal, Matching(all, parsed.GetValue(workload)), parsed.GetValue(threads) is { } count ? [count] : [1, 2], parsed.GetValue(list), mode, cancellation);
        });
        return command;
    }

    private static Workload[] Matching(IReadOnlyList<Workload> workloads, string? pattern)
    {
        try
        {
            var regex = new Regex(pattern ?? "", RegexOptions.CultureInvariant);
            Workload[] matching = [.. workloads.Where(workload => regex.IsMatch(workload.ToString()))];
            return matching.Length > 0 ? matching : throw new UsageException($"bench: no workload matches '{pattern}'. All: {string.Join(", ", workloads)}");
        }
        catch (RegexParseException error)
        {
            throw new UsageException($"bench: --workload is no regular expression: {error.Message}");
        }
    }

    private static void Run(Terminal terminal, Workload[] workloads, int[] threadCounts, bool list, string[] mode, CancellationToken cancellation)
    {
        foreach (int threads in threadCounts)
        {
            foreach (Workload workload in workloads)
            {
                if (list)
                {
                    terminal.Out.WriteLine($"{workload} threads={threads}");
                    continue;
                }
                cancellation.ThrowIfCancellationRequested();
                terminal.Say($"{workload}, {threads} {(threads == 1 ? "thread" : "threads")} ...");
                string[] alone = ["bench", "--alone", workload.ToString(), "--threads", threads.ToString(CultureInfo.InvariantCulture), .. mode];
                terminal.Out.Write(OwnProcess.Run(alone, terminal.Error, cancellation));
                terminal.Out.Flush();
            }
        }
    }

    private static void Measure(Terminal terminal, string name, int threads, bool firstSteps, int? longRun, CancellationToken cancellation)
    {
        Threads.Count = threads;
        Workload workload = Workload.All.Concat(Workload.Growth).FirstOrDefault(known => known.ToString() == name) ?? throw new UsageException($"bench: there is no workload '{name}'.");
        if (longRun is { } steps)
        {
            LongRun.Train(workload, steps, row => terminal.Out.WriteLine(row.ToJsonString()), cancellation);
            return;
        }
        WorkloadStep step = WorkloadStep.Of(workload);
        if (firstSteps)
        {
            terminal.Out.WriteLine(FirstSteps.Row(workload, threads, step.Run).ToJsonString());
            return;
        }
        Measurement measured = Measurement.Of(step.Run, (int)FromEnvironment("PEERS_ATTEMPTS", 1), FromEnvironment("PEERS_QUIET_WAIT", 0));
        terminal.Out.WriteLine(BenchRow.Of(workload, threads, step.Operations(), measured).ToJsonString());
        if (measured.Cores > threads + 0.1) terminal.Error.WriteLine($"warning: {workload} used {measured.Cores} cores, not {threads}");
    }

    private static double FromEnvironment(string variable, double otherwise) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : otherwise;
}
