using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Backprop.Tests;

/// <summary><c>backprop check</c>.</summary>
public class CheckCommandTests
{
    [Fact]
    public void Operations_AreAllRight()
    {
        CommandRun run = CommandRun.Of("check", "--operations", "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(Cli.Proof.OperationCases.All.Count, (int)run.Json["checked"]!);
        Assert.Equal(0, (int)run.Json["wrong"]!);
        Assert.InRange((double)run.Json["worst_relative_error"]!, 1e-16, 1e-6);
    }

    [Theory]
    [InlineData("neuron", 3)]
    [InlineData("tiny-mlp", 7)]
    [InlineData("seed-cnn", 5)]
    public void Model_EveryTensorHasARow(string model, int tensors)
    {
        CommandRun run = CommandRun.Of("check", "--model", model, "--sample", "5", "--batch", "2", "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(tensors, (int)run.Json["checked"]!);
    }

    [Fact]
    public void Model_All_ChecksEveryElement() => Assert.Equal(4 * 16 + 16 + 16 * 8 + 8 + 8 * 3 + 3 + 3 * 4, (int)CommandRun.Of("check", "--model", "tiny-mlp", "--all", "--batch", "3", "--json").Json["slopes"]!);

    [Theory]
    [InlineData("check", "say what to check")]
    [InlineData("check --operations --model mlp", "say what to check")]
    [InlineData("check --model mpl", "the nearest name is \"mlp\"")]
    public void WrongUsage_IsSaid(string line, string message)
    {
        CommandRun run = CommandRun.Of(line.Split(' '));
        Assert.Equal(2, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void File_RightOperations_AreRight()
    {
        CommandRun run = Check("""
            using Backprop;
            public sealed class CubeOperation : UnaryOperation
            {
                private Tensor _x;
                protected override Tensor Forward(Tensor x) { _x = Save(x); return x * x * x; }
                protected override Tensor Backward(Tensor gradient) => gradient * 3 * _x * _x;
            }
            public sealed class ScaleOperation(double factor) : UnaryOperation
            {
                protected override Tensor Forward(Tensor x) => x * factor;
                protected override Tensor Backward(Tensor gradient) => gradient * factor;
            }
            public static class Cases
            {
                public static GradientReport Scale() => GradientCheck.Of(() => new ScaleOperation(3), [Tensor.From(1f, 2f)]);
            }
            """);
        Assert.Equal(0, run.Code);
        Assert.Contains("Cases.Scale", run.Out, StringComparison.Ordinal);
        Assert.Contains("2 of 2 right; 14 slopes", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void File_AWrongOperation_AndOneWithoutACase_AreNamed_WithCode1()
    {
        CommandRun run = Check("""
            using Backprop;
            public sealed class BadOperation : UnaryOperation
            {
                protected override Tensor Forward(Tensor x) => x * x;
                protected override Tensor Backward(Tensor gradient) => gradient;
            }
            public sealed class LonelyOperation(int n) : UnaryOperation
            {
                protected override Tensor Forward(Tensor x) => x * n;
                protected override Tensor Backward(Tensor gradient) => gradient * n;
            }
            """);
        Assert.Equal(1, run.Code);
        Assert.Contains("Bad is wrong: input 0[", run.Out, StringComparison.Ordinal);
        Assert.Contains("LonelyOperation has no case", run.Out, StringComparison.Ordinal);
        Assert.Contains("0 of 2 right", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void File_ThatIsNone_OrHasNothing_IsRefused()
    {
        using var folder = new TemporaryFolder();
        string text = Path.Combine(folder.Path, "text.dll");
        File.WriteAllText(text, "no library");
        Assert.Contains("There is no file", CommandRun.Of("check", "--file", Path.Combine(folder.Path, "none.dll")).Error, StringComparison.Ordinal);
        Assert.Contains("is no library of .NET", CommandRun.Of("check", "--file", text).Error, StringComparison.Ordinal);
        Assert.Contains("has nothing to check", Check("public class Empty { }").Error, StringComparison.Ordinal);
    }

    /// <summary>Compiles a library and checks it.</summary>
    private static CommandRun Check(string source)
    {
        string[] trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            $"Operations{Guid.NewGuid():N}",
            [CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.CSharp14))],
            trusted.Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System", StringComparison.Ordinal) || name is "Backprop.dll" or "netstandard.dll")).Append(typeof(Tensor).Assembly.Location).Distinct()
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, compilation.AssemblyName + ".dll");
        Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(path);
        Assert.True(result.Success, string.Join(Environment.NewLine, result.Diagnostics));
        return CommandRun.Of("check", "--file", path);
    }
}
