using System.Collections.Concurrent;
using System.Text.Json;

namespace Backprop.Tests;

/// <summary>Values computed by PyTorch in float64: <c>Load("conv2d")</c> gives the cases of <c>Golden/conv2d.json</c>, <c>Load("Edges/conv2d")</c> the nastier ones.</summary>
public static class GoldenCases
{
    private static readonly ConcurrentDictionary<string, IReadOnlyList<GoldenCase>> s_files = new();

    // Golden/README.md, "Comparing": float32 leaves room for another order of summation; several steps of training add theirs up.
    public const double Float64Tolerance = 1e-10, Float32Tolerance = 1e-5;
    public const double Float64ToleranceAfterSteps = 1e-9, Float32ToleranceAfterSteps = 1e-4;

    /// <summary>The golden files, without their ending: every one but <c>seeds</c>.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. Directory.GetFiles(Folder, "*.json", SearchOption.AllDirectories).Where(path => !path.EndsWith(".index.json", StringComparison.Ordinal))
            .Select(path => Path.ChangeExtension(Path.GetRelativePath(Folder, path), null).Replace('\\', '/')).Where(file => file != "seeds").Order(StringComparer.Ordinal),
    ];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Golden");

    public static IReadOnlyList<GoldenCase> Load(string file) => s_files.GetOrAdd(file, Read);

    public static GoldenCase Get(string file, string name) => Load(file).Single(golden => golden.Name == name);

    /// <summary>The names of a file's cases, each a row of a theory.</summary>
    public static TheoryData<string> Names(string file) => [.. Load(file).Select(golden => golden.Name)];

    /// <summary>A golden file that is no list of cases, such as <c>seeds</c>.</summary>
    public static JsonElement Json(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, file + ".json")));
        return document.RootElement.Clone();
    }

    private static GoldenCase[] Read(string file)
    {
        JsonElement json = Json(file);
        string family = json.GetProperty("family").GetString()!;
        return [.. json.GetProperty("cases").EnumerateArray().Select(golden => new GoldenCase(family, golden))];
    }
}
