namespace Backprop.Fuzz;

/// <summary>The index of a model in several safetensors files: JSON with the name of a file for each tensor.</summary>
internal sealed class SafeTensorsIndexFormat : FuzzedFormat
{
    public override string Name => "safetensors-index";

    public override IReadOnlyList<string> Words { get; } = [.. Json.Words, "weight_map", "metadata", "total_size", "model-00001-of-00002.safetensors", "../model.safetensors", "/model.safetensors", "C:model.safetensors", "a\\\\b", ".", "..", "..."];

    public override Part Make(RandomSource random) => Json.Object(
        ("metadata", Json.Object(("total_size", Json.Number(random.Next(1 << 30))))),
        ("weight_map", Json.Object(Enumerable.Range(0, random.Next(6)).Select(i => ($"layer{i}.weight", Json.String($"model-0000{i / 3 + 1}-of-00002.safetensors"))))));

    public override void Read(byte[] file, string name)
    {
        foreach ((_, string shard) in SafeTensorsIndex.Read(new MemoryStream(file), name))
        {
            string path = Path.GetFullPath(Path.Combine("/models", shard));
            Check(Path.GetDirectoryName(path) == Path.GetFullPath("/models") && Path.GetFileName(path) == shard, $"the file '{shard}' is not in its folder");
        }
    }

    /// <summary>The tensors: each has a colon.</summary>
    public override long Objects(byte[] file) => file.AsSpan().Count((byte)':');

    /// <summary>The runtime's own message about JSON that is not sound repeats what follows, several times over.</summary>
    public override long BytesAllowed(byte[] file) => base.BytesAllowed(file) + 12L * file.Length;
}
