namespace Backprop.Fuzz;

/// <summary>NumPy's arrays: a dictionary of Python's in text, and the elements.</summary>
internal sealed class NpyFormat : FuzzedFormat
{
    private static readonly (string Descr, int Size)[] s_types =
        [("<f4", 4), (">f4", 4), ("<f8", 8), (">f8", 8), ("<f2", 2), (">f2", 2), ("|b1", 1), ("|u1", 1), ("|i1", 1), ("<i2", 2), (">u2", 2), ("<i4", 4), (">i4", 4), ("<u4", 4), ("<i8", 8), (">i8", 8), ("<u8", 8)];

    public override string Name => "npy";

    public override IReadOnlyList<string> Words => WordsOfArrays;

    public static IReadOnlyList<string> WordsOfArrays { get; } =
        ["'descr'", "'fortran_order'", "'shape'", "True", "False", "(", ")", "(,)", "()", "'", "'<c8'", "'|O'", "'<U8'", "'<M8[s]'", "'|V4'", "'<f16'", "[('a', '<f4')]", "1L", "18446744073709551616", "\u0093NUMPY", .. s_types.Select(type => $"'{type.Descr}'")];

    public override Part Make(RandomSource random) => Array(random);

    public static Part Array(RandomSource random)
    {
        (string descr, int size) = s_types[random.Next(s_types.Length)];
        int[] shape = new int[random.Next(4)];
        int bytes = size;
        for (int axis = 0; axis < shape.Length; axis++) bytes *= shape[axis] = random.Next(5);
        int version = 1 + random.Next(3);
        var lengths = new List<Part>();
        foreach (int length in shape) lengths.Add(new Group(Json.Number(length), new Text(", ")));
        if (shape.Length > 1) ((Group)lengths[^1]).Children.RemoveAt(1); // '(2, 3)', but '(2, )'
        var dictionary = new Group(
            new Text("{"),
            new Group(new Text("'descr'"), new Text(": "), new Text($"'{descr}'"), new Text(", ")),
            new Group(new Text("'fortran_order'"), new Text(": "), new Text(random.Next(2) == 0 ? "True" : "False"), new Text(", ")),
            new Group(new Text("'shape'"), new Text(": "), new Text("("), new Group(lengths), new Text(")"), new Text(", ")),
            new Text("}"), new Text(new string(' ', random.Next(64))), new Text("\n"));
        Part elements = descr is "|b1" or "<u8" ? new Blob(new byte[bytes]) : Blob.Random(random, bytes); // of which not all bytes are numbers
        return new Group(new Blob([0x93, .. "NUMPY"u8]), Number.Byte(version), Number.Byte(0), new LengthOf(dictionary, version == 1 ? 2 : 4), dictionary, elements);
    }

    public override void Read(byte[] file, string name) => Use(Npy.Load(new MemoryStream(file), name));
}
