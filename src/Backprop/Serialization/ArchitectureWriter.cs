using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Backprop;

/// <summary>Writes what a model is built of as JSON: for each module its <c>type</c>, its <c>arguments</c> and its <c>modules</c> by name.</summary>
internal static class ArchitectureWriter
{
    /// <summary>Plain JSON, as it may stand inside a text that is escaped once more.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON of a model.</summary>
    /// <exception cref="InvalidOperationException">The model is larger or deeper than a file may describe.</exception>
    public static string Write(Module model)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options)) Write(json, model, "", [], depth: 1);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Module module, string path, Dictionary<Module, string> known, int depth)
    {
        if (depth > ArchitectureReader.MaxDepth || known.Count == ArchitectureReader.MaxModules)
        {
            throw new InvalidOperationException(
                $"Save: a model file describes {ArchitectureReader.MaxModules} modules at most, and {ArchitectureReader.MaxDepth} within one another, and this model has more. " +
                "SafeTensors.Save(path, model.State) saves its weights alone.");
        }
        json.WriteStartObject();
        if (!known.TryAdd(module, path)) json.WriteString("same", known[module]); // one module in several places
        else
        {
            LayerDescription description = module.Description;
            json.WriteString("type", description.Type);
            if (!module.IsBuiltIn) json.WriteBoolean("custom", true);
            if (description.Arguments.FirstOrDefault(argument => !LayerArguments.MayHave(argument)) is { } large)
            {
                throw new InvalidOperationException($"Save: {description} has a {large.Name} larger than a model file may have. SafeTensors.Save(path, model.State) saves the weights alone.");
            }
            if (description.Arguments.Count > 0) WriteArguments(json, description);
            if (module.Children.Count > 0)
            {
                json.WriteStartObject("modules");
                foreach ((string name, Module child) in module.Children)
                {
                    json.WritePropertyName(name);
                    Write(json, child, path.Length == 0 ? name : $"{path}.{name}", known, depth + 1);
                }
                json.WriteEndObject();
            }
        }
        json.WriteEndObject();
    }

    private static void WriteArguments(Utf8JsonWriter json, LayerDescription description)
    {
        json.WriteStartObject("arguments");
        foreach (LayerArgument argument in description.Arguments)
        {
            json.WritePropertyName(argument.Name);
            switch (argument.Value)
            {
                case null: json.WriteNullValue(); break;
                case bool truth: json.WriteBooleanValue(truth); break;
                case int number: json.WriteNumberValue(number); break;
                case double number: json.WriteNumberValue(number); break;
                case Size2d size: WriteNumbers(json, [size.Height, size.Width]); break;
                case Shape shape: WriteNumbers(json, shape.AsSpan()); break;
                default: json.WriteStringValue(argument.Value.ToString()); break; // a text, or the name of an enum's value
            }
        }
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, ReadOnlySpan<int> numbers)
    {
        json.WriteStartArray();
        foreach (int number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
