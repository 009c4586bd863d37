namespace Backprop.Fuzz;

/// <summary>All formats that the library reads.</summary>
internal static class FuzzedFormats
{
    public static IReadOnlyList<FuzzedFormat> All { get; } =
    [
        new IdxFormat(),
        new PackedIdxFormat(),
        new Cifar10Format(),
        new CsvFormat(values: false),
        new CsvFormat(values: true),
        new PngFormat(),
        new PnmFormat(),
        new SafeTensorsFormat(),
        new SafeTensorsIndexFormat(),
        new ModelFileFormat(tried: false),
        new ModelFileFormat(tried: true),
        new NpyFormat(),
        new NpzFormat(),
        new PyTorchFormat(),
        new CheckpointFormat(resumed: false),
        new CheckpointFormat(resumed: true),
    ];

    /// <summary>The format of this name; null where there is none.</summary>
    public static FuzzedFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);
}
