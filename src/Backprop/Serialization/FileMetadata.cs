using System.Buffers.Binary;
using System.Text.Json;

namespace Backprop;

/// <summary>The free text of a safetensors file whose values are JSON, and the errors that name a place in it.</summary>
/// <param name="stream">The file, which an error looks into once more for the place of a key.</param>
/// <param name="origin">Where the file begins in the stream.</param>
/// <param name="file">What errors call it.</param>
/// <param name="texts">The text by key.</param>
internal sealed class FileMetadata(Stream stream, long origin, string file, IReadOnlyDictionary<string, string> texts)
{
    private const string MetadataKey = "__metadata__";

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 2 * ArchitectureReader.MaxDepth + 4 };

    public string File => file;

    /// <summary>The text under a key as it is, if there is any.</summary>
    public string? Text(string key) => texts.GetValueOrDefault(key);

    /// <summary>The JSON under a key, if there is any.</summary>
    /// <exception cref="DataFormatException">It is no sound JSON.</exception>
    public JsonPlace? Read(string key)
    {
        if (Text(key) is not { } text) return null;
        try
        {
            return new JsonPlace(this, key, JsonElement.Parse(text, s_options));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException) // the latter two: text that is no Unicode
        {
            throw Bad(key, $"is no sound JSON. {e.Message}", e);
        }
    }

    /// <summary>The error of a text that is not what it should be.</summary>
    /// <param name="key">Whose text it is.</param>
    /// <param name="problem">What is wrong with it, and the remedy.</param>
    /// <param name="cause">The error underneath, if there is one.</param>
    public DataFormatException Bad(string key, string problem, Exception? cause = null) => new(file, Offset(key), $"the metadata \"{key}\" {problem}", cause);

    /// <summary>Where a key's text begins, in bytes from the start of the file. The header is known to be sound.</summary>
    private long Offset(string key)
    {
        stream.Position = origin;
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        stream.ReadExactly(prefix);
        byte[] header = new byte[BinaryPrimitives.ReadUInt64LittleEndian(prefix)];
        stream.ReadExactly(header);
        var json = new Utf8JsonReader(header);
        bool inMetadata = false;
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName) continue;
            if (json.CurrentDepth == 1) inMetadata = json.ValueTextEquals(MetadataKey);
            else if (inMetadata && json.ValueTextEquals(key))
            {
                json.Read();
                return prefix.Length + json.TokenStartIndex + 1; // behind the quotation mark
            }
        }
        return prefix.Length;
    }
}
