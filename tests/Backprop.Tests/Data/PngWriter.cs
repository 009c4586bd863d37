using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Backprop.Tests;

/// <summary>Writes every kind of PNG, so that the reader meets what ordinary programs rarely save. Samples are [height][width · samples].</summary>
internal sealed class PngWriter(int width, int height, int bitDepth, int colourType, bool interlaced)
{
    private static readonly (int X, int Y, int StepX, int StepY)[] s_adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public byte[] Palette { get; init; } = [];

    public byte[] Transparency { get; init; } = [];

    /// <summary>The filter of the first row; each next row has the next one.</summary>
    public int FirstFilter { get; init; }

    public int Samples => colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public byte[] Write(int[][] samples) => Write(Pack(samples));

    /// <summary>A picture of these rows, each led by its filter.</summary>
    public byte[] Write(byte[] rows)
    {
        var file = new List<byte>([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)bitDepth, (byte)colourType, (byte)(interlaced ? 1 : 0));
        file.AddRange(Chunk("IHDR", header));
        file.AddRange(Chunk("tEXt", "Title\0a test"u8.ToArray()));
        if (Palette.Length > 0) file.AddRange(Chunk("PLTE", Palette));
        if (Transparency.Length > 0) file.AddRange(Chunk("tRNS", Transparency));
        var packed = new MemoryStream();
        using (var packing = new ZLibStream(packed, CompressionLevel.Optimal)) packing.Write(rows);
        byte[] data = packed.ToArray();
        file.AddRange(Chunk("IDAT", data[..(data.Length / 2)])); // in two, as large pictures come
        file.AddRange(Chunk("IDAT", data[(data.Length / 2)..]));
        file.AddRange(Chunk("IEND", []));
        return [.. file];
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] typed = [.. Encoding.Latin1.GetBytes(type), .. data], length = new byte[4], checksum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc(typed));
        return [.. length, .. typed, .. checksum];
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320 * (crc & 1));
        }
        return ~crc;
    }

    private byte[] Pack(int[][] samples)
    {
        var rows = new List<byte>();
        int step = Math.Max(1, Samples * bitDepth / 8);
        foreach ((int x0, int y0, int stepX, int stepY) in interlaced ? s_adam7 : [(0, 0, 1, 1)])
        {
            if (x0 >= width) continue;
            byte[]? above = null;
            for (int y = y0; y < height; y += stepY)
            {
                var bits = new StringBuilder();
                for (int x = x0; x < width; x += stepX)
                {
                    for (int s = 0; s < Samples; s++) bits.Append(samples[y][x * Samples + s].ToString($"b{bitDepth}", null));
                }
                bits.Append('0', (8 - bits.Length % 8) % 8);
                byte[] row = [.. bits.ToString().Chunk(8).Select(eight => Convert.ToByte(new string(eight), 2))];
                int filter = (FirstFilter + y) % 5;
                rows.Add((byte)filter);
                rows.AddRange(Filter(filter, row, above ?? new byte[row.Length], step));
                above = row;
            }
        }
        return [.. rows];
    }

    private static IEnumerable<byte> Filter(int filter, byte[] row, byte[] above, int step)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int a = i < step ? 0 : row[i - step], b = above[i], c = i < step ? 0 : above[i - step];
            int[] byDistance = [.. new[] { a, b, c }.OrderBy(candidate => Math.Abs(a + b - c - candidate))]; // stable: the former on a tie
            yield return (byte)(row[i] - filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => byDistance[0] });
        }
    }
}
