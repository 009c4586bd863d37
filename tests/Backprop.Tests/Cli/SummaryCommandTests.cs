using Backprop.Cli;

namespace Backprop.Tests;

public sealed class SummaryCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Name_Redirected_IsThePlainTable_AndJson()
    {
        CommandRun run = CommandRun.Of("summary", "--model", "mlp", "--batch-size", "10", "--json");
        Assert.Equal(0, run.Code);
        NamedModel named = NamedModels.Get("mlp");
        Assert.StartsWith(ModelSummary.Of(named.Build(new RandomSource(0)), named.InputShape, 10).ToString(), run.Out);
        Assert.Equal(("mlp", 39_760L, 10L * (784 * 50 + 50 * 10)), ((string)run.Json["model"]!, (long)run.Json["parameters"]!, (long)run.Json["multiply_adds"]!));
    }

    [Fact]
    public void Name_OnATerminal_IsDrawn_WithinItsWidth()
    {
        CommandRun run = CommandRun.Of(["--color", "never", "summary", "--model", "resnet20"], CancellationToken.None, terminal: true);
        Assert.StartsWith("╭", run.Out);
        Assert.Contains("40,813,184", run.Out);
        Assert.All(run.Out.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 100));
        Assert.DoesNotContain('\e', run.Out);
    }

    [Fact]
    public void File_SaysItself_WhatItsInputsAre()
    {
        NamedModel named = NamedModels.Get("tiny-mlp");
        Model.Of(named, named.Build(new RandomSource(0))).Save(_folder["model.safetensors"]);
        CommandRun run = CommandRun.Of("summary", "--model", _folder["model.safetensors"], "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(4 * 16 + 16 + 16 * 8 + 8 + 8 * 3 + 3, (long)run.Json["parameters"]!);
    }

    [Fact]
    public void File_WithoutInputShape_AsksForIt()
    {
        new Sequential(new Linear(6, 2, random: new RandomSource(0))).Save(_folder["own.safetensors"]);
        CommandRun run = CommandRun.Of("summary", "--model", _folder["own.safetensors"]);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("--input-shape", run.Error);
        Assert.Equal(14, (long)CommandRun.Of("summary", "--model", _folder["own.safetensors"], "--input-shape", "3,6", "--json").Json["parameters"]!);
    }

    [Fact]
    public void File_WithWeightsAlone_NeedsTheNameOfItsNetwork()
    {
        SafeTensors.Save(_folder["weights.safetensors"], NamedModels.Get("mlp").Build(new RandomSource(0)).State);
        CommandRun run = CommandRun.Of("summary", "--model", _folder["weights.safetensors"]);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("name it with --architecture", run.Error);
        Assert.Equal(0, CommandRun.Of("summary", "--model", _folder["weights.safetensors"], "--architecture", "mlp").Code);
    }

    [Theory]
    [InlineData("nearest name is \"mlp\"", "--model", "mpl")]
    [InlineData("no such file", "--model", "nothing/here.safetensors")]
    [InlineData("not '1,x'", "--model", "mlp", "--input-shape", "1,x")]
    [InlineData("not '0'", "--model", "mlp", "--input-shape", "0")]
    [InlineData("1 features", "--model", "tiny-mlp", "--input-shape", "1")]
    public void WrongInput_IsToldWhatIsWrong(string expected, params string[] args)
    {
        CommandRun run = CommandRun.Of(["summary", .. args]);
        Assert.NotEqual(0, run.Code);
        Assert.Contains(expected, run.Error);
    }
}
