using System.Buffers.Binary;
using System.Text;

namespace Backprop.Fuzz;

/// <summary>safetensors: the length of a header, the header in JSON, the elements.</summary>
internal sealed class SafeTensorsFormat : FuzzedFormat
{
    private static readonly (string Name, int Size)[] s_types = [("F32", 4), ("F64", 8), ("I32", 4), ("I64", 8), ("BOOL", 1)];

    public override string Name => "safetensors";

    public override IReadOnlyList<string> Words { get; } =
        [.. Json.Words, "dtype", "shape", "data_offsets", "__metadata__", "F16", "BF16", "U8", "I8", "U16", "U32", "U64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "C64", .. s_types.Select(type => type.Name)];

    public override Part Make(RandomSource random)
    {
        var members = new List<(string, Part)>();
        var elements = new List<Part>();
        long offset = 0;
        if (random.Next(2) == 0) members.Add(("__metadata__", Json.Object(("format", Json.String("pt")))));
        int count = random.Next(5);
        for (int i = 0; i < count; i++)
        {
            (string type, int size) = s_types[random.Next(s_types.Length)];
            int[] shape = new int[random.Next(4)];
            int bytes = size;
            for (int axis = 0; axis < shape.Length; axis++) bytes *= shape[axis] = random.Next(4);
            elements.Add(type == "BOOL" ? new Blob(new byte[bytes]) : Blob.Random(random, bytes));
            Part offsets = Json.Array(Json.Number(offset), Json.Number(offset += bytes));
            members.Add(($"layer{i}.weight", Json.Object(("dtype", Json.String(type)), ("shape", Json.Array(shape.Select(length => Json.Number(length)))), ("data_offsets", offsets))));
        }
        var header = new Group(Json.Object(members), new Text(new string(' ', random.Next(8))));
        return new Group(new LengthOf(header, 8), header, new Group(elements));
    }

    /// <summary>The parts of a file that is there.</summary>
    public static Part Parse(byte[] file, RandomSource random)
    {
        int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        Part header = Json.Parse(Encoding.UTF8.GetString(file, sizeof(ulong), headerLength), random);
        return new Group(new LengthOf(header, 8), header, new Blob(file[(sizeof(ulong) + headerLength)..]));
    }

    public override void Read(byte[] file, string name)
    {
        SafeTensorsFile read = SafeTensors.Load(new MemoryStream(file), name);
        foreach ((_, Tensor tensor) in read.Tensors) Use(tensor);
    }

    /// <summary>Tensors and texts: each has a colon at least.</summary>
    public override long Objects(byte[] file) => file.AsSpan().Count((byte)':');

    /// <summary>The runtime's own message about JSON that is not sound repeats what follows, several times over.</summary>
    public override long BytesAllowed(byte[] file) => base.BytesAllowed(file) + 12L * file.Length;
}
