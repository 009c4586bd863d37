using System.IO.Compression;

namespace Backprop.Fuzz;

/// <summary>MNIST's files: a header of big-endian lengths and the bytes they multiply to.</summary>
internal class IdxFormat : FuzzedFormat
{
    public override string Name => "idx";

    public override Part Make(RandomSource random)
    {
        int[] lengths = new int[1 + random.Next(4)];
        int count = 1;
        for (int axis = 0; axis < lengths.Length; axis++) count *= lengths[axis] = random.Next(random.Next(20) == 0 ? 1 : 6) + random.Next(2);
        return new Group([Number.Big(0, 2), Number.Byte(8), Number.Byte(lengths.Length), .. lengths.Select(length => Number.Big(length)), Blob.Random(random, count)]);
    }

    public override void Read(byte[] file, string name)
    {
        IdxFile read = IdxFile.Read(new MemoryStream(file), name);
        long count = 1;
        foreach (int length in read.Shape) count *= length;
        Check(count == read.Bytes.Length, $"{read.Bytes.Length} bytes of shape {read.Shape}");
    }
}

/// <summary>The same, packed with gzip.</summary>
internal sealed class PackedIdxFormat : IdxFormat
{
    public override string Name => "idx-gzip";

    public override Part Make(RandomSource random) => new Packed(base.Make(random), Packing.Gzip);

    public override long Unpacked(byte[] file) => UnpackedBytes.Count(() => new GZipStream(new MemoryStream(file), CompressionMode.Decompress));
}
