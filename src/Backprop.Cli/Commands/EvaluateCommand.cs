using System.CommandLine;
using System.Diagnostics;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop evaluate</c>: judges a saved model by a test set.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        Option<string?> model = Options.ModelFile(), architecture = Options.Architecture();
        Option<string?> data = Options.Text("--data", "DIR", "A folder of data files, whose test set is used [default: digits that are generated]");
        Option<int?> limitTest = Options.Count("--limit-test", "Use at most so many test examples"), threads = Options.Threads();
        Option<bool> json = Options.Json();
        var command = new Command("evaluate", "Judge a saved model by a test set.") { model, architecture, data, limitTest, threads, json };
        command.SetAction(parsed =>
        {
            Options.UseThreads(parsed.GetValue(threads));
            Model saved = ModelFile.Open(parsed.GetRequiredValue(model)!, parsed.GetValue(architecture));
            DataSource source = DataSource.For(saved, parsed.GetValue(data), parsed.GetValue(limitTest));
            Run(terminal, saved, source, cancellation).Write(terminal, parsed.GetValue(json));
        });
        return command;
    }

    private static Report Run(Terminal terminal, Model saved, DataSource data, CancellationToken cancellation)
    {
        terminal.Say($"{saved}; {data.Description}: {data.Test.Count} images");
        (Func<Tensor, Tensor, Tensor> loss, IReadOnlyList<Metric> metrics) = ModelFile.Judge(saved);
        long start = Stopwatch.GetTimestamp();
        Scores scores = Evaluation.Of(saved.Module, loss, data.Test, metrics: metrics, cancellationToken: cancellation);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var report = new Report();
        report.AddModel(saved, data.Description, scores);
        report.AddCost(trainSeconds: 0, scores.Examples / seconds, saved.Module);
        return report;
    }
}
