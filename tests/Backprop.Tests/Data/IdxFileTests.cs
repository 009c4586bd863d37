using System.Buffers.Binary;
using System.IO.Compression;

namespace Backprop.Tests;

public class IdxFileTests
{
    [Theory, InlineData("images"), InlineData("images.gz")]
    public void Write_ReadAgain_IsTheSame(string name)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = [.. Enumerable.Range(0, 24).Select(i => (byte)(10 * i))];
        new IdxFile([2, 3, 4], bytes).Write(folder[name]);
        IdxFile read = IdxFile.Read(folder[name]);
        Assert.Equal([2, 3, 4], read.Shape.ToArray());
        Assert.Equal(bytes, read.Bytes.ToArray());
        Assert.Equal([name], Directory.GetFiles(folder.Path).Select(Path.GetFileName)); // nothing temporary is left
    }

    [Fact]
    public void Write_IsTheFormatAsPublished()
    {
        using var folder = new TemporaryFolder();
        new IdxFile([3], new byte[] { 7, 8, 9 }).Write(folder["labels"]);
        Assert.Equal([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9], File.ReadAllBytes(folder["labels"]));
    }

    [Fact]
    public void Write_OverAFile_ReplacesIt()
    {
        using var folder = new TemporaryFolder();
        new IdxFile([3], new byte[3]).Write(folder["labels"]);
        new IdxFile([1], new byte[1]).Write(folder["labels"]);
        Assert.Equal(1, IdxFile.Read(folder["labels"]).Shape[0]);
    }

    [Fact]
    public void Read_PackedOrNot_IsToldByTheFirstBytes()
    {
        using var folder = new TemporaryFolder();
        byte[] plain = Header(1, 2).Append<byte>(5).Append<byte>(6).ToArray();
        Assert.Equal([5, 6], IdxFile.Read(folder.Write("plain.gz", plain)).Bytes.ToArray());
        Assert.Equal([5, 6], IdxFile.Read(folder.Write("packed", Pack(plain))).Bytes.ToArray());
    }

    [Fact]
    public void Read_NoExamples_IsEmpty()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal([0, 28, 28], IdxFile.Read(folder.Write("empty", Header(3, 0, 28, 28))).Shape.ToArray());
    }

    [Theory]
    [InlineData("89504E47", 0, "89 50 4E 47")]         // a PNG
    [InlineData("00000800", 0, "00 00 08 00")]         // no axis
    [InlineData("00000D0100000001", 2, "32-bit floating point (0x0D)")]
    [InlineData("000008", 3, "ends after 3 of the 4 bytes of an IDX header")]
    [InlineData("00000803000000020000", 10, "ends after 6 of the 12 bytes of the lengths of 3 axes")]
    [InlineData("0000080100000003AABB", 4, "[3], and the file can hold no more than 2")]
    [InlineData("0000080100000002AABBCC", 10, "more bytes follow")]
    [InlineData("00000803FFFFFFFFFFFFFFFFFFFFFFFF", 4, "[4294967295, 4294967295, 4294967295]")]
    [InlineData("0000080300010000000100000001000000", 4, "[65536, 65536, 65536]")]
    [InlineData("00000802FFFFFFFF00000000", 4, "[4294967295, 0]")]
    [InlineData("00000803000100000001000000000000", 4, "[65536, 65536, 0]")] // no element, but no shape of a tensor either
    public void Read_BadFile_SaysWhereAndWhat(string hex, long offset, string says)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad", Convert.FromHexString(hex));
        DataFormatException error = Assert.Throws<DataFormatException>(() => IdxFile.Read(path));
        Assert.Equal((path, offset), (error.Path, error.Offset));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BadFileInsideGzip_SaysSoToo()
    {
        using var folder = new TemporaryFolder();
        Check(Pack(Header(1, 4).Concat(new byte[3])), 11, "ends after 3 of the 4 bytes");
        Check(Pack(Header(1, 4).Concat(new byte[5])), 12, "more bytes follow");
        Check(Pack(Header(3, 1000, 1000, 1000)), 4, "[1000, 1000, 1000]"); // some 50 bytes do not justify a gigabyte

        void Check(byte[] file, long offset, string says)
        {
            DataFormatException error = Assert.Throws<DataFormatException>(() => IdxFile.Read(folder.Write("bad.gz", file)));
            Assert.Equal(offset, error.Offset);
            Assert.Contains("(unpacked)", error.Message, StringComparison.Ordinal);
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_Gzip_TakesMemoryForWhatComesOut_NotForWhatIsClaimed()
    {
        byte[] large = Pack(Header(1, 1_000_000).Concat(new byte[999_999])); // all but the last byte: as much as such a claim can be backed without being true
        byte[] small = Pack([.. Header(1, 1_000_000), .. RandomBytes(2000)]);
        Assert.InRange(small.Length * 1032L, 1_000_000, long.MaxValue); // so that the length of the file alone does not refute it
        Assert.InRange(Allocated(small), 0, 4 * (small.Length + 2000) + 32_768);
        Assert.InRange(Allocated(large), 0, 4 * (large.Length + 1_000_000) + 32_768);

        static long Allocated(byte[] file)
        {
            Assert.Throws<DataFormatException>(() => IdxFile.Read(new MemoryStream(file), "bad.gz")); // once for what the runtime needs itself
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DataFormatException>(() => IdxFile.Read(new MemoryStream(file), "bad.gz"));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Read_GzipThatUnpacksTwoHundredfold_IsRefusedAsSoonAsItIsNotSmall()
    {
        byte[] blank = Pack(Header(3, 50, 1000, 1000).Concat(new byte[50_000_000])), bomb = Pack(Header(3, 70, 1000, 1000).Concat(new byte[70_000_000]));
        Assert.Equal(50_000_000, IdxFile.Read(new MemoryStream(blank), "blank.gz").Bytes.Length);
        DataFormatException error = Assert.Throws<DataFormatException>(() => IdxFile.Read(new MemoryStream(bomb), "bomb.gz"));
        Assert.Contains("[70, 1000, 1000], and the file can hold no more than 67108848", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DamagedGzip_IsRefusedWhereverTheDamageIs()
    {
        using var folder = new TemporaryFolder();
        byte[] content = [.. Header(1, 500), .. RandomBytes(500)];
        byte[] packed = Pack(content);
        for (int at = 10; at < packed.Length; at++) // the first ten bytes are gzip's own header, with a time and a system that nobody checks
        {
            byte[] damaged = [.. packed];
            damaged[at] ^= 0x41;
            Assert.ThrowsAny<DataFormatException>(() => IdxFile.Read(folder.Write("damaged.gz", damaged)));
        }
        for (int length = 2; length < packed.Length; length += 13) Assert.ThrowsAny<DataFormatException>(() => IdxFile.Read(folder.Write("cut.gz", packed.AsSpan(0, length))));
    }

    [Fact]
    public void Read_AnyBytes_AreAFileOrAreRefused()
    {
        using var folder = new TemporaryFolder();
        var random = new RandomSource(2);
        int sound = 0;
        for (int i = 0; i < 500; i++)
        {
            byte[] bytes = [.. Header((byte)(1 + random.Next(3)), random.Next(3)), .. new byte[random.Next(4)]];
            bytes[random.Next(bytes.Length)] ^= (byte)(random.Next(2) << random.Next(8));
            try
            {
                IdxFile read = IdxFile.Read(folder.Write("any", bytes));
                Assert.Equal(read.Shape.ElementCount, read.Bytes.Length);
                sound++;
            }
            catch (DataFormatException)
            {
            }
        }
        Assert.InRange(sound, 50, 450);
    }

    [Fact]
    public void Read_NoSuchFile_NamesIt()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("nowhere", Assert.Throws<FileNotFoundException>(() => IdxFile.Read(folder["nowhere"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_BytesThatDoNotFitTheShape_AreRefused()
    {
        Assert.Throws<ShapeException>(() => new IdxFile([2, 2], new byte[3]));
        Assert.Throws<ShapeException>(() => new IdxFile(Shape.Scalar, new byte[1]));
    }

    private static byte[] Header(byte axes, params int[] lengths)
    {
        byte[] header = new byte[4 + 4 * axes];
        (header[2], header[3]) = (8, axes);
        for (int axis = 0; axis < lengths.Length; axis++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * axis), lengths[axis]);
        return header;
    }

    private static byte[] RandomBytes(int count)
    {
        var random = new RandomSource(1);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))];
    }

    private static byte[] Pack(IEnumerable<byte> content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write([.. content]);
        return packed.ToArray();
    }
}
