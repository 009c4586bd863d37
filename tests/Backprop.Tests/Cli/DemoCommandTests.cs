using System.Diagnostics;
using Backprop.Examples;

namespace Backprop.Tests;

public class DemoCommandTests
{
    [Fact]
    public void Demo_WithoutAName_ListsThemAll()
    {
        CommandRun run = CommandRun.Of("demo");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(Demos.All.Select(demo => demo.Name), run.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void Demo_WritesWhatTheExampleWrites() =>
        Assert.Equal(new CommandRun(0, string.Join(Environment.NewLine, DemoOutput.Of("apple").Lines), ""), CommandRun.Of("demo", "apple"));

    [Fact]
    public void Demo_Seed_ChoosesTheStart()
    {
        CommandRun run = CommandRun.Of("demo", "fit", "--seed", "3");
        Assert.Equal(string.Join(Environment.NewLine, DemoOutput.Of("fit", new DemoOptions(Seed: 3)).Lines), run.Out);
        Assert.NotEqual(run.Out, CommandRun.Of("demo", "fit").Out);
    }

    [Theory]
    [InlineData("demo aple", "backprop demo: unknown command 'aple'; did you mean 'apple'?")]
    [InlineData("demo apple --seed 1", "backprop demo apple: unknown option '--seed'")]
    [InlineData("demo fit --data here", "backprop demo fit: unknown option '--data'")]
    [InlineData("demo fit --seed x", "backprop demo fit: --seed needs a whole number, not 'x'")]
    public void Demo_WrongUsage_IsSaidInOneLine_WithCode2(string line, string message)
    {
        CommandRun run = CommandRun.Of(line.Split(' '));
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.Equal(message, run.Error.Split(Environment.NewLine)[0]);
    }

    [Fact]
    public void Demo_AFolderWithoutData_IsAnError()
    {
        using var folder = new TemporaryFolder();
        CommandRun run = CommandRun.Of("demo", "cnn", "--data", folder["nowhere"]);
        Assert.Equal(1, run.Code);
        Assert.Contains(folder["nowhere"], run.Error);
    }

    [Fact]
    public void Demo_Interrupted_EndsWith130() =>
        Assert.Equal(130, CommandRun.Of(["demo", "cnn"], new CancellationToken(canceled: true)).Code);

    [Theory]
    [InlineData("apple", 0, "2 apples at 100, tax 10 %", "")]
    [InlineData("aple", 2, "", "Give the name of a demo:")]
    [InlineData("apple --seed 1", 2, "", "apple does not take --seed 1.")]
    [InlineData("fit --seed one", 2, "", "fit does not take --seed one.")]
    [InlineData("fit --seed", 2, "", "Give the name of a demo:")]
    public void Examples_AsAProgramOfTheirOwn_RunByName(string arguments, int code, string output, string error)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Backprop.Examples.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments.Split(' ')]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Assert.Equal(output, process.StandardOutput.ReadToEnd().Split(Environment.NewLine)[0]);
        Assert.Equal(error, process.StandardError.ReadToEnd().Split(Environment.NewLine)[0]);
        Assert.True(process.WaitForExit(60_000));
        Assert.Equal(code, process.ExitCode);
    }
}
