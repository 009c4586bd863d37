using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>Makes the page of one run, or of several over one another: a file that needs no other.</summary>
internal static class ReportPage
{
    private const string Resources = "Report."; // what the names of its parts begin with

    private static readonly string s_skeleton = Skeleton();

    /// <summary>The page's text.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="silence">Where more is to come, and the page is to load itself again now and then: after how long without a new one the training seems to have been killed; else null.</param>
    public static string Of(IReadOnlyList<RunData> runs, TimeSpan? silence)
    {
        var data = new JsonObject
        {
            ["silence"] = silence?.TotalSeconds,
            ["written"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["runs"] = new JsonArray([.. runs.Select(run => (JsonNode)RunPage.Of(run, runs.Count))]),
        };
        string title = string.Join(", ", runs.Select(run => run.Name));
        return s_skeleton.Replace("<!--title-->", System.Net.WebUtility.HtmlEncode(title), StringComparison.Ordinal)
            .Replace("<!--data-->", data.ToJsonString(), StringComparison.Ordinal); // which writes < as \u003C
    }

    /// <summary>Writes a page where one may be already, which somebody may be looking at: it is the old one or the new one.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Write(string path, string page)
    {
        string temporary = path + ".partial";
        try
        {
            File.WriteAllText(temporary, page, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The page without its data: what it refers to is put in its place.</summary>
    private static string Skeleton()
    {
        string page = Read("report.html");
        foreach (string style in new[] { "uPlot.min.css", "report.css" }) page = Replace(page, $"<link rel=\"stylesheet\" href=\"{style}\">", $"<style>\n{Read(style)}</style>");
        foreach (string script in new[] { "uPlot.iife.min.js", "charts.js", "details.js", "report.js" }) page = Replace(page, $"<script src=\"{script}\"></script>", $"<script>\n{Read(script)}</script>");
        return Replace(page, "<!--licence-->", Read("LICENSE"));
    }

    private static string Replace(string page, string place, string content) =>
        page.Contains(place, StringComparison.Ordinal) ? page.Replace(place, content, StringComparison.Ordinal) : throw new InvalidOperationException($"The report's page has no place {place}.");

    private static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Resources + name)!);
        return reader.ReadToEnd();
    }
}
