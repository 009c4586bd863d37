using System.Buffers.Binary;
using System.IO.Compression;

namespace Backprop;

/// <summary>A sketch's cells as a PNG picture: blue below zero, orange above, the farther from it the denser, and nothing at zero, so that it lies on any ground.</summary>
internal static class HeatMapPng
{
    private const byte Empty = 255; // the entry of the palette between planes

    private static readonly byte[] s_palette = new byte[3 * 256], s_opacity = new byte[256];

    static HeatMapPng()
    {
        for (int entry = 0; entry < 255; entry++)
        {
            int level = entry - 127;
            ReadOnlySpan<byte> colour = level < 0 ? [0x00, 0x72, 0xB2] : [0xD5, 0x5E, 0x00];
            colour.CopyTo(s_palette.AsSpan(3 * entry));
            s_opacity[entry] = (byte)(255 * Math.Sqrt(Math.Abs(level) / 127.0)); // the root lets small numbers be seen
        }
    }

    /// <summary>The picture of a sketch that has cells, as a <c>data:</c> address.</summary>
    public static string Address(TensorSketch sketch)
    {
        (int width, int height) = sketch.Size;
        byte[] rows = new byte[height * (width + 1)]; // each led by its filter, none
        Array.Fill(rows, Empty);
        for (int y = 0; y < height; y++) rows[y * (width + 1)] = 0;
        int cell = 0;
        for (int p = 0; p < sketch.Planes; p++)
        {
            (int top, int left) = (p / sketch.Across * (sketch.Rows + 1), p % sketch.Across * (sketch.Columns + 1));
            for (int r = 0; r < sketch.Rows; r++)
            {
                for (int c = 0; c < sketch.Columns; c++, cell++)
                {
                    rows[(top + r) * (width + 1) + 1 + left + c] = sketch.Cells[cell] == TensorSketch.NotANumber ? Empty : (byte)(sketch.Cells[cell] + 127);
                }
            }
        }
        var file = new MemoryStream();
        file.Write(PngChunk.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, 3); // bits of a pixel, which is an entry of the palette
        PngChunk.Write(file, "IHDR"u8, header);
        PngChunk.Write(file, "PLTE"u8, s_palette);
        PngChunk.Write(file, "tRNS"u8, s_opacity);
        var packed = new MemoryStream();
        using (var packing = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) packing.Write(rows);
        PngChunk.Write(file, "IDAT"u8, packed.ToArray());
        PngChunk.Write(file, "IEND"u8, []);
        return "data:image/png;base64," + Convert.ToBase64String(file.ToArray());
    }
}
