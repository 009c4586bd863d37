using System.Collections.Concurrent;
using System.Text.Json;

namespace Backprop.Tests;

/// <summary>
/// Values computed by PyTorch in float64: <c>GoldenCases.Load("conv2d")</c> gives the cases of <c>Golden/conv2d.json</c>. As a theory:
/// <code>
/// public static TheoryData&lt;string&gt; Cases => GoldenCases.Names("conv2d");
/// [Theory, MemberData(nameof(Cases))]
/// public void Conv2d_AgreesWithPyTorch(string name) { GoldenCase golden = GoldenCases.Get("conv2d", name); … }
/// </code>
/// </summary>
public static class GoldenCases
{
    private static readonly ConcurrentDictionary<string, IReadOnlyList<GoldenCase>> s_families = new();

    // Golden/README.md, "Comparing": float32 leaves room for another order of summation; several steps of training add theirs up.
    public const double Float64Tolerance = 1e-10, Float32Tolerance = 1e-5;
    public const double Float64ToleranceAfterSteps = 1e-9, Float32ToleranceAfterSteps = 1e-4;

    /// <summary>All families, by name: every golden file but <c>seeds</c>.</summary>
    public static IReadOnlyList<string> Families { get; } =
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden"), "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Where(family => family != "seeds").Order(StringComparer.Ordinal),
    ];

    public static IReadOnlyList<GoldenCase> Load(string family) => s_families.GetOrAdd(family, Read);

    public static GoldenCase Get(string family, string name) => Load(family).Single(golden => golden.Name == name);

    /// <summary>The names of a family's cases, each a row of a theory.</summary>
    public static TheoryData<string> Names(string family) => [.. Load(family).Select(golden => golden.Name)];

    /// <summary>A golden file that is no list of cases, such as <c>seeds</c>.</summary>
    public static JsonElement Json(string family)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Golden", family + ".json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    private static GoldenCase[] Read(string family) =>
        [.. Json(family).GetProperty("cases").EnumerateArray().Select(json => new GoldenCase(family, json))];
}
