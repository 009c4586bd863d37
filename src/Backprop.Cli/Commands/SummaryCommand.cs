using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop summary</c>: the layers of a model, their shapes, and what they cost.</summary>
internal static class SummaryCommand
{
    public static Command Create(Terminal terminal, CancellationToken _)
    {
        var model = new Option<string>("--model") { HelpName = "NAME|FILE", Description = $"A saved model, or one of {Models.Names}", Required = true };
        Option<string?> architecture = Options.Architecture();
        Option<string?> inputShape = Options.Text("--input-shape", "N,N,…", "The shape of one input, for example 1,28,28 [default: what the model says]");
        Option<int?> batchSize = Options.Count("--batch-size", "Inputs at once [default: 1]");
        Option<bool> json = Options.Json();
        var command = new Command("summary", "Show the layers of a model: shapes, parameters, multiply-adds, memory.") { model, architecture, inputShape, batchSize, json };
        command.SetAction(parsed =>
        {
            Model asked = Open(parsed.GetRequiredValue(model), parsed.GetValue(architecture));
            Shape shape = parsed.GetValue(inputShape) is { } text ? ShapeOf(text)
                : asked.InputShape ?? throw new UsageException($"{asked}: the file does not say what its inputs are. Give the shape of one with --input-shape.");
            ModelSummary summary = ModelSummary.Of(asked.Module, shape, parsed.GetValue(batchSize) ?? 1);
            if (terminal.OutIsTerminal) Draw(terminal, summary);
            else terminal.Out.WriteLine(summary);
            if (!parsed.GetValue(json)) return;
            JsonObject fields = summary.ToJson();
            fields.Insert(0, "model", asked.Name);
            terminal.Out.WriteLine(fields.ToJsonString());
        });
        return command;
    }

    private static Model Open(string nameOrFile, string? architecture)
    {
        if (architecture is null && NamedModels.Find(nameOrFile) is { } named) return Model.Of(named, named.Build(new RandomSource(0)));
        bool isName = !File.Exists(nameOrFile) && !nameOrFile.AsSpan().ContainsAny('/', '\\', '.');
        if (isName) Models.Get(nameOrFile); // says which names there are
        return ModelFile.Open(nameOrFile, architecture);
    }

    private static Shape ShapeOf(string text)
    {
        string[] parts = text.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries);
        int[] lengths = new int[parts.Length];
        for (int axis = 0; axis < parts.Length; axis++)
        {
            if (int.TryParse(parts[axis], NumberStyles.None, CultureInfo.InvariantCulture, out lengths[axis]) && lengths[axis] > 0) continue;
            throw new UsageException($"summary: --input-shape needs lengths from 1 up with commas between them, as 1,28,28, not '{text}'.");
        }
        return Shape.Create(lengths);
    }

    private static void Draw(Terminal terminal, ModelSummary summary)
    {
        var table = new Table { Border = Terminal.HasUnicode(terminal.Out) ? TableBorder.Rounded : TableBorder.Ascii };
        IReadOnlyList<IReadOnlyList<string>> cells = summary.Cells;
        for (int column = 0; column < cells[0].Count; column++)
        {
            bool isNumber = column >= ModelSummary.WordColumns;
            table.AddColumn(new TableColumn(cells[0][column]) { Footer = new Text(cells[^1][column]), NoWrap = isNumber, Alignment = isNumber ? Justify.Right : Justify.Left });
        }
        foreach (IReadOnlyList<string> row in cells.Skip(1).SkipLast(1)) table.AddRow(row.Select(cell => new Text(cell)));
        terminal.Write(table);
        terminal.Out.WriteLine(summary.Remark);
    }
}
