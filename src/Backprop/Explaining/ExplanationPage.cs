using System.Net;

namespace Backprop;

/// <summary>Puts the page together: its HTML, styles and program as they stand in their files, and the data.</summary>
internal static class ExplanationPage
{
    public static string Write(string title, ExplainedGraph graph, GraphLevel level, SketchBook sketches, ChainRule chains)
    {
        string page = Resource.Text("explain.html"), data = ExplanationJson.Write(graph, sketches, chains, level);
        return string.Concat(page.Split("{{").SelectMany((part, i) => i == 0 ? [part] : Filled(part.Split("}}", 2))));

        string[] Filled(string[] part) => [part[0] switch
        {
            "title" => WebUtility.HtmlEncode(title),
            "styles" => Resource.Text("graph.css") + Resource.Text("explain.css"),
            "program" => Resource.Text("explain.js"),
            _ => data, // JSON without a single <
        }, part[1]];
    }
}
