using System.IO.Compression;
using System.Text;

namespace Backprop.Tests;

public class PyTorchFileTests
{
    /// <summary>A file as torch.save lays it out.</summary>
    private static byte[] FileOf(byte[] pickle, params (string Name, byte[] Content)[] others) => FileOf(pickle, CompressionLevel.NoCompression, others);

    private static byte[] FileOf(byte[] pickle, CompressionLevel level, params (string Name, byte[] Content)[] others)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in (IEnumerable<(string, byte[])>)[("data.pkl", pickle), .. others])
            {
                using Stream entry = zip.CreateEntry("archive/" + name, level).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    private static object? Load(byte[] file) => PyTorchFile.Load(new MemoryStream(file), "x.pt");

    private static string Refusal(byte[] file) => Assert.Throws<DataFormatException>(() => Load(file)).Message;

    private static string RefusalOf(byte[] pickle) => Refusal(FileOf([0x80, 2, .. pickle, (byte)'.']));

    // the instructions of a pickle

    private static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Number(long number) => [0x8A, 8, .. BitConverter.GetBytes(number)];

    private static byte[] Name(string module, string name) => [(byte)'c', .. Encoding.UTF8.GetBytes($"{module}\n{name}\n")];

    private static byte[] Tuple(params byte[][] items) => [(byte)'(', .. items.SelectMany(item => item), (byte)'t'];

    private static byte[] Tuple(long[] numbers) => Tuple([.. numbers.Select(Number)]);

    private static byte[] Storage(string type, long count, string key = "0", string module = "torch") => [.. Tuple(Text("storage"), Name(module, type), Text(key), Text("cpu"), Number(count)), (byte)'Q'];

    private static byte[] Rebuilt(byte[] storage, long offset, long[] lengths, long[] strides) =>
        [.. Name("torch._utils", "_rebuild_tensor_v2"), .. Tuple(storage, Number(offset), Tuple(lengths), Tuple(strides), [0x89], [.. Name("collections", "OrderedDict"), (byte)')', (byte)'R']), (byte)'R'];

    private static byte[] Of(byte[] value) => [0x80, 2, .. value, (byte)'.'];

    private static byte[] Floats(params float[] numbers) => [.. numbers.SelectMany(BitConverter.GetBytes)];

    [Fact]
    public void Load_ViewOfAStorage_IsTheElementsThatTheStridesName()
    {
        byte[] file = FileOf(Of(Rebuilt(Storage("FloatStorage", 6), 1, [2, 2], [1, 3])), ("data/0", Floats(0, 1, 2, 3, 4, 5)));
        var tensor = (Tensor)Load(file)!;
        Assert.Equal<Shape>([2, 2], tensor.Shape);
        Assert.Equal([1f, 4, 2, 5], tensor.ToArray<float>());
    }

    [Fact]
    public void Load_BigEndianFile_HasItsBytesTurned()
    {
        byte[] big = [0x3F, 0x80, 0, 0, 0x40, 0, 0, 0];
        byte[] file = FileOf(Of(Rebuilt(Storage("FloatStorage", 2), 0, [2], [1])), ("data/0", big), ("byteorder", "big"u8.ToArray()));
        Assert.Equal([1f, 2], ((Tensor)Load(file)!).ToArray<float>());
        Assert.Contains("neither little nor big", Refusal(FileOf(Of([(byte)'N']), ("byteorder", "middle"u8.ToArray()))));
    }

    [Fact]
    public void Load_DTypeThatHasNoStorageClass_IsTakenFromTheTensor()
    {
        byte[] value = [.. Name("torch._utils", "_rebuild_tensor_v3"), .. Tuple(Storage("UntypedStorage", 6, module: "torch.storage"), Number(1), Tuple((long[])[2]), Tuple((long[])[1]), [0x89], [(byte)'N'], Name("torch", "uint16")), (byte)'R'];
        Assert.Equal([256, 65535], ((Tensor)Load(FileOf(Of(value), ("data/0", [9, 9, 0, 1, 255, 255])))!).ToArray<int>());
        value = [.. Name("torch._utils", "_rebuild_tensor_v3"), .. Tuple(Storage("UntypedStorage", 6), Number(1), Tuple((long[])[3]), Tuple((long[])[1]), [0x89], [(byte)'N'], Name("torch", "uint16")), (byte)'R'];
        Assert.Contains("reaches element 3 of a storage of 3", Refusal(FileOf(Of(value), ("data/0", new byte[6]))));
    }

    [Theory]
    [InlineData(6, 0, new long[] { 7 }, new long[] { 1 }, "reaches element 6 of a storage of 6")]
    [InlineData(6, 6, new long[] { 1 }, new long[] { 1 }, "reaches element 6")]
    [InlineData(6, long.MaxValue, new long[] { 2 }, new long[] { 1 }, "reaches element 9223372036854775808")]
    [InlineData(6, 0, new long[] { 2, 2 }, new long[] { long.MaxValue, long.MaxValue }, "reaches element 18446744073709551614")]
    [InlineData(6, -1, new long[] { 2 }, new long[] { 1 }, "below 0")]
    [InlineData(6, 0, new long[] { -2 }, new long[] { 1 }, "below 0")]
    [InlineData(6, 5, new long[] { 2 }, new long[] { -1 }, "below 0")]
    [InlineData(6, 0, new long[] { 2 }, new long[] { 1, 1 }, "1 axes and 2 strides")]
    [InlineData(6, 0, new long[] { 65536, 65536 }, new long[] { 0, 0 }, "more elements than a tensor holds")]
    [InlineData(6, 0, new long[] { 65536, 100 }, new long[] { 0, 0 }, "more memory than the file justifies")]
    [InlineData(7, 0, new long[] { 2 }, new long[] { 1 }, "said to have 7 elements of 4 bytes, and 24 bytes are there")]
    [InlineData(-6, 0, new long[] { 2 }, new long[] { 1 }, "said to have -6 elements")]
    [InlineData(long.MaxValue, 0, new long[] { 2 }, new long[] { 1 }, "said to have 9223372036854775807 elements")]
    public void Load_ViewThatDoesNotFitItsStorage_IsRefused(long count, long offset, long[] lengths, long[] strides, string what) =>
        Assert.Contains(what, Refusal(FileOf(Of(Rebuilt(Storage("FloatStorage", count), offset, lengths, strides)), ("data/0", new byte[24]))));

    [Fact]
    public void Load_StorageThatIsMissingOrCompressed_IsRefused()
    {
        byte[] pickle = Of(Rebuilt(Storage("FloatStorage", 1, "../../1"), 0, [1], [1]));
        Assert.Contains("\"../../1\" is not in the file", Refusal(FileOf(pickle)));
        Assert.Contains("compressed", Refusal(FileOf(pickle, CompressionLevel.Optimal)));
        Assert.Contains("TorchScript", Refusal(FileOf(pickle, ("constants.pkl", []))));
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("torch", "load")]
    [InlineData("torch", "ComplexFloatStorage")]
    [InlineData("torch", "QInt8Storage")]
    [InlineData("torch._utils", "_rebuild_qtensor")]
    [InlineData("collections", "defaultdict")]
    [InlineData("numpy.core.multiarray", "scalar")]
    public void Load_AnyOtherName_IsRefusedByNameWithItsByte(string module, string name)
    {
        string message = RefusalOf([(byte)'N', .. Name(module, name)]);
        Assert.StartsWith($"x.pt(archive/data.pkl), byte 3: the pickle asks for \"{module}.{name}\"", message);
        Assert.Contains($"\"{module}.{name}\"", RefusalOf([.. Text(module), .. Text(name), 0x93]));
    }

    [Fact]
    public void Load_AnyOtherInstruction_IsRefusedByNameWithItsByte()
    {
        HashSet<byte> carriedOut = [.. "NJKMGXTU)(}]]hjqrc.beRQusa"u8, (byte)'t', 0x80, .. Enumerable.Range(0x85, 9).Select(i => (byte)i), 0x93, 0x94, 0x95];
        int refused = 0;
        for (int opcode = 0; opcode < 256; opcode++)
        {
            string message = Refusal(FileOf([0x80, 2, (byte)opcode, 0, 0]));
            if (carriedOut.Contains((byte)opcode)) continue;
            string name = ((PickleOpcode)opcode).ToString();
            Assert.StartsWith(char.IsAsciiDigit(name[0])
                ? $"x.pt(archive/data.pkl), byte 2: the byte {opcode:X2} is no instruction"
                : $"x.pt(archive/data.pkl), byte 2: the pickle has the instruction {name}, which tensors and containers do not need; it is not carried out", message);
            refused++;
        }
        Assert.Equal(217, refused);
    }

    [Fact]
    public void Load_PickleThatIsNotSound_IsRefused()
    {
        Assert.Contains("empty stack", RefusalOf([(byte)'R']));
        Assert.Contains("empty stack", RefusalOf([(byte)'N', (byte)'(', (byte)'q', 0]));
        Assert.Contains("there is none", RefusalOf([(byte)'t']));
        Assert.Contains("ends with 0 values", RefusalOf([]));
        Assert.Contains("ends with 2 values", RefusalOf([(byte)'N', (byte)'N']));
        Assert.Contains("2 bytes follow the end", RefusalOf([(byte)'N', (byte)'.', (byte)'N']));
        Assert.Contains("place 1 of the memo is written, and 0 is the next", RefusalOf([(byte)'N', (byte)'q', 1]));
        Assert.Contains("place 0 of the memo is read, and 0 are written", RefusalOf([(byte)'h', 0]));
        Assert.Contains("no list", RefusalOf([(byte)'N', (byte)'N', (byte)'a']));
        Assert.Contains("no dictionary", RefusalOf([(byte)'N', (byte)'N', (byte)'N', (byte)'s']));
        Assert.Contains("1 keys and values", RefusalOf([(byte)'}', (byte)'(', (byte)'N', (byte)'u']));
        Assert.Contains("neither text nor a whole number", RefusalOf([(byte)'}', (byte)'N', (byte)'N', (byte)'s']));
        Assert.Contains("\"1\" twice", RefusalOf([(byte)'}', (byte)'(', (byte)'K', 1, (byte)'N', .. Number(1), (byte)'N', (byte)'u']));
        Assert.Contains("no UTF-8", RefusalOf([(byte)'X', 1, 0, 0, 0, 0xFF]));
        Assert.Contains("the pickle ends", RefusalOf([(byte)'X', 255, 255, 255, 255]));
        Assert.Contains("no OrderedDict", RefusalOf([(byte)']', (byte)'}', (byte)'b']));
        Assert.Contains("no function", RefusalOf([(byte)'N', (byte)')', (byte)'R']));
        Assert.Contains("no storage", RefusalOf([(byte)')', (byte)'Q']));
        Assert.Contains("RebuildTensor is called with 0 arguments", RefusalOf([.. Name("torch._utils", "_rebuild_tensor_v2"), (byte)')', (byte)'R']));
        Assert.Contains("kept as if it were a value", RefusalOf(Name("torch", "FloatStorage")));
        Assert.Contains("kept as if it were a value", RefusalOf([(byte)']', .. Tuple(Name("torch", "Size")), (byte)'a']));
        Assert.Contains("kept as if it were a value", RefusalOf(Tuple(Tuple(Name("torch", "Size")))));
        Assert.Contains("protocol is 0", RefusalOf([0x80, 0]));
        Assert.Contains("no text", RefusalOf([(byte)'N', (byte)'N', 0x93]));
    }

    [Fact]
    public void Load_InstructionsThatAskForMuchMemory_AreRefusedBeforeTheyGetIt()
    {
        foreach (byte opcode in "}](N)"u8)
        {
            byte[] file = FileOf([0x80, 2, .. Enumerable.Repeat(opcode, 1_000_000)]);
            var stream = new MemoryStream(file);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DataFormatException>(() => PyTorchFile.Load(stream, "x.pt"));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * file.Length + (2 << 20));
        }
    }

    [Fact]
    public void Load_ValuesWithinThemselves_NeedNoStack()
    {
        const int Depth = 3_000;
        byte[] deep = FileOf(Of([.. Enumerable.Repeat((byte)']', Depth), .. Enumerable.Repeat((byte)'a', Depth - 1)]));
        var list = (IReadOnlyList<object?>)Load(deep)!;
        int depth = 1;
        for (; list.Count > 0; depth++) list = (IReadOnlyList<object?>)list[0]!;
        Assert.Equal(Depth, depth);
        Assert.Contains("more than 64 deep", TensorsRefusal(deep));
        byte[] circle = FileOf(Of([(byte)']', (byte)'q', 0, (byte)'h', 0, (byte)'a']));
        var around = (IReadOnlyList<object?>)Load(circle)!;
        Assert.Same(around, around[0]);
        Assert.Contains("more than 64 deep", TensorsRefusal(circle));
    }

    [Fact]
    public void LoadTensors_OfValuesUnderEverMoreNames_IsRefusedSoon()
    {
        // [x, x], then a list of that list twice, and so on: 2⁴⁰ names of one tensor
        List<byte> pickle = [0x80, 2, .. Rebuilt(Storage("FloatStorage", 1), 0, [1], [1]), 0x94];
        for (byte level = 0; level < 40; level++) pickle.AddRange([(byte)']', (byte)'h', level, (byte)'a', (byte)'h', level, (byte)'a', 0x94]);
        pickle.Insert(2, (byte)'(');
        pickle.AddRange([(byte)'t', (byte)'.']); // all in a tuple, for one value must remain
        Assert.Contains("more names than the length of the file justifies", TensorsRefusal(FileOf([.. pickle], ("data/0", new byte[4]))));
    }

    private static string TensorsRefusal(byte[] file) => Assert.Throws<DataFormatException>(() => PyTorchFile.LoadTensors(new MemoryStream(file), "x.pt")).Message;

    [Fact]
    public void LoadTensors_NamesThatMeet_AreRefused()
    {
        byte[] x = Rebuilt(Storage("FloatStorage", 1), 0, [1], [1]);
        byte[] pickle = [(byte)'}', (byte)'(', .. Text("a.b"), .. x, .. Text("a"), (byte)'}', .. Text("b"), .. x, (byte)'s', (byte)'u'];
        Assert.Contains("two tensors are called \"a.b\"", TensorsRefusal(FileOf(Of(pickle), ("data/0", new byte[4]))));
        Assert.Contains("neither a dictionary nor a list", TensorsRefusal(FileOf(Of(x), ("data/0", new byte[4]))));
    }

    [Fact]
    public void Load_EveryTruncationOfThePickle_IsRefused()
    {
        byte[] pickle = Of(Rebuilt(Storage("FloatStorage", 1), 0, [1], [1]));
        for (int length = 0; length < pickle.Length; length++) Refusal(FileOf(pickle[..length], ("data/0", new byte[4])));
    }

    [Theory]
    [InlineData("views.pt")]
    [InlineData("checkpoint.pt")]
    [InlineData("compressed.npz")]
    [InlineData("arrays.npz")]
    public void Load_BytesChangedAtRandom_IsReadOrRefusedAndNothingElse(string name)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "Files", name));
        var random = new RandomSource(1);
        int refused = 0;
        for (int round = 0; round < 1000; round++)
        {
            byte[] file = [.. whole];
            for (int change = random.Next(3); change >= 0; change--) file[random.Next(file.Length)] = (byte)random.Next(256);
            try
            {
                if (name.EndsWith(".pt", StringComparison.Ordinal)) PyTorchFile.LoadTensors(new MemoryStream(file), "x.pt");
                else Npz.Load(new MemoryStream(file), "x.npz");
            }
            catch (DataFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 200, 1000);
    }
}
