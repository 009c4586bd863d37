using System.Globalization;
using System.Text;

namespace Backprop;

/// <summary>The words and columns in which a <see cref="ModelSummary"/> is shown.</summary>
internal static class SummaryText
{
    private static readonly string[] s_headings = ["layer", "what", "output", "parameters", "multiply-adds", "activations"];

    /// <summary>The headings, a row for each layer, the sums; what is zero stays empty.</summary>
    public static string[][] Cells(ModelSummary summary) =>
    [
        s_headings,
        .. summary.Layers.Select(layer =>
            Row(layer.Path, layer.Description, layer.OutputShape?.ToString() ?? "not called", layer.Parameters, layer.MultiplyAdds, layer.ActivationBytes)),
        Row("total", "", "", summary.Parameters, summary.MultiplyAdds, summary.ActivationBytes),
    ];

    /// <summary>What the table does not say.</summary>
    public static string Remark(ModelSummary summary)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"input {summary.InputShape}; parameters {Bytes(summary.ParameterBytes)}");
        if (summary.TrainableParameters < summary.Parameters) text.Append(CultureInfo.InvariantCulture, $", {summary.Parameters - summary.TrainableParameters:N0} of them are not trained");
        if (summary.Buffers > 0) text.Append(CultureInfo.InvariantCulture, $"; {summary.Buffers:N0} numbers in buffers");
        return text.ToString();
    }

    /// <summary>The whole table, in plain characters.</summary>
    public static string Of(ModelSummary summary)
    {
        string[][] rows = Cells(summary);
        int[] widths = [.. s_headings.Select((_, column) => rows.Max(row => row[column].Length))];
        string line = new('-', widths.Sum() + 2 * (widths.Length - 1));
        var text = new StringBuilder();
        for (int i = 0; i < rows.Length; i++)
        {
            if (i == 1 || i == rows.Length - 1) text.AppendLine(line);
            IEnumerable<string> cells = rows[i].Select((cell, column) => column < ModelSummary.WordColumns ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.AppendLine(string.Join("  ", cells).TrimEnd());
        }
        return text.Append(Remark(summary)).ToString();
    }

    /// <summary>For example <c>67.5 KB</c>, of 1,024 bytes each.</summary>
    private static string Bytes(long bytes) => bytes switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):F1} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):F1} GB"),
    };

    private static string[] Row(string path, string what, string output, long parameters, long multiplyAdds, long bytes) =>
        [path, what, output, Count(parameters), Count(multiplyAdds), bytes == 0 ? "" : Bytes(bytes)];

    private static string Count(long count) => count == 0 ? "" : count.ToString("N0", CultureInfo.InvariantCulture);
}
