using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Backprop.Cli;

/// <summary>What a training or an evaluation brought: a table for people, a line of JSON for programs.</summary>
internal sealed class Report
{
    private readonly List<(string Name, string Text)> _rows = [];
    private readonly JsonObject _fields = [];

    /// <summary>Adds something, for the table and for the line.</summary>
    public void Add(string name, string text, string field, JsonNode? value)
    {
        _rows.Add((name, text));
        _fields[field] = value;
    }

    /// <summary>Adds something for the line only.</summary>
    public void Add(string field, JsonNode? value) => _fields[field] = value;

    /// <summary>The model, and how it does on a test set.</summary>
    public void AddModel(Model model, string data, Scores test)
    {
        IReadOnlyList<Parameter> parameters = model.Module.Parameters;
        int count = parameters.Sum(parameter => parameter.ElementCount);
        Add("model", model.Name ?? "unnamed", "model", model.Name);
        Add("parameters", count.ToString("N0", CultureInfo.InvariantCulture), "parameters", count);
        Add("data", data, "data", data);
        Add("epochs", model.Training?.Epochs.ToString(CultureInfo.InvariantCulture) ?? "not known", "epochs", model.Training?.Epochs);
        Add("test loss", test.Loss.ToString("F4", CultureInfo.InvariantCulture), "test_loss", Number(test.Loss));
        double? accuracy = test.Metrics.TryGetValue("accuracy", out double value) ? value : null;
        Add("test_accuracy", accuracy);
        if (accuracy is { } share) _rows.Add(("test accuracy", share.ToString("F4", CultureInfo.InvariantCulture)));
        Add("test_images", test.Examples);
    }

    /// <summary>How long it took, and what it needed.</summary>
    public void AddCost(double trainSeconds, double imagesPerSecond, Module model)
    {
        if (trainSeconds > 0) _rows.Add(("training", string.Create(CultureInfo.InvariantCulture, $"{trainSeconds:F1} s")));
        Add("train_seconds", Math.Round(trainSeconds, 3));
        Add("images a second", imagesPerSecond.ToString("N0", CultureInfo.InvariantCulture), "images_per_second", Math.Round(imagesPerSecond, 1));
        double memory = PeakMemory.Megabytes;
        Add("peak memory", string.Create(CultureInfo.InvariantCulture, $"{memory} MB"), "peak_rss_mb", memory);
        string hash = model.WeightsSha256();
        Add("weights", hash[..16] + "…", "weights_sha256", hash);
    }

    /// <summary>Writes the table, and the line if it is asked for.</summary>
    public void Write(Terminal terminal, bool json, bool withTable = true)
    {
        if (withTable) WriteTable(terminal);
        if (json) terminal.Out.WriteLine(_fields.ToJsonString());
    }

    private void WriteTable(Terminal terminal)
    {
        var table = new Table().HideHeaders().AddColumn("").AddColumn("");
        table.Border = Terminal.HasUnicode(terminal.Out) ? TableBorder.Rounded : TableBorder.Ascii;
        foreach ((string name, string text) in _rows) table.AddRow(new Text(name), new Text(text));
        terminal.Write(table);
    }

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;
}
