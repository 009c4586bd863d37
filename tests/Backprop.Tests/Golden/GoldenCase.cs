using System.Text.Json;

namespace Backprop.Tests;

/// <summary>One case of a golden file; README.md beside it tells what the keys mean. A map that the case does without is empty.</summary>
public sealed class GoldenCase
{
    private readonly JsonElement _json;

    internal GoldenCase(string family, JsonElement json)
    {
        _json = json;
        Family = family;
        Name = json.GetProperty("name").GetString()!;
        Requires = Find("requires") is { } requires ? requires.Deserialize<string[]>()! : [];
        Inputs = Tensors("inputs");
        Outputs = Tensors("outputs");
        Gradients = Tensors("gradients");
        Upstreams = Find("upstream") is { } upstream
            ? new Dictionary<string, GoldenTensor> { ["y"] = GoldenTensor.Read(upstream) }
            : Tensors("upstreams");
    }

    public string Family { get; }
    public string Name { get; }

    /// <summary>Optional features that the case needs, such as <c>groups</c>.</summary>
    public IReadOnlyList<string> Requires { get; }

    public IReadOnlyDictionary<string, GoldenTensor> Inputs { get; }
    public IReadOnlyDictionary<string, GoldenTensor> Outputs { get; }

    /// <summary>∂L/∂input for each input that is differentiated, where L is the sum over the outputs of upstream · output.</summary>
    public IReadOnlyDictionary<string, GoldenTensor> Gradients { get; }

    /// <summary>∂L/∂output by output name; a single <c>upstream</c> belongs to the output <c>y</c>.</summary>
    public IReadOnlyDictionary<string, GoldenTensor> Upstreams { get; }

    public bool HasAttribute(string name) => _json.GetProperty("attributes").TryGetProperty(name, out _);

    /// <summary>A setting: number, bool, string, or an array of them (<c>int[]</c>; <c>int?[]</c> where entries may be null).</summary>
    public T Attribute<T>(string name) => _json.GetProperty("attributes").TryGetProperty(name, out JsonElement value)
        ? value.Deserialize<T>()!
        : throw new KeyNotFoundException($"{this} has no attribute '{name}'.");

    /// <summary>A setting, or <paramref name="absent"/> where the case does without it.</summary>
    public T Attribute<T>(string name, T absent) => HasAttribute(name) ? Attribute<T>(name) : absent;

    /// <summary>What stands under a key of this case alone, such as <c>steps</c> or <c>after_sgd</c>, as it was written.</summary>
    public JsonElement Json(string key) => Find(key) ?? throw new KeyNotFoundException($"{this} has no key '{key}'.");

    /// <summary>The named tensors under a key of this case, such as <c>parameters</c>; empty where the case does without.</summary>
    public IReadOnlyDictionary<string, GoldenTensor> Tensors(string key) =>
        Find(key) is { } map ? GoldenTensor.ReadMap(map) : new Dictionary<string, GoldenTensor>();

    public override string ToString() => $"{Family}/{Name}";

    private JsonElement? Find(string key) => _json.TryGetProperty(key, out JsonElement value) ? value : null;
}
