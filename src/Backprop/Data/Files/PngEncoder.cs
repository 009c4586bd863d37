using System.Buffers.Binary;
using System.IO.Compression;

namespace Backprop;

/// <summary>Writes pictures as PNG: grey or RGB, 8 bits a sample, no filter.</summary>
internal static class PngEncoder
{
    private const byte BitDepth = 8, Grey = 0, Rgb = 2;

    public static void Write(Stream stream, Image image)
    {
        stream.Write(PngChunk.Signature);
        Span<byte> header = stackalloc byte[13]; // compression, filters and interlacing are 0
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        (header[8], header[9]) = (BitDepth, image.Channels == 1 ? Grey : Rgb);
        PngChunk.Write(stream, "IHDR"u8, header);
        using var data = new MemoryStream();
        using (var packing = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true)) WriteRows(packing, image);
        PngChunk.Write(stream, "IDAT"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        PngChunk.Write(stream, "IEND"u8, default);
    }

    /// <summary>Rows with the samples of a pixel side by side, each led by the number of its filter, 0.</summary>
    private static void WriteRows(Stream stream, Image image)
    {
        int plane = image.Width * image.Height;
        byte[] row = new byte[1 + image.Width * image.Channels];
        for (int y = 0; y < image.Height; y++)
        {
            for (int channel = 0; channel < image.Channels; channel++)
            {
                ReadOnlySpan<byte> samples = image.Pixels.Slice(channel * plane + y * image.Width, image.Width);
                for (int x = 0; x < samples.Length; x++) row[1 + x * image.Channels + channel] = samples[x];
            }
            stream.Write(row);
        }
    }
}
