using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Backprop.Tests;

public class ZipDirectoryTests
{
    private static readonly byte[] s_local = [0x50, 0x4B, 3, 4], s_central = [0x50, 0x4B, 1, 2], s_end = [0x50, 0x4B, 5, 6];

    private static byte[] Zip(bool compress, params (string Name, byte[] Content)[] files)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in files)
            {
                using Stream entry = zip.CreateEntry(name, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    private static byte[] Two(bool compress = false) => Zip(compress, ("a", [1, 2, 3, 4, 5, 6, 7, 8]), ("dir/b", new byte[1000]));

    private static byte[] Read(byte[] file, string name)
    {
        var zip = new ZipDirectory(new MemoryStream(file), "x.zip");
        using ZipEntryReader reader = zip.Open(zip.Entries[name]);
        byte[] content = new byte[zip.Entries[name].Length];
        reader.ReadExactly(content);
        reader.ReadToEnd();
        return content;
    }

    private static string Refusal(byte[] file, string? name = null) => Assert.Throws<DataFormatException>(() =>
    {
        var zip = new ZipDirectory(new MemoryStream(file), "x.zip");
        if (name is not null) Read(file, name);
    }).Message;

    /// <summary>The file with a number of two or four bytes at a place after the n-th (from the end: −1) of a signature.</summary>
    private static byte[] With(byte[] file, byte[] signature, int occurrence, int offset, uint value, int size)
    {
        List<int> places = [];
        for (int i = 0; i <= file.Length - 4; i++)
        {
            if (file.AsSpan(i, 4).SequenceEqual(signature)) places.Add(i);
        }
        byte[] changed = [.. file];
        Span<byte> place = changed.AsSpan(places[occurrence < 0 ? places.Count + occurrence : occurrence] + offset);
        if (size == 2) BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)value);
        else BinaryPrimitives.WriteUInt32LittleEndian(place, value);
        return changed;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Entries_StoredOrDeflated_AreRead(bool compress)
    {
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Read(Two(compress), "a"));
        Assert.Equal(new byte[1000], Read(Two(compress), "dir/b"));
    }

    [Fact]
    public void Comment_AtTheEnd_IsPassedOver()
    {
        byte[] file = With(Two(), s_end, 0, 20, 5, 2);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Read([.. file, .. "hello"u8], "a"));
    }

    [Fact]
    public void EveryTruncation_IsRefused()
    {
        byte[] file = Two();
        for (int length = 0; length < file.Length; length++) Refusal(file[..length]);
    }

    [Fact]
    public void Zip64_IsRead()
    {
        byte[] file = Two();
        int end = file.Length - 22;
        long length = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(end + 12)), start = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(end + 16));
        var wide = new MemoryStream();
        wide.Write(file.AsSpan(0, end));
        using (var writer = new BinaryWriter(wide, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write("PK\u0006\u0006"u8);
            writer.Write(44L);
            writer.Write(0x002D002D);
            writer.Write(0L); // two disks
            writer.Write(2L);
            writer.Write(2L);
            writer.Write(length);
            writer.Write(start);
            writer.Write("PK\u0006\u0007"u8);
            writer.Write(0);
            writer.Write((long)end);
            writer.Write(1);
            writer.Write("PK\u0005\u0006"u8);
            writer.Write(0);
            writer.Write(uint.MaxValue);
            writer.Write(ulong.MaxValue);
            writer.Write((short)0);
        }
        byte[] zip64 = wide.ToArray();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Read(zip64, "a"));
        BinaryPrimitives.WriteInt64LittleEndian(zip64.AsSpan(end + 48), long.MinValue);
        Assert.Contains("larger than any file", Refusal(zip64));
        BinaryPrimitives.WriteInt64LittleEndian(zip64.AsSpan(end + 48), start);
        BinaryPrimitives.WriteInt64LittleEndian(zip64.AsSpan(end + 56 + 8), long.MaxValue);
        Assert.Contains("behind this", Refusal(zip64));
    }

    [Fact]
    public void NameThatIsThereTwice_IsRefused() => Assert.Contains("\"a\" is there twice", Refusal(Zip(false, ("a", [1]), ("a", [2]))));

    [Fact]
    public void EntriesThatOverlap_AreRefused()
    {
        byte[] same = Zip(false, ("a", [1, 2, 3, 4]), ("b", [1, 2, 3, 4]));
        byte[] overlapping = With(With(same, s_local, 0, 18, 30, 4), s_local, 0, 22, 30, 4);
        Assert.Contains("\"a\" overlaps what starts here", Refusal(With(With(overlapping, s_central, 0, 20, 30, 4), s_central, 0, 24, 30, 4)));
        byte[] twice = With(Zip(false, ("a", [1, 2, 3, 4]), ("A", [1, 2, 3, 4])), s_central, 1, 42, 0, 4);
        Assert.Contains("another name", Refusal(twice));
    }

    [Theory]
    [InlineData(8, 1u, 2, "encrypted")]
    [InlineData(10, 12u, 2, "compressed by method 12")]
    [InlineData(20, 2000u, 4, "2000 bytes")]
    [InlineData(24, 2000u, 4, "to hold 2000")]
    [InlineData(42, 999_999u, 4, "byte 999999")]
    [InlineData(42, 1u, 4, "no entry of a zip file is here")]
    [InlineData(42, uint.MaxValue, 4, "lacks a number of 64 bits")]
    [InlineData(28, 60_000u, 2, "the directory ends after")]
    [InlineData(0, 0u, 4, "no entry of the zip directory is here")]
    public void EntryOfTheDirectory_ThatIsNotSound_IsRefused(int offset, uint value, int size, string what) => Assert.Contains(what, Refusal(With(Two(), s_central, 0, offset, value, size)));

    [Theory]
    [InlineData(4, 1u, 2, "several disks")]
    [InlineData(10, 3u, 2, "2 entries, and the end of the file says 3")]
    [InlineData(12, 9_999u, 4, "9999 bytes")]
    [InlineData(16, 9_999u, 4, "from 9999 on")]
    public void EndOfTheDirectory_ThatIsNotSound_IsRefused(int offset, uint value, int size, string what) => Assert.Contains(what, Refusal(With(Two(), s_end, 0, offset, value, size)));

    [Fact]
    public void Content_ThatIsNotWhatTheDirectorySays_IsRefused()
    {
        byte[] damaged = Two();
        damaged[30 + 1]++; // of the content of a
        Assert.Contains("checksum", Refusal(damaged, "a"));
        Assert.Contains("unpacks to more", Refusal(With(Two(true), s_central, 1, 24, 999, 4), "dir/b"));
        Assert.Contains("1 bytes more were to follow", Refusal(With(Two(true), s_central, 1, 24, 1001, 4), "dir/b"));
        byte[] noDeflate = Two(true);
        noDeflate[30 + 1] = 0xFF;
        Assert.Contains("damaged from here on", Refusal(noDeflate, "a"));
    }

    [Fact]
    public void Bomb_IsRefusedBeforeMemoryIsTaken()
    {
        byte[] bomb = With(Two(true), s_central, 1, 24, 1 << 30, 4);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("are said to unpack to 1073741824", Refusal(bomb, "dir/b"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Crc32_IsTheOneOfZip()
    {
        Assert.Equal(0xCBF43926u, Crc32.Append(0, "123456789"u8)); // the check value of CRC-32/ISO-HDLC
        Assert.Equal(Crc32.Append(0, "123456789"u8), Crc32.Append(Crc32.Append(0, "12"u8), "3456789"u8));
    }
}
