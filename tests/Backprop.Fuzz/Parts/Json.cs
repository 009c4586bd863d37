using System.Text.Json;

namespace Backprop.Fuzz;

/// <summary>JSON as parts: each token a word of its own, members and elements groups.</summary>
internal static class Json
{
    /// <summary>Words to be put in the place of tokens.</summary>
    public static IReadOnlyList<string> Words { get; } = ["{}", "[]", "[[]]", "\"\"", "null", "true", "-0", "1.0", "1e2", "1E400", "9223372036854775807", "9223372036854775808", "\"\\u0061\"", "\"\\ud800\"", "\"\\\"\"", "//", ",", ":"];

    public static Part Object(params IEnumerable<(string Name, Part Value)> members) =>
        new Group([new Text("{"), List(members.Select(member => new Group(String(member.Name), new Text(":"), member.Value))), new Text("}")]);

    public static Part Array(params IEnumerable<Part> elements) => new Group(new Text("["), List(elements), new Text("]"));

    public static Part String(string text) => new Group(new Text("\""), new Text(text), new Text("\""));

    public static Part Number(long number) => new Text(FormattableString.Invariant($"{number}"));

    /// <summary>The parts of a JSON text; those of texts in it that are JSON themselves too.</summary>
    public static Part Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Of(document.RootElement);
    }

    private static Part Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Object(element.EnumerateObject().Select(member => (member.Name, Of(member.Value)))),
        JsonValueKind.Array => Array(element.EnumerateArray().Select(Of)),
        JsonValueKind.String when element.GetString() is ['{' or '[', ..] text => new JsonString(Parse(text)),
        JsonValueKind.String => String(JsonEncodedText.Encode(element.GetString()!).ToString()),
        _ => new Text(element.GetRawText()),
    };

    private static Group List(IEnumerable<Part> elements)
    {
        var parts = new List<Part>();
        foreach (Part element in elements) parts.Add(parts.Count == 0 ? element : new Group(new Text(","), element));
        return new Group(parts);
    }
}
