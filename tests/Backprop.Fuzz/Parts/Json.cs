using System.Text.Json;

namespace Backprop.Fuzz;

/// <summary>JSON as parts: each token a word of its own, members and elements groups.</summary>
internal static class Json
{
    private const int MostMembers = 8; // of an object that is taken apart in full

    /// <summary>Words to be put in the place of tokens.</summary>
    public static IReadOnlyList<string> Words { get; } = ["{}", "[]", "[[]]", "\"\"", "null", "true", "-0", "1.0", "1e2", "1E400", "9223372036854775807", "9223372036854775808", "\"\\u0061\"", "\"\\ud800\"", "\"\\\"\"", "//", ",", ":"];

    public static Part Object(params IEnumerable<(string Name, Part Value)> members) =>
        new Group([new Text("{"), List(members.Select(member => new Group(String(member.Name), new Text(":"), member.Value))), new Text("}")]);

    public static Part Array(params IEnumerable<Part> elements) => new Group(new Text("["), List(elements), new Text("]"));

    public static Part String(string text) => new Group(new Text("\""), new Text(text), new Text("\""));

    public static Part Number(long number) => new Text(FormattableString.Invariant($"{number}"));

    /// <summary>The parts of a JSON text; those of texts in it that are JSON themselves too. Of large objects a part of the members stays in one piece: which ones is for each file another matter.</summary>
    public static Part Parse(string json, RandomSource random)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Of(document.RootElement, random);
    }

    private static Part Of(JsonElement element, RandomSource random)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                int pieces = element.GetPropertyCount() <= MostMembers ? 1 : 4;
                return Object(element.EnumerateObject().Select(member => (member.Name, random.Next(pieces) == 0 ? Of(member.Value, random) : new Text(member.Value.GetRawText()))));
            case JsonValueKind.Array:
                return Array(element.EnumerateArray().Select(item => Of(item, random)));
            case JsonValueKind.String when element.GetString() is ['{' or '[', ..] text:
                return new JsonString(Parse(text, random));
            case JsonValueKind.String:
                return String(JsonEncodedText.Encode(element.GetString()!).ToString());
            default:
                return new Text(element.GetRawText());
        }
    }

    private static Group List(IEnumerable<Part> elements)
    {
        var parts = new List<Part>();
        foreach (Part element in elements) parts.Add(parts.Count == 0 ? element : new Group(new Text(","), element));
        return new Group(parts);
    }
}
