using System.Globalization;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>A close look at a model, as a page shows it: histograms are made a few characters each.</summary>
internal sealed record RunLook(int Epoch, IReadOnlyList<(string Kind, string Name, JsonArray Shown)> Histograms, JsonArray? Confusion, JsonArray Mistakes, JsonObject? Filters)
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
    private static (string, string, JsonArray) Histogram(JsonNode? each)
    {
        long[] counts = [.. RunData.Required(each, "counts").AsArray().Select(count => (long)(count ?? throw new FormatException("a count is missing")))];
        double most = Math.Max(1, counts.Max()), count = Math.Max(1, counts.Sum()), mean = Number(each!["sum"]) / count;
        double deviation = Number(each["min"]).Equals(Number(each["max"])) ? 0 : Math.Sqrt(Math.Max(0, Number(each["squares"]) / count - mean * mean));
        string bars = string.Concat(counts.Select(bar => Digits[(int)Math.Ceiling(Math.Sqrt(bar / most) * (Digits.Length - 1))]));
        return ((string)RunData.Required(each, "kind")!, (string)RunData.Required(each, "name")!,
            [Rounded(Number(each["min"])), Rounded(Number(each["max"])), Rounded(mean), Rounded(deviation), Math.Round((long)RunData.Required(each, "zeros") / count, 3), bars]);
    }

    private static double Number(JsonNode? node) => node is null ? double.NaN : (double)node;

    /// <summary>To four digits; null for what is not finite.</summary>
    public static JsonNode? Rounded(double value) => double.IsFinite(value) ? double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;
}
