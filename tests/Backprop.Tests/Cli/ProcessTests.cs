using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Backprop.Tests;

/// <summary>The command as a process of its own: what only that can show.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void Version_OnStandardOutput()
    {
        using Process process = Start("--version");
        Assert.StartsWith("backprop ", process.StandardOutput.ReadToEnd());
        Assert.True(process.WaitForExit(60_000));
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("-TERM", 143)]
    [InlineData("-INT", 130)]
    public async Task Signalled_StopsAtAStep_LeavesACheckpointAndEndsWithItsCode(string signal, int code)
    {
        if (OperatingSystem.IsWindows()) return; // has no such signal
        using var folder = new TemporaryFolder();
        using Process process = Start("train", "--model", "mlp", "--limit-train", "500", "--limit-test", "10", "--epochs", "1000000", "--output", folder["out"]);
        while (process.StandardError.ReadLine() is { } line && !line.StartsWith("epoch 1/", StringComparison.Ordinal)) { }
        using (Process kill = Process.Start("kill", [signal, $"{process.Id}"])) kill.WaitForExit();
        Task<string> rest = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(60_000)) process.Kill();
        process.WaitForExit();
        Assert.Equal(code, process.ExitCode);
        Assert.Contains("Stopped. Go on from the last step with: backprop train --resume --output", await rest);
        Assert.True(new Checkpoints(folder["out/checkpoints"]).Newest() is { Step: > 0, IsFinished: false });
    }

    [Fact]
    public void Bench_OneWorkload_IsOneRowWithTheFieldsOfTheOthers()
    {
        CommandRun run = CommandRun.Of("bench", "--workload", "^neuron/train@1$", "--threads", "1"); // measures in a process of its own
        string[] said = run.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((0, "neuron/train@1, 1 thread ..."), (run.Code, said[0]));
        Assert.All(said[1..], line => Assert.Matches(@"^warning: neuron/train@1 used \d+(\.\d+)? cores, not 1$", line)); // the runtime compiles on another where it has more to compile
        JsonObject row = Assert.Single(run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject()));
        Assert.Equal(
            ["peer", "workload", "batch", "threads", "peak_rss_mb", "median_ms", "min_ms", "mean_ms", "runs", "cores", "others", "allocated_bytes", "images_per_s", "gflop", "gflops", "kernel"],
            row.Select(field => field.Key));
        Assert.Equal(("backprop", "neuron/train", 1, 1), ((string)row["peer"]!, (string)row["workload"]!, (int)row["batch"]!, (int)row["threads"]!));
        Assert.True((double)row["min_ms"]! <= (double)row["median_ms"]! && (int)row["runs"]! >= 20);
    }

    [Fact]
    public void Bench_LongRun_TellsOfMemoryFortyTimesAndThenWhetherItWasFlat()
    {
        CommandRun run = CommandRun.Of("bench", "--workload", "^neuron/train@1$", "--threads", "1", "--long", "400");
        JsonObject[] rows = [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
        Assert.Equal(Enumerable.Range(1, 40).Select(sample => 10 * sample), rows[..^1].Select(row => (int)row["step"]!));
        Assert.All(rows[..^1], row => Assert.InRange((double)row["working_set_mb"]!, 10, 1000));
        Assert.Equal(400, (int)rows[^1]["steps"]!);
        double growth = ((double)rows[^1]["last_quarter_mb"]! / (double)rows[^1]["second_quarter_mb"]! - 1) * 100;
        Assert.Equal(growth, (double)rows[^1]["growth_percent"]!, 0.5); // megabytes are printed to one decimal
        Assert.Equal(0, (int)rows[^1]["gen2_since_second_quarter"]!);
    }

    [Fact]
    public void Bench_List_IsEveryWorkloadForOneThreadAndForTwo()
    {
        string[] lines = CommandRun.Of("bench", "--list").Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2 * (17 + 6), lines.Length);
        Assert.Contains("resnet20/infer@100 threads=2", lines);
    }

    [Fact]
    public void Train_WithoutTensorBoard_DoesNotLoadProtocolBuffers()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Append(Path.Combine(AppContext.BaseDirectory, "Backprop.Cli.runtimeconfig.json")))
        {
            if (Path.GetFileName(file) != "Google.Protobuf.dll") File.Copy(file, folder[Path.GetFileName(file)]); // and without the list of what belongs to it
        }
        string[] train = ["train", "--model", "mlp", "--epochs", "1", "--limit-train", "100", "--limit-test", "10", "--output", folder["run"]];
        Assert.DoesNotContain("Protobuf", Warnings(train));
        Assert.Contains("Google.Protobuf", Warnings([.. train, "--tensorboard", folder["tb"]])); // it is missed where it is needed, and the training goes on

        string Warnings(string[] arguments)
        {
            using Process process = StartProgram(folder["Backprop.Cli.dll"], arguments);
            Task<string> error = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return error.Result;
        }
    }

    private static Process Start(params string[] arguments) => StartProgram(Path.Combine(AppContext.BaseDirectory, "Backprop.Cli.dll"), arguments);

    private static Process StartProgram(string program, string[] arguments)
    {
        string[] command = ["dotnet", program, .. arguments];
        if (OperatingSystem.IsLinux()) command = ["env", "--default-signal=INT", .. command]; // what runs in a shell's background ignores it, and its children with it
        return Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }
}
