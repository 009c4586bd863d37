using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Backprop.Cli.Runs;
using Xunit.Abstractions;

namespace Backprop.Tests;

/// <summary>
/// <c>backprop train</c>, killed by SIGKILL at random moments and resumed until it comes to its end: weights and log are those of the training that nobody disturbed.
/// A checkpoint after every step, so that many moments fall into the writing of one.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] s_small = ["--model", "tiny-mlp", "--batch-size", "10", "--epochs", "2"]; // 200 steps
    private static readonly string[] s_large = ["--model", "simple-convnet", "--limit-train", "800", "--limit-test", "100", "--batch-size", "20", "--epochs", "1"]; // 40 steps, 5 MB a checkpoint

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Killed_AFewTimes_EndsWithTheSameWeights() => Survive(s_small, kills: 5, seed: 1);

    [SlowFact]
    public void Killed_AHundredTimes_EndsWithTheSameWeights()
    {
        Survive(s_small, kills: 60, seed: 2);
        Survive(s_large, kills: 60, seed: 3);
    }

    [SmallDiskFact]
    public void Killed_WithTheDiskFull_EndsWithTheSameWeights()
    {
        string expected = Run([.. s_large, "--output", _folder["whole"]]);
        var random = new RandomSource(4);
        int warnings = 0;
        for (int i = 0; i < 10; i++)
        {
            string run = _folder[$"full{i}"], checkpoints = Path.Combine(run, "checkpoints");
            Directory.CreateDirectory(checkpoints);
            string train = $"dotnet {Program} train --output {run} --checkpoint-every 1";
            double seconds = random.NextUniform(0.5, 3);
            string script = string.Create(CultureInfo.InvariantCulture, // three checkpoints and the best fit, not more
                $"mount -t tmpfs -o size=18m none {checkpoints} && (timeout -s KILL {seconds:F2} {train} {string.Join(' ', s_large)}; {train} --resume --json {string.Join(' ', s_large)})");
            using Process process = Process.Start(new ProcessStartInfo("unshare", ["-Urm", "sh", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string report = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Result);
            warnings += errors.Result.Split("Warning: ").Length - 1;
            Assert.Equal(expected, Hash(report));
        }
        Assert.True(warnings > 0, "The disk was never full.");
        output.WriteLine($"10 kills on a full disk survived; {warnings} checkpoints could not be written");
    }

    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Backprop.Cli.dll");

    private void Survive(string[] training, int kills, long seed)
    {
        var clock = Stopwatch.StartNew();
        string name = training[1], expected = Run([.. training, "--output", _folder[$"{name}-whole"]]);
        double longest = clock.Elapsed.TotalMilliseconds;
        var random = new RandomSource(seed);
        (int killed, int runs, int inWriting, int lost) = (0, 0, 0, 0);
        while (killed < kills || runs == 0)
        {
            string folder = _folder[$"{name}-{runs++}"], checkpoints = Path.Combine(folder, "checkpoints");
            long reached = 0;
            string? hash = null;
            while (hash is null)
            {
                using Process process = Start([.. training, "--output", folder, "--resume", "--checkpoint-every", "1", "--json"]);
                Task<string> report = process.StandardOutput.ReadToEndAsync();
                Task<string> errors = process.StandardError.ReadToEndAsync();
                bool ended = killed >= kills ? process.WaitForExit(-1) : process.WaitForExit((int)random.NextUniform(200, longest));
                if (ended)
                {
                    process.WaitForExit();
                    Assert.True(process.ExitCode == 0, errors.Result);
                    hash = Hash(report.Result);
                    break;
                }
                process.Kill();
                process.WaitForExit();
                killed++;
                if (!Directory.Exists(checkpoints)) continue;
                if (Directory.GetFiles(checkpoints, "*.partial").Length > 0) inWriting++;
                long step = new Checkpoints(checkpoints).Newest()?.Step ?? 0;
                if (step < reached) lost++;
                reached = step;
            }
            Assert.Equal(expected, hash);
            Assert.Equal(StepsOf(_folder[$"{name}-whole"]), StepsOf(folder));
        }
        Assert.Equal(0, lost);
        output.WriteLine($"{killed} kills survived in {runs} trainings ({name}), {inWriting} of them while a checkpoint was written");
    }

    /// <summary>The steps and their losses, as the log tells them.</summary>
    private static string[] StepsOf(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, RunFile.Name)).Select(line => JsonNode.Parse(line)!).Where(e => (string)e["event"]! == "step").Select(e => $"{e["step"]} {e["loss"]}")];

    private static string Run(string[] training)
    {
        using Process process = Start([.. training, "--json"]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string report = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return Hash(report);
    }

    private static string Hash(string report) => (string)JsonNode.Parse(report.TrimEnd().Split('\n')[^1])!["weights_sha256"]!;

    private static Process Start(string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Program, "train", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>A slow fact that needs a disk of a few megabytes, skipped where no user may mount one.</summary>
    private sealed class SmallDiskFactAttribute : SlowFactAttribute
    {
        public SmallDiskFactAttribute()
        {
            if (Skip is null && !CanMount()) Skip = "Needs a small disk: 'unshare -Urm' must be permitted.";
        }

        private static bool CanMount()
        {
            if (!OperatingSystem.IsLinux()) return false;
            try
            {
                using Process process = Process.Start(new ProcessStartInfo("unshare", ["-Urm", "true"]) { RedirectStandardError = true })!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false; // there is no such program
            }
        }
    }
}
