using System.Buffers.Binary;
using System.IO.Compression;

namespace Backprop.Fuzz;

/// <summary>PNG: chunks with checksums, of which some together hold the packed rows.</summary>
internal sealed class PngFormat : FuzzedFormat
{
    private static readonly (int Type, int Depth)[] s_kinds =
        [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)];

    public override string Name => "png";

    public override IReadOnlyList<string> Words { get; } = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "tEXt", "gAMA", "CgBI", "zzzz"];

    public override Part Make(RandomSource random)
    {
        (int type, int depth) = s_kinds[random.Next(s_kinds.Length)];
        int width = 1 + random.Next(9), height = 1 + random.Next(9);
        var header = new PngHeader(width, height, depth, type, IsInterlaced: random.Next(2) == 0);
        var chunks = new List<Part>
        {
            Chunk("IHDR", new Group(Number.Big(width), Number.Big(height), Number.Byte(depth), Number.Byte(type), Number.Byte(0), Number.Byte(0), Number.Byte(header.IsInterlaced ? 1 : 0))),
        };
        if (random.Next(2) == 0) chunks.Add(Chunk("tEXt", new Text("Title\0a picture")));
        if (header.HasPalette) chunks.Add(Chunk("PLTE", Blob.Random(random, 3 << depth)));
        if (!header.HasAlpha && random.Next(2) == 0) chunks.Add(Chunk("tRNS", Blob.Random(random, header.HasPalette ? 1 + random.Next(1 << depth) : 2 * header.Channels)));
        chunks.Add(Chunk("IDAT", new Packed(Rows(header, random), Packing.Zlib)));
        if (random.Next(2) == 0) chunks.Insert(chunks.Count - 1, Chunk("IDAT", new Group()));
        chunks.Add(Chunk("IEND", new Group()));
        return new Group([new Blob([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), .. chunks]);
    }

    public override void Read(byte[] file, string name)
    {
        Image image = ImageFile.Read(file, name);
        Check(image.Pixels.Length == image.Channels * image.Width * image.Height, $"{image.Pixels.Length} samples for {image.Channels} × {image.Height} × {image.Width}");
    }

    /// <summary>The rows, and the samples they stand for, which are up to 24 a byte: pixels of one bit that a palette gives three colours.</summary>
    public override long Unpacked(byte[] file)
    {
        var packed = new MemoryStream();
        for (long at = 8; at + 12 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan((int)at));
            ReadOnlySpan<byte> rest = file.AsSpan((int)at + 8);
            if (file.AsSpan((int)at + 4, 4).SequenceEqual("IDAT"u8)) packed.Write(rest[..(int)Math.Min(length, rest.Length)]);
            at += 12L + length;
        }
        long rows = UnpackedBytes.Count(() => new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress));
        long pixels = file.Length < 24 ? 0 : (long)BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(16)) * BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(20));
        return rows + Math.Min(3 * pixels, 24 * rows);
    }

    private static Group Chunk(string type, Part data)
    {
        var body = new Group(new Text(type), data);
        return new Group(new LengthOf(data, 4, bigEndian: true), body, new Crc32Of(body, bigEndian: true));
    }

    private static Group Rows(PngHeader header, RandomSource random)
    {
        var rows = new List<Part>();
        foreach (PngPass pass in header.Passes)
        {
            int columns = pass.Columns(header.Width);
            for (int row = columns == 0 ? 0 : pass.Rows(header.Height); row > 0; row--)
            {
                rows.Add(new Group(Number.Byte(random.Next(5)), header.HasPalette ? new Blob(new byte[header.RowLength(columns)]) : Blob.Random(random, (int)header.RowLength(columns))));
            }
        }
        return new Group(rows);
    }
}
