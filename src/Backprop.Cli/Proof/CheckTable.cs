using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Backprop.Cli.Proof;

/// <summary>What was checked: a table for people, a line of JSON for programs, and what is wrong in words.</summary>
internal sealed class CheckTable
{
    private readonly List<(string Name, int Slopes, int Kinks, double Worst, int Wrong, int? Known)> _rows = [];
    private readonly List<string> _explanations = [];

    public bool IsCorrect => _rows.All(row => row.Wrong == 0);

    /// <summary>Adds a row.</summary>
    /// <param name="name">What was checked.</param>
    /// <param name="slopes">How many slopes were compared with central differences.</param>
    /// <param name="kinks">How many of them lie at a kink.</param>
    /// <param name="worst">The worst relative error.</param>
    /// <param name="wrong">How many findings are errors.</param>
    /// <param name="known">How many values were compared with known ones.</param>
    public void Add(string name, int slopes, int kinks, double worst, int wrong, int? known = null) => _rows.Add((name, slopes, kinks, worst, wrong, known));

    /// <summary>Adds what is to be said below the table.</summary>
    public void Explain(string text) => _explanations.Add(text);

    public void Write(Terminal terminal, TimeSpan time, bool json)
    {
        bool known = _rows.Any(row => row.Known is not null);
        var table = new Table { Border = Terminal.HasUnicode(terminal.Out) ? TableBorder.Rounded : TableBorder.Ascii };
        table.AddColumn("").AddColumn(new TableColumn("slopes").RightAligned()).AddColumn(new TableColumn("kinks").RightAligned()).AddColumn(new TableColumn("worst error").RightAligned());
        if (known) table.AddColumn(new TableColumn("known values").RightAligned());
        table.AddColumn("");
        foreach ((string name, int slopes, int kinks, double worst, int wrong, int? values) in _rows)
        {
            List<Text> cells = [new(name), new(Number(slopes)), new(kinks == 0 ? "" : Number(kinks)), new(slopes == 0 ? "" : worst.ToString("0.0E-0", CultureInfo.InvariantCulture))];
            if (known) cells.Add(new Text(values is { } count ? Number(count) : ""));
            cells.Add(wrong == 0 ? new Text("ok", new Style(Color.Green)) : new Text("WRONG", new Style(Color.Red, decoration: Decoration.Bold)));
            table.AddRow(cells);
        }
        terminal.Write(table);
        foreach (string explanation in _explanations) terminal.Out.WriteLine(explanation);

        int bad = _rows.Count(row => row.Wrong > 0), all = _rows.Sum(row => row.Slopes);
        (string worstName, double worstError) = _rows.Count == 0 ? ("", 0) : _rows.Select(row => (row.Name, row.Worst)).MaxBy(row => row.Worst);
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{_rows.Count - bad} of {_rows.Count} right; {all:N0} slopes, {_rows.Sum(row => row.Kinks)} at a kink; worst relative error {worstError:0.0E-0} ({worstName}); {time.TotalSeconds:F1} s"));
        if (json) terminal.Out.WriteLine(new JsonObject
        {
            ["checked"] = _rows.Count,
            ["wrong"] = bad,
            ["slopes"] = all,
            ["kinks"] = _rows.Sum(row => row.Kinks),
            ["known_values"] = _rows.Sum(row => row.Known ?? 0),
            ["worst_relative_error"] = double.IsFinite(worstError) ? worstError : null,
            ["worst_at"] = worstName,
            ["seconds"] = Math.Round(time.TotalSeconds, 3),
        }.ToJsonString());
    }

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
