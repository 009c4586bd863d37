using System.Buffers.Binary;
using System.Text;

namespace Backprop.Tests;

public class SafeTensorsTests
{
    private static byte[] FileOf(string header, int dataLength, ulong? headerLength = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), file = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength ?? (ulong)json.Length);
        json.CopyTo(file, 8);
        return file;
    }

    private static string Refusal(byte[] file) => Assert.Throws<DataFormatException>(() => SafeTensors.Load(new MemoryStream(file), "weights.safetensors")).Message;

    private static Dictionary<string, Tensor> EveryDType() => new()
    {
        ["mask"] = Tensor.From<bool>(true, false, true),
        ["f32"] = Tensor.From([1.5f, -0f, float.NaN, float.PositiveInfinity, float.Epsilon, 3], [2, 3]),
        ["f64"] = Tensor.Scalar(Math.PI, DType.Float64),
        ["i32"] = Tensor.From(int.MinValue, int.MaxValue),
        ["i64"] = Tensor.From(long.MinValue, long.MaxValue),
        ["empty"] = Tensor.Zeros([0, 4]),
        ["naïve \"größe\""] = Tensor.Ones([1]),
    };

    [Fact]
    public void LoadMetadata_GivesTheText_AndRefusesADamagedHeader()
    {
        string path = Path.GetTempFileName();
        try
        {
            SafeTensors.Save(path, EveryDType(), new Dictionary<string, string> { ["note"] = "übermäßig" });
            Assert.Equal(new Dictionary<string, string> { ["note"] = "übermäßig" }, SafeTensors.LoadMetadata(path));
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
            Assert.StartsWith($"{path}, byte ", Assert.Throws<DataFormatException>(() => SafeTensors.LoadMetadata(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void SaveAndLoad_EveryDType_GivesTheSameBits()
    {
        Dictionary<string, Tensor> tensors = EveryDType();
        var stream = new MemoryStream();
        SafeTensors.Save(stream, tensors, new Dictionary<string, string> { ["format"] = "pt", ["note"] = "übermäßig" });
        stream.Position = 0;
        SafeTensorsFile file = SafeTensors.Load(stream, "memory");
        Assert.Equal("übermäßig", file.Metadata["note"]);
        Assert.Equal(tensors.Keys.Order(), file.Tensors.Keys.Order());
        foreach ((string name, Tensor tensor) in tensors)
        {
            Assert.Equal((tensor.Shape, tensor.DType), (file.Tensors[name].Shape, file.Tensors[name].DType));
            Assert.Equal(Bytes(tensor), Bytes(file.Tensors[name]));
        }

        static byte[] Bytes(Tensor tensor)
        {
            var bytes = new List<byte>();
            TensorBytes.Visit(tensor, block => bytes.AddRange(block));
            return [.. bytes];
        }
    }

    [Fact]
    public void Save_LayoutIsTheReferenceImplementations()
    {
        var stream = new MemoryStream();
        SafeTensors.Save(stream, new Dictionary<string, Tensor> { ["a"] = Tensor.From<float>(1, 2), ["b"] = Tensor.From(7L) });
        const string header = """{"b":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""";
        byte[] file = stream.ToArray();
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        Assert.Equal(0u, length % 8); // the data is aligned, and so are the wider elements, which come first
        Assert.Equal(header, Encoding.UTF8.GetString(file, 8, (int)length).TrimEnd(' '));
        Assert.Equal([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40], file[^16..]);
    }

    [Fact]
    public void Load_TensorMadeInsideAStep_OutlivesIt()
    {
        var stream = new MemoryStream();
        SafeTensors.Save(stream, new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([1000]) });
        stream.Position = 0;
        Tensor x;
        using (new StepMemory().Begin()) x = SafeTensors.Load(stream, "memory").Tensors["x"];
        Assert.Equal(1, x.At(999));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "byte 120", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "byte 63", "4 bytes in front of \"a\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "byte 70", "the last 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "byte 69", "cut off")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", 12, "byte 9", "takes 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "byte 9", "begin ≤ end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[65536,65536],"data_offsets":[0,8]}}""", 8, "byte 9", "more elements")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}""", 8, "byte 9", "more elements")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}""", 8, "byte 37", "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8, "byte 37", "whole number")]
    [InlineData("""{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}""", 8, "byte 22", "complex")]
    [InlineData("""{"a":{"dtype":"F4","shape":[16],"data_offsets":[0,8]}}""", 8, "byte 22", "F4, several numbers to a byte")]
    [InlineData("""{"a":{"dtype":"F6_E2M3","shape":[8],"data_offsets":[0,6]}}""", 6, "byte 22", "F6_E2M3, several numbers to a byte")]
    [InlineData("""{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}""", 8, "byte 22", "\"f32\", which is none of the format's")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}""", 1, "byte 164", "more than 64")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0,9223372036854775807],"data_offsets":[0,0]}}""", 0, "byte 9", "more elements")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3,1073741825,0],"data_offsets":[0,0]}}""", 0, "byte 9", "more elements")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "byte 9", "lacks")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "byte 28", "\"dtype\" too many")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "byte 62", "twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "byte 29", "no text")]
    [InlineData("""{"a":[1]}""", 0, "byte 13", "no JSON object")]
    [InlineData("""{"a":""", 0, "byte", "no sound JSON")]
    [InlineData("""{} {}""", 0, "byte", "no sound JSON")]
    [InlineData("""[]""", 0, "byte 8", "'{'")]
    [InlineData("", 0, "byte 8", "'{'")]
    public void Load_UnsoundHeader_IsRefusedWithFileAndByte(string header, int dataLength, string where, string what)
    {
        string message = Refusal(FileOf(header, dataLength));
        Assert.StartsWith("weights.safetensors, " + where, message);
        Assert.Contains(what, message);
    }

    [Fact]
    public void Load_EntryThatSaysMore_IsRead() =>
        Assert.Equal(0, SafeTensors.Load(new MemoryStream(FileOf("""{"a":{"dtype":"F32","later":{"x":[1,{}]},"shape":[],"data_offsets":[0,4]}}""", 4)), "x").Tensors["a"].Item());

    [Fact]
    public void Load_HeaderLongerThanTheFile_IsRefusedBeforeItIsAllocated()
    {
        Assert.Contains("18446744073709551615", Refusal(FileOf("{}", 0, ulong.MaxValue)));
        Assert.Contains("3 bytes, but 2 follow", Refusal(FileOf("{}", 0, 3)));
        Assert.Contains("byte 5", Refusal(new byte[5]));
    }

    [Fact]
    public void Load_BoolThatIsNeitherTrueNorFalse_IsRefused()
    {
        byte[] file = FileOf("""{"m":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}""", 3);
        file[^2] = 2;
        Assert.Contains($"byte {file.Length - 2}: \"m\", BOOL: element 1 is 2", Refusal(file));
    }

    [Fact]
    public void Load_EveryTruncation_IsRefused()
    {
        var stream = new MemoryStream();
        SafeTensors.Save(stream, EveryDType());
        byte[] file = stream.ToArray();
        for (int length = 0; length < file.Length; length++) Refusal(file[..length]);
    }

    [Fact]
    public void Load_BytesChangedAtRandom_IsReadOrRefusedAndNothingElse()
    {
        var stream = new MemoryStream();
        SafeTensors.Save(stream, EveryDType(), new Dictionary<string, string> { ["format"] = "pt" });
        var random = new RandomSource(1);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] file = stream.ToArray();
            for (int change = random.Next(3); change >= 0; change--) file[random.Next(file.Length)] = (byte)random.Next(256);
            try
            {
                SafeTensors.Load(new MemoryStream(file), "weights.safetensors");
            }
            catch (DataFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 1999); // most of the file is header; a change of a number among the data is not seen
    }

    [Fact]
    public void Save_NameThatIsReserved_IsRefused() =>
        Assert.Throws<ArgumentException>(() => SafeTensors.Save(new MemoryStream(), new Dictionary<string, Tensor> { ["__metadata__"] = Tensor.Ones([1]) }));

    [Fact]
    public void Save_ThatFails_LeavesTheOldFileAndNothingElse()
    {
        string folder = Directory.CreateTempSubdirectory("backprop").FullName, path = Path.Combine(folder, "model.safetensors");
        try
        {
            SafeTensors.Save(path, new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([2]) });
            KeyValuePair<string, Tensor>[] twice = [new("x", Tensor.Zeros([2])), new("x", Tensor.Zeros([2]))];
            Assert.Throws<ArgumentException>(() => SafeTensors.Save(path, twice));
            Assert.Equal([1, 1], SafeTensors.Load(path).Tensors["x"].ToArray<float>());
            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Load_UnsignedNumberThatInt64CannotHold_IsRefusedWithItsPlace()
    {
        byte[] file = FileOf("""{"u":{"dtype":"U64","shape":[3],"data_offsets":[0,24]}}""", 24);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(^24), long.MaxValue);
        Assert.Equal([long.MaxValue, 0, 0], SafeTensors.Load(new MemoryStream(file), "u").Tensors["u"].ToArray<long>());
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(^8), 1UL << 63);
        Assert.Contains($"byte {file.Length - 8}: \"u\", U64: element 2 is 9223372036854775808, more than Int64 holds", Refusal(file));
    }

    [Fact]
    public void Load_TextFromTheFileInAMessage_IsShortAndSteersNoTerminal()
    {
        string message = Refusal(FileOf($$$"""{"\u001b[31m{{{new string('x', 10_000)}}}":1}""", 0));
        Assert.Contains("\"?[31mxxx", message);
        Assert.InRange(message.Length, 100, 300);
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.Bool)]
    public void Load_StreamThatStartsLater_IsReadFromThereAndStaysOpen(DType dtype)
    {
        var stream = new MemoryStream();
        stream.Write([1, 2, 3]);
        SafeTensors.Save(stream, new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([5], dtype) });
        stream.Position = 3;
        Assert.Equal([1.0, 1, 1, 1, 1], Enumerable.Range(0, 5).Select(i => SafeTensorsAt3(stream)["x"].At(i)));

        static IReadOnlyDictionary<string, Tensor> SafeTensorsAt3(MemoryStream stream)
        {
            stream.Position = 3;
            return SafeTensors.Load(stream, "x").Tensors;
        }
    }
}
