using System.Globalization;
using System.Numerics.Tensors;
using System.Text;

namespace Backprop.Tests;

public sealed class SafeTensorsArchiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("backprop").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private static OrderedDictionary<string, Tensor> Some() => new()
    {
        ["table"] = Tensor.Range(40).Reshape([10, 4]),
        ["big"] = Tensor.Range(100, DType.Float64),
        ["count"] = Tensor.Scalar(7, DType.Int64),
        ["empty"] = Tensor.Zeros([0, 3]),
        ["mask"] = Tensor.From(true, false),
    };

    [Fact]
    public void Open_ListsAndReadsTensorsOneAtATime()
    {
        SafeTensors.Save(In("a.safetensors"), Some(), new Dictionary<string, string> { ["note"] = "x" });
        using SafeTensorsArchive archive = SafeTensors.Open(In("a.safetensors"));
        Assert.Equal(["big F64 [100]", "count I64 []", "table F32 [10, 4]", "empty F32 [0, 3]", "mask BOOL [2]"], archive.Entries.Select(entry => entry.ToString()));
        Assert.Equal([800, 8, 160, 0, 2], archive.Entries.Select(entry => entry.ByteCount));
        Assert.Equal("x", archive.Metadata["note"]);
        Assert.Equal(Some()["table"].ToArray<float>(), archive.Read("table").ToArray<float>());
        Assert.Equal([true, false], archive.Read("mask").ToArray<bool>());
        Assert.Contains("\"none\"", Assert.Throws<KeyNotFoundException>(() => archive.Read("none")).Message);
    }

    [Fact]
    public void Read_Rows_AreThoseOfTheFirstAxis()
    {
        SafeTensors.Save(In("a.safetensors"), Some());
        using SafeTensorsArchive archive = SafeTensors.Open(In("a.safetensors"));
        Tensor rows = archive.Read("table", 2..4);
        Assert.Equal<Shape>([2, 4], rows.Shape);
        Assert.Equal([8f, 9, 10, 11, 12, 13, 14, 15], rows.ToArray<float>());
        Assert.Equal([99.0], archive.Read("big", ^1..).ToArray<double>());
        Assert.Equal(0, archive.Read("table", 3..3).ElementCount);
        Assert.Equal(0, archive.Read("empty", ..).ElementCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => archive.Read("table", 2..11));
        Assert.Throws<ArgumentOutOfRangeException>(() => archive.Read("table", ^11..));
        Assert.Throws<ArgumentOutOfRangeException>(() => archive.Read("table", 3..2));
        Assert.Contains("scalar", Assert.Throws<ArgumentOutOfRangeException>(() => archive.Read("count", ..)).Message);
    }

    [Fact]
    public void View_ShowsTheElementsWithoutACopy()
    {
        Tensor large = Tensor.Range(1_000_000);
        SafeTensors.Save(In("a.safetensors"), Some().Append(new("large", large)));
        using SafeTensorsArchive archive = SafeTensors.Open(In("a.safetensors"));
        archive.View("table", (ReadOnlySpan<float> all) => all.Length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        float greatest = archive.View("large", (ReadOnlySpan<float> all) => TensorPrimitives.Max(all));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        Assert.Equal(999_999, greatest);
        Assert.Equal(7, archive.View("count", (ReadOnlySpan<long> all) => all[0]));
        Assert.Equal(0, archive.View("empty", (ReadOnlySpan<float> all) => all.Length));
        Assert.Equal(1, archive.View("mask", (ReadOnlySpan<byte> all) => all[0]));
    }

    [Fact]
    public void View_AsAnotherType_OrWhereItIsNotAligned_IsRefused()
    {
        SafeTensors.Save(In("a.safetensors"), Some());
        using (SafeTensorsArchive archive = SafeTensors.Open(In("a.safetensors")))
        {
            Assert.Contains("F32 in the file, not Double", Assert.Throws<InvalidCastException>(() => archive.View("table", (ReadOnlySpan<double> all) => 0)).Message);
            Assert.Throws<InvalidCastException>(() => archive.View("mask", (ReadOnlySpan<bool> all) => 0));
        }
        byte[] header = Encoding.UTF8.GetBytes("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} """);
        File.WriteAllBytes(In("odd.safetensors"), [(byte)header.Length, 0, 0, 0, 0, 0, 0, 0, .. header, 0, 0, 128, 63]);
        using SafeTensorsArchive odd = SafeTensors.Open(In("odd.safetensors"));
        Assert.Contains("no multiple of 4", Assert.Throws<InvalidOperationException>(() => odd.View("x", (ReadOnlySpan<float> all) => 0)).Message);
        Assert.Equal(1, odd.Read("x").Item());
    }

    [Fact]
    public void Open_UsedFromManyThreads_GivesEachItsTensor()
    {
        var tensors = Enumerable.Range(0, 50).ToDictionary(i => i.ToString(CultureInfo.InvariantCulture), i => Tensor.Full([2000], i));
        SafeTensors.Save(In("a.safetensors"), tensors);
        using SafeTensorsArchive archive = SafeTensors.Open(In("a.safetensors"));
        Parallel.For(0, 500, i => Assert.Equal(tensors[$"{i % 50}"].ToArray<float>(), archive.Read($"{i % 50}").ToArray<float>()));
    }

    [Fact]
    public void SaveShards_AndLoadTheIndex_GiveTheSameTensors()
    {
        string index = In("model.safetensors.index.json");
        SafeTensors.SaveShards(index, Some(), maxShardBytes: 170, new Dictionary<string, string> { ["format"] = "pt" });
        Assert.Equal(["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", "model.safetensors.index.json"],
            Directory.GetFiles(_folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal("""
            {
              "metadata": {
                "total_size": 970
              },
              "weight_map": {
                "table": "model-00001-of-00003.safetensors",
                "big": "model-00002-of-00003.safetensors",
                "count": "model-00003-of-00003.safetensors",
                "empty": "model-00003-of-00003.safetensors",
                "mask": "model-00003-of-00003.safetensors"
              }
            }
            """.ReplaceLineEndings("\n"), File.ReadAllText(index));
        SafeTensorsFile file = SafeTensors.Load(index);
        Assert.Equal(["table", "big", "count", "empty", "mask"], file.Tensors.Keys);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(Some()["big"].ToArray<double>(), file.Tensors["big"].ToArray<double>());
        using SafeTensorsArchive archive = SafeTensors.Open(index);
        Assert.Equal([4f, 5, 6, 7], archive.Read("table", 1..2).ToArray<float>());
    }

    [Fact]
    public void Load_AModelFromItsShards_NeedsNoCode()
    {
        Sequential saved = new(new Linear(3, 4, random: new RandomSource(1)), new Linear(4, 2, random: new RandomSource(2))), loaded = new(new Linear(3, 4), new Linear(4, 2));
        SafeTensors.SaveShards(In("m.safetensors.index.json"), saved.State, 50);
        Assert.True(loaded.Load(In("m.safetensors.index.json")).IsExact);
        Assert.Equal(saved.WeightsSha256(), loaded.WeightsSha256());
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../a.safetensors"}}""", "\"../a.safetensors\" is no plain name")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "no plain name")]
    [InlineData("""{"weight_map":{"a":"C:a"}}""", "no plain name")]
    [InlineData("""{"weight_map":{"a":"x\\y"}}""", "no plain name")]
    [InlineData("""{"weight_map":{"a":".."}}""", "no plain name")]
    [InlineData("""{"weight_map":{"a":""}}""", "no plain name")]
    [InlineData("""{"weight_map":{"a":"a\u0000"}}""", "no plain name")]
    [InlineData("""{"weight_map":{"a":1}}""", "the file of \"a\" is no text")]
    [InlineData("""{"weight_map":[]}""", "no JSON object")]
    [InlineData("""{"weight_map":{"a":"a.safetensors","a":"a.safetensors"}}""", "\"a\" is there twice")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "\"weight_map\" is there twice")]
    [InlineData("""{"metadata":{}}""", "no \"weight_map\"")]
    [InlineData("""[]""", "no JSON object")]
    [InlineData("""{"weight_map":{"a":""", "no sound JSON")]
    [InlineData("""{"weight_map":{"a":"a.safetensors"}} {}""", "no sound JSON")]
    [InlineData("""{"weight_map":{"x":"a.safetensors"}}""", "\"y\" is not in the index")]
    [InlineData("""{"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}""", "\"y\" is here, and by the index")]
    [InlineData("""{"weight_map":{"x":"a.safetensors","y":"a.safetensors","z":"a.safetensors"}}""", "\"z\" is not in a.safetensors")]
    public void Open_UnsoundIndex_IsRefused(string index, string what)
    {
        SafeTensors.Save(In("a.safetensors"), new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([1]), ["y"] = Tensor.Ones([1]) });
        SafeTensors.Save(In("b.safetensors"), new Dictionary<string, Tensor>());
        File.WriteAllText(In("model.safetensors.index.json"), index);
        Assert.Contains(what, Assert.Throws<DataFormatException>(() => SafeTensors.Open(In("model.safetensors.index.json"))).Message);
    }

    [Fact]
    public void SaveShards_ThatFails_LeavesNoIndexOfFilesOldAndNew()
    {
        string index = In("m.safetensors.index.json");
        SafeTensors.SaveShards(index, [new("a", Tensor.Zeros([2])), new("b", Tensor.Zeros([2]))], 8);
        Directory.CreateDirectory(In("m-00002-of-00002.safetensors.partial")); // the second can't be written
        Assert.ThrowsAny<Exception>(() => SafeTensors.SaveShards(index, [new("a", Tensor.Ones([2])), new("b", Tensor.Ones([2]))], 8));
        Assert.Throws<FileNotFoundException>(() => SafeTensors.Load(index));
    }

    [Fact]
    public void SaveShards_UnderAnotherEnding_IsRefused() =>
        Assert.Throws<ArgumentException>(() => SafeTensors.SaveShards(In("model.safetensors"), Some(), 100));
}
