using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Backprop.Tests;

[Collection(nameof(CurrentFolder))]
public sealed class ExplainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("apple")]
    [InlineData("neuron")]
    [InlineData("three-neurons")]
    [InlineData("fit")]
    public void Demo_WritesAPage(string demo)
    {
        CommandRun run = CommandRun.Of("explain", "--demo", demo, "--output", _folder["page.html"]);
        Assert.Equal((0, _folder["page.html"] + Environment.NewLine), (run.Code, run.Out));
        Assert.StartsWith("<!doctype html>", File.ReadAllText(_folder["page.html"]));
    }

    [Fact]
    public void Output_WithoutAName_IsCalledByWhatItExplains() => CompiledCode.InScratchFolder(() =>
    {
        Assert.Equal("explain-apple.svg" + Environment.NewLine, CommandRun.Of("explain", "--demo", "apple", "--svg").Out);
        Assert.True(File.Exists("explain-apple.svg"));
        return 0;
    });

    [Fact]
    public void Formats_GoToStdout_AsTheyAre()
    {
        Assert.Equal("svg", XDocument.Parse(CommandRun.Of("explain", "--demo", "apple", "--svg", "--output", "-").Out).Root!.Name.LocalName);
        Assert.StartsWith("digraph {", CommandRun.Of("explain", "--demo", "apple", "--dot", "--output", "-").Out);
        Assert.Equal("price", (string?)JsonNode.Parse(CommandRun.Of("explain", "--demo", "apple", "--json", "--output", "-").Out)!["result"]);
    }

    [Fact]
    public void Model_LooksAtAPicture_AndIsToldTheLabel()
    {
        Model.Of(NamedModels.Get("mlp"), NamedModels.Get("mlp").Build(new RandomSource(1))).Save(_folder["model.safetensors"]);
        File.WriteAllBytes(_folder["digit.pgm"], [.. "P5\n28 28\n255\n"u8, .. new byte[28 * 28]]);
        string[] line = ["explain", "--model", _folder["model.safetensors"], "--input", _folder["digit.pgm"], "--json", "--output", "-"];
        CommandRun guessed = CommandRun.Of(line), told = CommandRun.Of([.. line, "--label", "7"]);
        Assert.Equal((0, 0), (guessed.Code, told.Code));
        Assert.Matches(@"label \d: what the model takes the picture for; --label tells another", guessed.Error);
        Assert.DoesNotContain("takes the picture for", told.Error);
        JsonNode data = JsonNode.Parse(told.Out)!;
        Assert.Contains(data["nodes"]!.AsArray(), node => (string?)node!["name"] == "CrossEntropy");
        Assert.Contains(data["nodes"]!.AsArray(), node => (string?)node!["name"] == "x" && node["gradient"] is not null);

        CommandRun wrong = CommandRun.Of([.. line, "--label", "seven"]);
        Assert.Equal((2, "backprop: The model knows no class 'seven'; its classes are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."), (wrong.Code, wrong.Error.TrimEnd()));
    }

    [Theory]
    [InlineData("explain", "backprop: explain needs either --model FILE and --input IMAGE, or --demo NAME.")]
    [InlineData("explain --model m", "backprop: explain needs either --model FILE and --input IMAGE, or --demo NAME.")]
    [InlineData("explain --demo apple --input i", "backprop: explain needs either --model FILE and --input IMAGE, or --demo NAME.")]
    [InlineData("explain --demo aple", "backprop: There is no graph 'aple' to explain; choose one of apple, neuron, three-neurons, fit; did you mean 'apple'?")]
    [InlineData("explain --demo apple --svg --dot", "backprop: explain writes one file: choose one of --svg and --dot.")]
    public void WrongUsage_IsSaidInOneLine_WithCode2(string line, string message)
    {
        CommandRun run = CommandRun.Of(line.Split(' '));
        Assert.Equal((2, "", message), (run.Code, run.Out, run.Error.TrimEnd()));
    }
}
