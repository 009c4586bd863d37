using System.Text;

namespace Backprop.Fuzz;

/// <summary>What <c>torch.save</c> writes: a zip file with a pickle, the program that rebuilds what was saved, and the elements of the tensors.</summary>
internal sealed class PyTorchFormat : FuzzedFormat
{
    private static readonly (string Storage, int Size)[] s_types = [("FloatStorage", 4), ("DoubleStorage", 8), ("LongStorage", 8), ("IntStorage", 4), ("HalfStorage", 2), ("BFloat16Storage", 2), ("ByteStorage", 1)];

    public override string Name => "pt";

    public override IReadOnlyList<string> Words { get; } =
    [
        "(", ".", "0", "1", "2", "J\u0001\u0000\u0000\u0000", "K\u0003", "N", "Q", "R", "X\u0001\u0000\u0000\u0000a", "a", "b", "}", "e", "h\u0000", "]", "j\u0000\u0000\u0000\u0000", "q\u0000", "s", "t", ")", "u", "l", "d",
        "\u0081", "\u0085", "\u0086", "\u0087", "\u0088", "\u0089", "\u008a\u0001\u007f", "\u008c\u0001a", "\u008f", "\u0090", "\u0093", "\u0094", "\u0095\u00ff\u0000\u0000\u0000\u0000\u0000\u0000\u0000", "G\u007f\u00f0\u0000\u0000\u0000\u0000\u0000\u0000",
        "cos\nsystem\n", "c__builtin__\neval\n", "cbuiltins\ngetattr\n", "ctorch\nSize\n", "ctorch\nfloat32\n", "ctorch._utils\n_rebuild_parameter\n", "ctorch\nUntypedStorage\n", "iposix\nsystem\n", "o",
        "archive/data.pkl", "archive/data/0", "archive/data/1", "../data.pkl", "storage", "cpu", "cuda:0", .. s_types.Select(type => type.Storage),
    ];

    public override Part Make(RandomSource random)
    {
        int count = random.Next(4);
        var entries = new List<(string, Part, bool)>();
        var items = new List<Part>();
        for (int i = 0; i < count; i++)
        {
            (string storage, int size) = s_types[random.Next(s_types.Length)];
            int rows = 1 + random.Next(3), columns = 1 + random.Next(4);
            bool isTransposed = random.Next(3) == 0;
            (int, int) strides = isTransposed ? (1, rows) : (columns, 1);
            items.Add(new Group(String($"layer{i}.weight"), Tensor(storage, i, rows * columns, (rows, columns), strides)));
            entries.Add(($"archive/data/{i}", Blob.Random(random, rows * columns * size), false));
        }
        if (random.Next(2) == 0) items.Add(new Group(String("epoch"), Integer(random.Next(1000))));
        if (random.Next(2) == 0) items.Add(new Group(String("rates"), Shared(random)));
        var pickle = new Group(Op(0x80), Number.Byte(2), Global("collections", "OrderedDict"), Op(')'), Op('R'), Put(0), Op('('), new Group(items), Op('u'), Op('.'));
        entries.Insert(0, ("archive/data.pkl", pickle, false));
        entries.Insert(1, ("archive/version", new Text("3\n"), false));
        if (random.Next(2) == 0) entries.Insert(1, ("archive/byteorder", new Text("little"), false));
        return Zip.Of(entries);
    }

    public override void Read(byte[] file, string name)
    {
        Walk(PyTorchFile.Load(new MemoryStream(file), name), 0);
        foreach (Tensor tensor in PyTorchFile.LoadTensors(new MemoryStream(file), name).Values) Use(tensor);
    }

    public override long Unpacked(byte[] file) => Zip.Unpacked(file);

    /// <summary>The entries.</summary>
    public override long Objects(byte[] file) => file.AsSpan().Count("PK"u8);

    /// <summary>Instructions of one byte make values: a megabyte of them is allowed however small the file is, each time that it is read, and a quarter more for what keeps them.</summary>
    public override long BytesAllowed(byte[] file) => 2 * (base.BytesAllowed(file) + (5 << 18));

    private static void Walk(object? value, int depth)
    {
        if (depth > 3) return; // a list may hold itself
        if (value is Tensor tensor) Use(tensor);
        else if (value is IReadOnlyDictionary<object, object?> dictionary)
        {
            foreach ((_, object? item) in dictionary) Walk(item, depth + 1);
        }
        else if (value is IReadOnlyList<object?> list)
        {
            foreach (object? item in list.Take(100)) Walk(item, depth + 1);
        }
    }

    private static Group Tensor(string storage, int key, int count, (int, int) shape, (int, int) strides) => new(
        Global("torch._utils", "_rebuild_tensor_v2"), Op('('),
        new Group(Op('('), String("storage"), Global("torch", storage), String($"{key}"), String("cpu"), Integer(count), Op('t'), Op('Q')),
        Integer(0), Pair(shape), Pair(strides), Op(0x89), Global("collections", "OrderedDict"), Op(')'), Op('R'), Op('t'), Op('R'));

    /// <summary>A list that holds another one several times, which is how a short pickle becomes a large value.</summary>
    private static Group Shared(RandomSource random) => new(
        Op(']'), Put(1), Op('('),
        new Group(Op(']'), Put(2), Op('('), new Group(Enumerable.Range(0, random.Next(4)).Select(Integer)), Op('e')),
        new Group(Enumerable.Range(0, random.Next(4)).Select(_ => Get(2))), Op('e'));

    private static Group Pair((int First, int Second) pair) => new(Integer(pair.First), Integer(pair.Second), Op(0x86));

    private static Group Integer(int number) => number < 256 ? new(Op('K'), Number.Byte(number)) : new(Op('M'), Number.Little(number, 2));

    private static Group Global(string module, string name) => new(Op('c'), new Text(module), new Text("\n"), new Text(name), new Text("\n"));

    private static Group Put(int place) => new(Op('q'), Number.Byte(place));

    private static Group Get(int place) => new(Op('h'), Number.Byte(place));

    private static Group String(string text)
    {
        var bytes = new Text(text);
        return new Group(Op('X'), new LengthOf(bytes, 4), bytes);
    }

    private static Text Op(int code) => new(Encoding.Latin1.GetString([(byte)code]));
}
