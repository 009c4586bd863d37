using System.CommandLine;
using System.Globalization;
using Backprop.Examples;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop explain</c>: a page that shows a computation graph with its values and gradients, and plays how they come about.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        Option<string?> model = Options.Text("--model", "FILE", "The saved model, a safetensors file"), architecture = Options.Architecture();
        Option<string?> input = Options.Text("--input", "IMAGE", "The picture it looks at, PNG or PGM");
        Option<string?> label = Options.Text("--label", "CLASS", "The right answer, which the loss compares with [default: what the model takes the picture for]");
        Option<string?> demo = Options.Text("--demo", "NAME", $"The graph of a tutorial's example instead: {string.Join(", ", Graphs.Select(graph => graph.Name))}");
        Option<string?> output = Options.Text("--output", "FILE", "Where it is written, '-' for stdout [default: explain-NAME.html]");
        Option<bool>[] formats =
        [
            new("--svg") { Description = "Write the picture alone" }, new("--dot") { Description = "Write the graph for Graphviz" }, new("--json") { Description = "Write the data alone, as JSON, where --output says" },
        ];
        var command = new Command("explain", "Show a computation graph with its numbers, forward and backward, in one HTML file.") { model, architecture, input, label, demo, output, formats[0], formats[1], formats[2] };
        command.SetAction(parsed =>
        {
            string[] chosen = [.. formats.Where(parsed.GetValue).Select(format => format.Name[2..])];
            if (chosen.Length > 1) throw new UsageException($"explain writes one file: choose one of --{string.Join(" and --", chosen)}.");
            (string? file, string? picture, string? name) = (parsed.GetValue(model), parsed.GetValue(input), parsed.GetValue(demo));
            if (name is null == (file is null || picture is null) || (name is not null && (file is not null || picture is not null)))
            {
                throw new UsageException("explain needs either --model FILE and --input IMAGE, or --demo NAME.");
            }
            Explanation explanation = name is not null ? OfDemo(name) : OfPicture(terminal, ModelFile.Open(file!, parsed.GetValue(architecture)), picture!, parsed.GetValue(label));
            string format = chosen is [var one] ? one : "html";
            Write(terminal, explanation, format, parsed.GetValue(output) ?? $"explain-{name ?? Path.GetFileNameWithoutExtension(picture)}.{format}");
        });
        return command;
    }

    private static IEnumerable<Demo> Graphs => Demos.All.Where(demo => demo.Explain is not null);

    private static Explanation OfDemo(string name)
    {
        Demo demo = Graphs.FirstOrDefault(demo => demo.Name == name)
            ?? throw new UsageException($"There is no graph '{name}' to explain; choose one of {string.Join(", ", Graphs.Select(graph => graph.Name))}{Nearest.Suggestion(name, Graphs.Select(graph => graph.Name))}");
        Explanation explanation = demo.Explain!();
        explanation.Title = demo.Name;
        return explanation;
    }

    private static Explanation OfPicture(Terminal terminal, Model model, string path, string? label)
    {
        if (model.ClassNames.Count == 0 || model.InputShape is not { } shape || model.Preprocessing is null) throw new UsageException($"{model} tells no classes of pictures apart: there is no loss to explain.");
        Tensor x = model.Preprocessing.Apply(ImageFile.Read(path), shape, done => terminal.Say($"{path}: {done}"));
        if (model.Module.Parameters is [var parameter, ..]) x = x.To(parameter.DType);
        int truth;
        if (label is null)
        {
            truth = model.Classify(x)[0].Class;
            terminal.Say($"label {model.ClassNames[truth]}: what the model takes the picture for; --label tells another");
        }
        else
        {
            truth = model.ClassNames.ToList().IndexOf(label);
            if (truth < 0) throw new UsageException($"The model knows no class '{label}'; its classes are {string.Join(", ", model.ClassNames)}.");
        }
        Func<Tensor, Tensor, Tensor> loss = model.Module is Sequential { Count: > 0 } chain && chain[^1] is Softmax ? (scores, target) => Losses.Nll(scores.Log(), target) : Losses.CrossEntropy;
        Explanation explanation = Explanation.Of(model.Module, x, Tensor.From([truth], [1]), loss);
        explanation.Title = $"{model.Name ?? "model"} looks at {Path.GetFileName(path)}, label {model.ClassNames[truth]}";
        return explanation;
    }

    private static void Write(Terminal terminal, Explanation explanation, string format, string path)
    {
        string text = format switch
        {
            "svg" => explanation.ToSvg(),
            "dot" => explanation.ToDot(),
            "json" => explanation.ToJson() + Environment.NewLine,
            _ => explanation.ToHtml(),
        };
        if (path == "-")
        {
            terminal.Out.Write(text);
            return;
        }
        File.WriteAllText(path, text);
        terminal.Out.WriteLine(path);
        terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{path}: {new FileInfo(path).Length / 1000.0:F0} kB{(format == "html" ? "; open it in a browser" : "")}"));
    }
}
