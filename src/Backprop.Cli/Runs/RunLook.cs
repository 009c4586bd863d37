using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>A close look at a model, as a page shows it: histograms are made a few characters each.</summary>
internal sealed record RunLook(int Epoch, IReadOnlyList<LayerHistogram> Histograms, JsonArray? Confusion, JsonArray Mistakes, JsonObject? Filters)
{
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"; // 64 heights of a bar

    /// <summary>The look of an epoch's event.</summary>
    /// <exception cref="FormatException">Something is missing in it.</exception>
    /// <exception cref="InvalidOperationException">A field is of another type.</exception>
    public static RunLook Of(JsonObject epoch)
    {
        var look = new RunLook((int)RunData.Required(epoch, "epoch"), [.. RunData.Required(epoch, "histograms").AsArray().Select(Histogram)],
            epoch["confusion"]?.AsArray(), epoch["mistakes"]?.AsArray() ?? [], epoch["filters"]?.AsObject());
        foreach (JsonNode? row in look.Confusion ?? []) _ = row?.AsArray().Sum(count => (long?)count);
        foreach (JsonNode? mistake in look.Mistakes)
        {
            foreach (string name in new[] { "index", "actual", "likeliest", "probabilities" }) _ = RunData.Required(mistake, name);
        }
        if (look.Filters is { } filters) _ = (RunData.Required(filters, "name"), RunData.Required(filters, "shape"), RunData.Required(filters, "pictures").AsArray());
        return look;
    }

    /// <summary>Least and greatest number, mean, standard deviation, share of zeros, and the heights of the bars: a digit each, which grows with the square root of the count.</summary>
    private static LayerHistogram Histogram(JsonNode? each)
    {
        JsonArray counts = RunData.Required(each, "counts").AsArray();
        long most = 1, all = 0;
        foreach (JsonNode? bar in counts) (most, all) = (Math.Max(most, Count(bar)), all + Count(bar));
        var bars = new StringBuilder();
        foreach (JsonNode? bar in counts) bars.Append(Digits[(int)Math.Ceiling(Math.Sqrt((double)Count(bar) / most) * (Digits.Length - 1))]);
        double count = Math.Max(1, all), mean = Number(each!["sum"]) / count;
        double deviation = Number(each["min"]).Equals(Number(each["max"])) ? 0 : Math.Sqrt(Math.Max(0, Number(each["squares"]) / count - mean * mean));
        return new LayerHistogram((string)RunData.Required(each, "kind")!, (string)RunData.Required(each, "name")!,
            [Rounded(Number(each["min"])), Rounded(Number(each["max"])), Rounded(mean), Rounded(deviation), Math.Round((long)RunData.Required(each, "zeros") / count, 3), bars.ToString()]);

        static long Count(JsonNode? bar) => bar is null ? throw new FormatException("a count is missing") : (long)bar;
    }

    private static double Number(JsonNode? node) => node is null ? double.NaN : (double)node;

    /// <summary>To four digits; null for what is not finite.</summary>
    public static JsonNode? Rounded(double value) => double.IsFinite(value) ? double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;
}

/// <summary>A histogram as a page shows it.</summary>
/// <param name="Kind">What it is of.</param>
/// <param name="Name">The parameter's name, or the layer's path.</param>
/// <param name="Shown">Its numbers and its bars.</param>
internal sealed record LayerHistogram(string Kind, string Name, JsonArray Shown)
{
    /// <summary>What it has in common with those of other epochs.</summary>
    public string Key => $"{Kind} {Name}";
}
