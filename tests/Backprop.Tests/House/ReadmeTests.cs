using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Backprop.Tests;

/// <summary>What the README says is run, word for word.</summary>
[Collection(nameof(CurrentFolder))]
public partial class ReadmeTests
{
    [Fact]
    public void FirstProgram_AsPrinted_ReachesTheNumberItStates()
    {
        string code = Programs()[0];
        double stated = double.Parse(Stated().Match(code).Groups[1].Value);
        string printed = Run(code);
        double reached = double.Parse(Percentage().Match(printed).Groups[1].Value);
        Assert.True(reached >= stated, $"The README states {stated} %, the program printed: {printed}");
    }

    [Fact]
    public void GraphOfTheFirstLesson_AsPrinted_GivesTheGradientsItStates()
    {
        string printed = Run("using Backprop;" + Programs()[1] + "Console.WriteLine(FormattableString.Invariant($\"{price.Item():F0} {g[apple].Item():F1} {g[count].Item():F0} {g[tax].Item():F0}\"));");
        Assert.Equal("220 2.2 110 200", printed.Trim());
    }

    [Fact]
    public void GradientChecks_AsPrinted_Agree()
    {
        const string Before =
            """
            using Backprop;
            Tensor x = Tensor.Uniform([3, 4], new RandomSource(1)), w = Tensor.Uniform([4, 2], new RandomSource(2)), images = Tensor.Uniform([5, 4], new RandomSource(3)), labels = Tensor.From(0, 1, 2, 1, 0);
            var model = new Sequential(new Linear(4, 6), new Relu(), new Linear(6, 3));

            """;
        Assert.Equal("True 71", Run(Before + Programs()[2] + "Console.WriteLine($\"{report.IsCorrect} {report.Checked}\");").Trim());
    }

    private static string[] Programs() =>
        [.. CodeBlock().Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))).Select(match => match.Groups[1].Value)];

    private static string Run(string code) => CompiledCode.InScratchFolder(() =>
    {
        MethodInfo main = CompiledCode.Compile(code, OutputKind.ConsoleApplication).EntryPoint!;
        TextWriter console = Console.Out;
        using var written = new StringWriter();
        try
        {
            Console.SetOut(written);
            main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(console);
        }
        return written.ToString();
    });

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"// at least ([\d.]+) %")]
    private static partial Regex Stated();

    [GeneratedRegex(@"([\d.]+) ?%")]
    private static partial Regex Percentage();
}
