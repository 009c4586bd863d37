using System.CommandLine;
using System.Diagnostics;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop evaluate</c>: judges a saved model by a test set.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        Option<string?> weights = Options.Weights(), data = Options.Text("--data", "DIR", "A folder of data files, whose test set is used [default: digits that are generated]");
        Option<string?> model = Options.Text("--model", "NAME", "The network, where the file does not say");
        Option<int?> limitTest = Options.Count("--limit-test", "Use at most so many test examples"), threads = Options.Threads();
        Option<bool> json = Options.Json();
        var command = new Command("evaluate", "Judge a saved model by a test set.") { weights, data, model, limitTest, threads, json };
        command.SetAction(parsed =>
        {
            Options.UseThreads(parsed.GetValue(threads));
            SavedModel saved = SavedModel.Load(parsed.GetRequiredValue(weights)!, parsed.GetValue(model));
            DataSource source = DataSource.For(saved.Named, saved.Preprocessing, parsed.GetValue(data), seed: 0, limitTrain: 0, parsed.GetValue(limitTest));
            Run(terminal, saved, source, cancellation).Write(terminal, parsed.GetValue(json));
        });
        return command;
    }

    private static Report Run(Terminal terminal, SavedModel saved, DataSource data, CancellationToken cancellation)
    {
        terminal.Say($"{saved.Named}; {data.Description}: {data.Test.Count} images");
        Recipe recipe = saved.Named.Recipe;
        long start = Stopwatch.GetTimestamp();
        Scores scores = Evaluation.Of(saved.Module, recipe.LossFunction, data.Test, metrics: recipe.Loss == LossKind.CrossEntropy ? [new Accuracy()] : [], cancellationToken: cancellation);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var report = new Report();
        report.AddModel(saved, data.Description, scores);
        report.AddCost(trainSeconds: 0, scores.Examples / seconds, saved.Module);
        return report;
    }
}
