using System.Text.Json;

namespace Backprop;

/// <summary>A value in the JSON of a file, read with errors that name where it stands.</summary>
internal readonly struct JsonPlace(FileMetadata file, string key, JsonElement element, string path, int index = -1)
{
    /// <summary>From the outermost value, <c>$</c>. Put together when it is asked for: arrays may be long.</summary>
    private string Path => index < 0 ? path : $"{path}[{index}]";

    public bool IsNull => element.ValueKind == JsonValueKind.Null;

    /// <summary>The error of this value: <paramref name="problem"/> goes on from its name.</summary>
    public DataFormatException Bad(string problem, Exception? cause = null) => file.Bad(key, $"at {Path} {problem}", cause);

    /// <summary>The fields of an object, in order.</summary>
    public IEnumerable<KeyValuePair<string, JsonPlace>> Fields()
    {
        Expect(JsonValueKind.Object, "an object");
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string name = Decoded(() => property.Name);
            yield return new(name, new JsonPlace(file, key, property.Value, $"{Path}.{name}"));
        }
    }

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonPlace> Items()
    {
        Expect(JsonValueKind.Array, "an array");
        string place = Path;
        int count = 0;
        foreach (JsonElement item in element.EnumerateArray()) yield return new JsonPlace(file, key, item, place, count++);
    }

    public int Count()
    {
        Expect(JsonValueKind.Array, "an array");
        return element.GetArrayLength();
    }

    /// <summary>A field of an object, if it is there.</summary>
    public JsonPlace? Find(string name)
    {
        Expect(JsonValueKind.Object, "an object");
        return element.TryGetProperty(name, out JsonElement field) ? new JsonPlace(file, key, field, $"{Path}.{name}") : null;
    }

    public JsonPlace Get(string name) => Find(name) ?? throw Bad($"has no \"{name}\"");

    public string Text()
    {
        Expect(JsonValueKind.String, "a text");
        JsonElement text = element;
        return Decoded(() => text.GetString()!);
    }

    public bool Boolean() => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Bad("must be true or false");

    public int Int32() => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) ? number : throw Bad("must be a whole number of 32 bits");

    public long Int64() => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) ? number : throw Bad("must be a whole number of 64 bits");

    public double Double() => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Bad("must be a finite number");

    public byte[] Base64() => element.ValueKind == JsonValueKind.String && element.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw Bad("must be bytes in base64");

    /// <summary>The name of an enum's value.</summary>
    public T Enum<T>() where T : struct, Enum
    {
        string text = Text();
        foreach (T value in System.Enum.GetValues<T>())
        {
            if (value.ToString() == text) return value;
        }
        throw Bad($"is {Quote.Of(text)}, and must be one of {string.Join(", ", System.Enum.GetNames<T>())}");
    }

    /// <summary>The lengths of a shape's axes.</summary>
    public Shape Shape()
    {
        const int MostAxes = 16;
        if (Count() > MostAxes) throw Bad($"must be a shape of at most {MostAxes} axes");
        try
        {
            return Backprop.Shape.Create([.. Items().Select(length => length.Int32())]);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw Bad($"is no shape. {e.Message}", e);
        }
    }

    private void Expect(JsonValueKind kind, string name)
    {
        if (element.ValueKind != kind) throw Bad($"must be {name}");
    }

    /// <summary>Half of a pair of escapes is sound JSON, and no text.</summary>
    private string Decoded(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            throw Bad("is no sound text", e);
        }
    }
}
