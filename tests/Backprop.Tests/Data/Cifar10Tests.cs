using System.IO.Compression;

namespace Backprop.Tests;

public class Cifar10Tests
{
    private const int RecordBytes = 3073;

    [Theory, InlineData(""), InlineData("cifar-10-batches-bin")]
    public void Load_SixFiles_GivesRedGreenBlueInTurn(string subfolder)
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, subfolder);
        (ImageDataset train, ImageDataset test) = Cifar10.Load(folder.Path);
        Assert.Equal((10, 2), (train.Count, test.Count));
        Assert.Equal([3, 32, 32], train.InputShape.ToArray());
        Assert.Equal("frog", train.ClassNames[6]);
        Assert.Equal([1, 2, 2, 3, 3, 4, 4, 5, 5, 6], Enumerable.Range(0, 10).Select(train.Label));
        Tensor inputs = train.Read(4).Inputs; // the first image of the third file
        Assert.Equal([3 / 255f, 103 / 255f, 203 / 255f], Enumerable.Range(0, 3).Select(channel => (float)inputs.At(0, channel, 31, 31)));
    }

    [Fact]
    public void Load_AFileMissing_NamesIt()
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "");
        File.Delete(folder["data_batch_4.bin"]);
        Assert.Contains("data_batch_4.bin", Assert.Throws<FileNotFoundException>(() => Cifar10.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RecordBytes + 5, 0, RecordBytes, "1 images of 3073 bytes and 5 bytes more")]
    [InlineData(0, 0, 0, "0 bytes")]
    [InlineData(2 * RecordBytes, 10, RecordBytes, "label 10")]
    public void Load_BadFile_SaysWhereAndWhat(int length, byte label, long offset, string says)
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "");
        byte[] bytes = new byte[length];
        if (length > RecordBytes) bytes[RecordBytes] = label;
        string path = folder.Write("test_batch.bin", bytes);
        DataFormatException error = Assert.Throws<DataFormatException>(() => Cifar10.Load(folder.Path));
        Assert.Equal((path, offset), (error.Path, error.Offset));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PackedFile_IsNotUnpackedOverItsEnd()
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "");
        var packed = new MemoryStream();
        using (var packer = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true)) packer.Write(new byte[3 * RecordBytes]);
        byte[] whole = new byte[(packed.Length / RecordBytes + 1) * RecordBytes]; // as long as some images
        packed.ToArray().CopyTo(whole, 0);
        string path = folder.Write("test_batch.bin", whole);
        Assert.Contains("byte 0: label 31", Assert.Throws<DataFormatException>(() => Cifar10.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    /// <summary>Two images a file, labelled n and n + 1 in file n; red is n, green 100 + n, blue 200 + n throughout.</summary>
    internal static void WriteSet(TemporaryFolder folder, string subfolder)
    {
        Directory.CreateDirectory(folder[subfolder]);
        string[] names = ["test_batch.bin", .. Enumerable.Range(1, 5).Select(n => $"data_batch_{n}.bin")];
        for (int n = 0; n < names.Length; n++)
        {
            byte[] bytes = [.. Image(n), .. Image(n)];
            bytes[RecordBytes]++;
            folder.Write(Path.Combine(subfolder, names[n]), bytes);
        }

        static IEnumerable<byte> Image(int n) =>
            [(byte)n, .. Enumerable.Repeat((byte)n, 1024), .. Enumerable.Repeat((byte)(100 + n), 1024), .. Enumerable.Repeat((byte)(200 + n), 1024)];
    }
}
