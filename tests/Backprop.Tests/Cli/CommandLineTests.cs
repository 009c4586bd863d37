using Backprop.Cli;

namespace Backprop.Tests;

/// <summary>The command's manners: help, versions, wrong usage.</summary>
public class CommandLineTests
{
    [Fact]
    public void NoArguments_ShowShortHelpWithThreeExamples()
    {
        CommandRun run = CommandRun.Of();
        Assert.Equal(0, run.Code);
        Assert.Equal(3, run.Out.Split('\n').Count(line => line.StartsWith("  backprop ", StringComparison.Ordinal)));
        Assert.Empty(run.Error);
    }

    [Fact]
    public void Version_IsThatOfTheCommand() =>
        Assert.Equal(new CommandRun(0, $"backprop {typeof(BackpropCommand).Assembly.GetName().Version!.ToString(3)}{Environment.NewLine}", ""), CommandRun.Of("--version"));

    [Theory]
    [InlineData("--help")]
    [InlineData("info --help")]
    public void Help_CallsTheCommandByItsName(string line)
    {
        CommandRun run = CommandRun.Of(line.Split(' '));
        Assert.Equal(0, run.Code);
        Assert.Contains(line == "--help" ? "  backprop [command] [options]" : "  backprop info [options]", run.Out);
    }

    [Theory]
    [InlineData("inof", "backprop: unknown command 'inof'; did you mean 'info'?")]
    [InlineData("xyzzy", "backprop: unknown command 'xyzzy'")]
    [InlineData("--color never inof", "backprop: unknown command 'inof'; did you mean 'info'?")]
    [InlineData("--quiet info predict", "backprop info: unexpected argument 'predict'")]
    [InlineData("info --jsn", "backprop info: unknown option '--jsn'; did you mean '--json'?")]
    [InlineData("info --quite", "backprop info: unknown option '--quite'; did you mean '--quiet'?")]
    [InlineData("info --zzz", "backprop info: unknown option '--zzz'")]
    [InlineData("info here", "backprop info: unexpected argument 'here'")]
    [InlineData("info --color blue", "backprop info: --color needs auto, always or never, not 'blue'")]
    public void WrongUsage_IsSaidInOneLine_WithCode2(string line, string message)
    {
        CommandRun run = CommandRun.Of(line.Split(' '));
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.Equal(message, run.Error.Split(Environment.NewLine)[0]);
        Assert.StartsWith("Try 'backprop", run.Error.Split(Environment.NewLine)[1]);
    }

    [Fact]
    public void Help_OfTheWhole_NamesEveryCommand()
    {
        string help = CommandRun.Of("--help").Out;
        Assert.All(["train", "evaluate", "predict", "check", "demo", "bench", "data", "info"], name => Assert.Contains($"{Environment.NewLine}  {name} ", help));
    }

    [Fact]
    public void Info_Json_LastLineIsOneObject()
    {
        CommandRun run = CommandRun.Of("info", "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(Environment.ProcessorCount, (int)run.Json["processors"]!);
        Assert.Contains(".NET", run.Out.Split('\n')[1]);
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("--epcohs", "--epochs", 1)]
    [InlineData("", "abc", 3)]
    public void Distance_ByHand(string a, string b, int expected) => Assert.Equal(expected, Nearest.Distance(a, b));
}
