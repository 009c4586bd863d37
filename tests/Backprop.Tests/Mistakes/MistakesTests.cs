using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Backprop.Tests;

/// <summary>The programs of docs/mistakes.md are run, and what each ends with, an error or a line on the console, is the text below it to the letter.</summary>
[Collection(nameof(CurrentFolder))]
public partial class MistakesTests
{
    private const int Mistakes = 25;

    [Fact]
    public void EveryMistake_EndsWithItsMessage()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "mistakes.md")).ReplaceLineEndings("\n");
        Assert.Equal(Enumerable.Range(1, Mistakes), Heading().Matches(text).Select(heading => int.Parse(heading.Groups[1].Value)));
        (string Code, string Message)[] cases = [.. Case().Matches(text).Select(match => (match.Groups[1].Value, match.Groups[2].Value))];
        Assert.True(cases.Length >= Mistakes);
        string[] messages = Outcomes([.. cases.Select(each => each.Code)]);
        Assert.All(messages.Zip(cases), pair => Assert.Equal(pair.Second.Message, pair.First));
    }

    [Fact]
    public void Messages_ThatWarn_AreNotGivenWithoutReason()
    {
        var model = new Sequential(new Flatten(), new Linear(28 * 28, 10));
        var heard = new Listener();
        History history = new Trainer(model, Losses.CrossEntropy, new Sgd(model.Parameters, learningRate: 0.1))
            .Fit(GeneratedDigits.Images(20, seed: 1), epochs: 1, batchSize: 10, callbacks: [heard]);
        Assert.Empty(history.Warnings);
        Assert.Empty(heard.Warnings);
    }

    [Fact]
    public void Warnings_AreGivenOnce_ToCallbacksToo()
    {
        var model = new Sequential(new Flatten(), new Linear(28 * 28, 10), new Softmax());
        var heard = new Listener();
        History history = new Trainer(model, (scores, labels) => Losses.CrossEntropy(scores, labels, labelSmoothing: 0.1), new Sgd(model.Parameters, learningRate: 1e-3))
            .Fit(GeneratedDigits.Images(200, seed: 1).Rescale(1, 0), epochs: 2, batchSize: 10, callbacks: [heard]);
        Assert.Equal(2, history.Warnings.Count);
        Assert.Equal(history.Warnings, heard.Warnings);
    }

    [Fact]
    public void SharedWithinOneModel_AndPartOfAModel_AreNoMistakes()
    {
        var shared = new Linear(4, 4);
        var part = new Sequential(shared, new Residual(shared));
        var whole = new Sequential(part, new Linear(4, 3));
        var data = new TensorDataset(Tensor.Uniform([20, 4], new RandomSource(1)), Tensor.Uniform([20, 4], new RandomSource(2)));
        Assert.Empty(new Trainer(part, Losses.Mse, new Sgd(whole.Parameters, learningRate: 0.1)).Fit(data, epochs: 1, batchSize: 10).Warnings);
    }

    [Fact]
    public void MustBeGiven_EndsWithItsScope()
    {
        using (RandomSource.MustBeGiven())
        {
            using (RandomSource.MustBeGiven()) Assert.Throws<InvalidOperationException>(() => new Linear(1, 1));
            Assert.Throws<InvalidOperationException>(() => new Linear(1, 1));
        }
        Assert.Equal(2, new Linear(1, 1).Parameters.Count);
    }

    /// <summary>What each program throws, or else writes.</summary>
    private static string[] Outcomes(string[] programs)
    {
        string code = string.Concat(programs.Select((program, i) => $"public static class Mistake{i} {{ public static void Run() {{\n{program}\n}} }}\n")) +
            "public static class Console { public static string Written = \"\"; public static void WriteLine(object line) => Written += (Written.Length > 0 ? \"\\n\" : \"\") + line; }";
        Assembly assembly = CompiledCode.Compile(code, OutputKind.DynamicallyLinkedLibrary, "Backprop");
        FieldInfo written = assembly.GetType("Console")!.GetField("Written")!;
        return CompiledCode.InScratchFolder<string[]>(() => [.. programs.Select((_, i) => Outcome(assembly.GetType($"Mistake{i}")!))]);

        string Outcome(Type mistake)
        {
            written.SetValue(null, "");
            RandomSource before = RandomSource.Current;
            RandomSource.Current = new RandomSource(1);
            try
            {
                mistake.GetMethod("Run")!.Invoke(null, null);
                return (string)written.GetValue(null)!;
            }
            catch (TargetInvocationException e)
            {
                return e.InnerException!.Message.ReplaceLineEndings("\n");
            }
            finally
            {
                RandomSource.Current = before;
            }
        }
    }

    private sealed class Listener : ICallback
    {
        public List<TrainingWarning> Warnings { get; } = [];

        public void Warned(TrainingRun run, TrainingWarning warning) => Warnings.Add(warning);
    }

    [GeneratedRegex(@"^## (\d+)\. ", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("```csharp\n(.*?)\n```\n\n```text\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Case();
}
