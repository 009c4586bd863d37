using System.Text.Json;

namespace Backprop;

/// <summary>A value in the JSON of a file, read with errors that name where it stands.</summary>
/// <remarks>A class, and loops instead of queries: a command that runs for some milliseconds has no time to compile generic code for a struct.</remarks>
/// <param name="file">The file.</param>
/// <param name="key">Whose text the JSON is.</param>
/// <param name="element">The value.</param>
/// <param name="parent">What it is in, if anything.</param>
/// <param name="step">The way from there: <c>.name</c> or <c>[0]</c>.</param>
internal sealed class JsonPlace(FileMetadata file, string key, JsonElement element, JsonPlace? parent = null, string step = "$")
{
    private OrderedDictionary<string, JsonPlace>? _fields;

    /// <summary>From the outermost value, <c>$</c>. Put together when it is asked for: what is in it may be deep and long.</summary>
    private string Path => parent is null ? step : parent.Path + step;

    public bool IsNull => element.ValueKind == JsonValueKind.Null;

    /// <summary>The fields of an object, in order; none is there twice.</summary>
    public OrderedDictionary<string, JsonPlace> Fields => _fields ??= ReadFields();

    /// <summary>The error of this value: <paramref name="problem"/> goes on from its name.</summary>
    public DataFormatException Bad(string problem, Exception? cause = null) => file.Bad(key, $"at {Path} {problem}", cause);

    /// <summary>A field of an object, if it is there.</summary>
    public JsonPlace? Find(string name) => Fields.GetValueOrDefault(name);

    /// <summary>A field of an object.</summary>
    public JsonPlace Get(string name) => Find(name) ?? throw Bad($"has no \"{name}\"");

    /// <summary>The elements of an array.</summary>
    /// <param name="most">How many there may be.</param>
    /// <param name="what">What it should be, for the error.</param>
    public JsonPlace[] Items(int most, string what)
    {
        Expect(JsonValueKind.Array, "an array");
        if (element.GetArrayLength() > most) throw Bad($"must be {what}");
        var items = new JsonPlace[element.GetArrayLength()];
        for (int i = 0; i < items.Length; i++) items[i] = Item(element[i], i);
        return items;
    }

    public string Text()
    {
        Expect(JsonValueKind.String, "a text");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e) // half of a pair of escapes is sound JSON, and no text
        {
            throw Bad("is no sound text", e);
        }
    }

    public bool Boolean() => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Bad("must be true or false");

    public int Int32() => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) ? number : throw Bad("must be a whole number of 32 bits");

    public long Int64() => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) ? number : throw Bad("must be a whole number of 64 bits");

    public double Double() => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Bad("must be a finite number");

    public byte[] Base64()
    {
        Expect(JsonValueKind.String, "bytes in base64");
        try
        {
            if (element.TryGetBytesFromBase64(out byte[]? bytes)) return bytes;
        }
        catch (InvalidOperationException e) // as of a text
        {
            throw Bad("is no sound text", e);
        }
        throw Bad("must be bytes in base64");
    }

    /// <summary>An array of numbers.</summary>
    public double[] Doubles()
    {
        Expect(JsonValueKind.Array, "an array");
        double[] numbers = new double[element.GetArrayLength()];
        int count = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            numbers[count] = item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out double number) && double.IsFinite(number) ? number : Item(item, count).Double();
            count++;
        }
        return numbers;
    }

    /// <summary>An array of texts.</summary>
    public string[] Texts()
    {
        Expect(JsonValueKind.Array, "an array");
        string[] texts = new string[element.GetArrayLength()];
        int count = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            texts[count] = Item(item, count).Text();
            count++;
        }
        return texts;
    }

    /// <summary>The name of an enum's value.</summary>
    public T Enum<T>() where T : struct, Enum
    {
        string text = Text();
        return System.Enum.TryParse(text, out T value) && value.ToString() == text ? value : throw Bad($"is {Quote.Of(text)}, and must be one of {string.Join(", ", System.Enum.GetNames<T>())}");
    }

    /// <summary>The lengths of a shape's axes.</summary>
    public Shape Shape()
    {
        const int MostAxes = 16;
        JsonPlace[] items = Items(MostAxes, $"a shape of at most {MostAxes} axes");
        int[] lengths = new int[items.Length];
        for (int axis = 0; axis < lengths.Length; axis++) lengths[axis] = items[axis].Int32();
        try
        {
            return Backprop.Shape.Create(lengths);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw Bad($"is no shape. {e.Message}", e);
        }
    }

    private OrderedDictionary<string, JsonPlace> ReadFields()
    {
        Expect(JsonValueKind.Object, "an object");
        var fields = new OrderedDictionary<string, JsonPlace>();
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string name = NameOf(property);
            if (!fields.TryAdd(name, new JsonPlace(file, key, property.Value, this, $".{name}"))) throw Bad($"has \"{name}\" twice");
        }
        return fields;
    }

    private JsonPlace Item(JsonElement item, int index) => new(file, key, item, this, $"[{index}]");

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw Bad("has a field whose name is no sound text", e);
        }
    }

    private void Expect(JsonValueKind kind, string name)
    {
        if (element.ValueKind != kind) throw Bad($"must be {name}");
    }
}
