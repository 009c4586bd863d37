using System.Globalization;

namespace Backprop;

/// <summary>What every model file says of itself, in the metadata of a safetensors file: which format it is in, who wrote it, and how the model is built.</summary>
internal static class ModelFormat
{
    /// <summary>What is written. A change that this version could not read takes the next number; anything that may be passed over does not.</summary>
    public const int Number = 1;

    public const string FormatKey = "backprop.format", VersionKey = "backprop.version", ArchitectureKey = "backprop.architecture";

    /// <summary>The library's version.</summary>
    public static string Version { get; } = typeof(Module).Assembly.GetName().Version!.ToString(3);

    /// <summary>The metadata of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="more">What else there is to say; not under the keys of the format.</param>
    public static IReadOnlyDictionary<string, string> Describe(Module model, IReadOnlyDictionary<string, string>? more = null)
    {
        var metadata = new OrderedDictionary<string, string>
        {
            [FormatKey] = Number.ToString(CultureInfo.InvariantCulture),
            [VersionKey] = Version,
            [ArchitectureKey] = ArchitectureWriter.Write(model),
        };
        foreach ((string key, string text) in more ?? new Dictionary<string, string>())
        {
            if (!metadata.TryAdd(key, text)) throw new ArgumentException($"Save: the metadata \"{key}\" is the library's own. Choose another key.", nameof(more));
        }
        return metadata;
    }

    /// <summary>Whether the file says how its model is built.</summary>
    /// <exception cref="DataFormatException">It says so in a way that only a newer version understands.</exception>
    public static bool IsDescribed(FileMetadata metadata)
    {
        if (metadata.Text(FormatKey) is not { } text) return false;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1) throw metadata.Bad(FormatKey, "must be a whole number from 1 up");
        if (number > Number)
        {
            throw metadata.Bad(FormatKey, $"is {number}, written by version {metadata.Text(VersionKey) ?? "?"} of the library; this is {Version}, which reads up to {Number}. Take a newer version of Backprop");
        }
        return true;
    }
}
