namespace Backprop.Fuzz;

/// <summary>safetensors: the length of a header, the header in JSON, the elements.</summary>
internal sealed class SafeTensorsFormat : FuzzedFormat
{
    private static readonly (string Name, int Size)[] s_types = [("F32", 4), ("F64", 8), ("I32", 4), ("I64", 8), ("BOOL", 1)];

    public override string Name => "safetensors";

    public override IReadOnlyList<string> Words { get; } =
        [.. Json.Words, "dtype", "shape", "data_offsets", "__metadata__", "F16", "BF16", "U8", "I8", "U16", "U32", "U64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "C64", .. s_types.Select(type => type.Name)];

    public override Part Make(RandomSource random) => Make(random, [.. Enumerable.Range(0, random.Next(5)).Select(i => $"layer{i}.weight")], [("format", "pt")]);

    /// <summary>A file of tensors of these names, of any shape and dtype.</summary>
    public static Part Make(RandomSource random, IReadOnlyList<string> names, IReadOnlyList<(string Key, string Text)> metadata)
    {
        var members = new List<(string, Part)>();
        var elements = new List<Part>();
        long offset = 0;
        if (random.Next(2) == 0) members.Add(("__metadata__", Json.Object(metadata.Select(entry => (entry.Key, Json.String(entry.Text))))));
        foreach (string name in names)
        {
            (string type, int size) = s_types[random.Next(s_types.Length)];
            int[] shape = new int[random.Next(4)];
            int bytes = size;
            for (int axis = 0; axis < shape.Length; axis++) bytes *= shape[axis] = random.Next(4);
            elements.Add(type == "BOOL" ? new Blob(new byte[bytes]) : Blob.Random(random, bytes));
            Part offsets = Json.Array(Json.Number(offset), Json.Number(offset += bytes));
            members.Add((name, Json.Object(("dtype", Json.String(type)), ("shape", Json.Array(shape.Select(length => Json.Number(length)))), ("data_offsets", offsets))));
        }
        var header = new Group(Json.Object(members), new Text(new string(' ', random.Next(8))));
        return new Group(new LengthOf(header, 8), header, new Group(elements));
    }

    public override void Read(byte[] file, string name)
    {
        SafeTensorsFile read = SafeTensors.Load(new MemoryStream(file), name);
        foreach ((_, Tensor tensor) in read.Tensors) Use(tensor);
    }

    /// <summary>Tensors and texts: each has a colon at least.</summary>
    public override long Objects(byte[] file) => file.AsSpan().Count((byte)':');
}
