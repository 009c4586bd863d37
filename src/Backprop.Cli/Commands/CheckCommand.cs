using System.CommandLine;
using System.Diagnostics;
using Backprop.Cli.Proof;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop check</c>: proves gradients, of a named model, of every operation, or of a library of the user's.</summary>
internal static class CheckCommand
{
    private const int DefaultSample = 20, DefaultBatch = 4;

    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        Option<string?> model = Options.Text("--model", "NAME", "A named network with its loss, on random inputs"), file = Options.Text("--file", "LIBRARY", "Operations of your own, in a .dll");
        var operations = new Option<bool>("--operations") { Description = "Every operation and loss of Backprop, with what is known of it" };
        Option<int?> sample = Options.Count("--sample", $"Elements of each tensor of a model to check [default: {DefaultSample}]"), batch = Options.Count("--batch", $"Inputs a model is given [default: {DefaultBatch}]");
        var all = new Option<bool>("--all") { Description = "Check every element of a model, not a sample" };
        Option<long?> seed = Options.Seed("Draws weights, inputs and sample of a model [default: 0]");
        Option<int?> threads = Options.Threads();
        Option<bool> json = Options.Json();
        var command = new Command("check",
            """
            Compare backward with central differences, (L(w + h) - L(w - h)) / 2h, in double precision.

            Prints a table, and exits with 1 if anything is wrong. Where the slope is another to the left than to the right, as ReLU's at 0, it counts as a kink and not as
            an error. Of a library, each public Operation with a constructor without parameters is applied to random tensors; what needs more has a public static method
            without parameters that returns a GradientReport, as GradientCheck.Of does.
            """)
        {
            model, operations, file, sample, all, batch, seed, threads, json,
        };
        command.SetAction(parsed =>
        {
            Options.UseThreads(parsed.GetValue(threads));
            var table = new CheckTable();
            long start = Stopwatch.GetTimestamp();
            switch (parsed.GetValue(model), parsed.GetValue(operations), parsed.GetValue(file))
            {
                case ({ } name, false, null):
                    CheckModel(terminal, table, name, parsed.GetValue(all) ? null : parsed.GetValue(sample) ?? DefaultSample, parsed.GetValue(batch) ?? DefaultBatch, parsed.GetValue(seed) ?? 0, cancellation);
                    break;
                case (null, true, null):
                    CheckOperations(table, cancellation);
                    break;
                case (null, false, { } path):
                    CheckLibrary(table, path, cancellation);
                    break;
                default:
                    throw new UsageException("check: say what to check, one of --model NAME, --operations and --file LIBRARY.");
            }
            table.Write(terminal, Stopwatch.GetElapsedTime(start), parsed.GetValue(json));
            return table.IsCorrect ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void CheckModel(Terminal terminal, CheckTable table, string name, int? sample, int batch, long seed, CancellationToken cancellation)
    {
        NamedModel named = Models.Get(name);
        var random = new RandomSource(seed);
        Module model = named.Build(random);
        Tensor inputs = Tensor.Normal(Shape.Create(batch).Concat(named.InputShape), random);
        Tensor targets = named.Recipe.Loss == LossKind.Mse
            ? Tensor.Uniform([batch, named.Classes], random)
            : Tensor.Generate([batch], DType.Int32, _ => random.Next(named.Classes));
        terminal.Say($"{named}; {(sample is { } count ? $"up to {count} elements" : "all elements")} of each of {model.Parameters.Count} parameters and the input, batch {batch}, in training mode");
        var options = new GradientCheckOptions { SampleSize = sample, Seed = seed, Progress = new Counter(terminal, model.Parameters.Count + 1), CancellationToken = cancellation };
        GradientReport report = GradientCheck.Of(model, inputs, targets, named.Recipe.LossFunction, options);
        foreach (TensorReport tensor in report.Tensors) table.Add($"{tensor.Name} {tensor.Shape}", tensor.Checked, tensor.Kinks.Count, tensor.WorstRelativeError, tensor.Wrong.Count);
        if (!report.IsCorrect) table.Explain(report.ToString());
    }

    private static void CheckOperations(CheckTable table, CancellationToken cancellation)
    {
        foreach (OperationCase claim in OperationCases.All)
        {
            cancellation.ThrowIfCancellationRequested();
            OperationProof proof = OperationProof.Of(claim);
            table.Add(claim.Name, proof.Slopes, proof.Kinks, proof.WorstRelativeError, proof.Failures.Count, proof.StatedValues);
            foreach (string failure in proof.Failures) table.Explain($"{claim.Name}: {failure}");
        }
    }

    private static void CheckLibrary(CheckTable table, string path, CancellationToken cancellation)
    {
        foreach (LibraryCase found in LibraryCase.In(path))
        {
            cancellation.ThrowIfCancellationRequested();
            if (found.Check is null)
            {
                table.Add(found.Name, 0, 0, 0, wrong: 1);
                table.Explain($"{found.Name} has no case: give it a constructor without parameters, or write a public static method without parameters that returns GradientCheck.Of(…).");
                continue;
            }
            GradientReport report = found.Check();
            table.Add(found.Name, report.Checked, report.Kinks, report.WorstRelativeError, report.Tensors.Sum(tensor => tensor.Wrong.Count) + report.Faults.Count);
            if (!report.IsCorrect) table.Explain(report.ToString());
        }
    }

    /// <summary>Shows how far a long check has come, on one line that is written over; nothing where nobody looks.</summary>
    private sealed class Counter(Terminal terminal, int tensors) : IProgress<TensorReport>
    {
        private int _done;

        public void Report(TensorReport value)
        {
            if (!terminal.ErrorIsTerminal || terminal.Quiet) return;
            terminal.Error.Write(++_done < tensors ? $"\r{_done}/{tensors}  {value.Name}\e[K" : "\r\e[K");
            terminal.Error.Flush();
        }
    }
}
