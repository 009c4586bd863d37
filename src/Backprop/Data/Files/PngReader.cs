using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Backprop;

/// <summary>Portable Network Graphics: the chunks, their checksums and the unpacking.</summary>
/// <remarks>Source: W3C Recommendation "Portable Network Graphics (PNG) Specification (Second Edition)", 2003, ISO/IEC 15948.</remarks>
internal static class PngReader
{
    private const int MaximumPixels = 1 << 27; // 11 585 × 11 585

    public static Image Read(ByteReader file)
    {
        if (!file.Bytes(8, "the signature").SequenceEqual(PngChunk.Signature))
        {
            throw file.Error("the signature is damaged, as by a transfer as text", "other bytes after PNG", "0D 0A 1A 0A; copy the file anew, as binary", offset: 0);
        }
        PngHeader header = ReadHeader(file);
        byte[] palette = [], transparency = [];
        var packed = new MemoryStream(file.Left);
        while (true)
        {
            int start = file.Position;
            ReadOnlySpan<byte> data = ReadChunk(file, out ReadOnlySpan<byte> type);
            switch (type)
            {
                case [(byte)'P', (byte)'L', (byte)'T', (byte)'E']:
                    if (palette.Length > 0) throw Twice(file, start, "PLTE");
                    if (data.Length is 0 or > 768 || data.Length % 3 != 0) throw file.Error("the palette has a wrong size", $"{data.Length} bytes", "1 to 256 colours of 3 bytes", start);
                    palette = data.ToArray();
                    break;
                case [(byte)'t', (byte)'R', (byte)'N', (byte)'S']:
                    if (transparency.Length > 0) throw Twice(file, start, "tRNS");
                    transparency = data.ToArray();
                    break;
                case [(byte)'I', (byte)'D', (byte)'A', (byte)'T']:
                    packed.Write(data);
                    break;
                case [(byte)'I', (byte)'E', (byte)'N', (byte)'D']:
                    if (file.Left > 0) throw file.Error("the file is too long", $"{file.Left} bytes after IEND", "the end of the file");
                    if (header.HasPalette && palette.Length == 0) throw file.Error("the palette is missing", "colour type 3 without PLTE", "a palette before the pixels; save the picture anew", start);
                    CheckTransparency(file, start, header, transparency);
                    return new PngPixels(header, palette, transparency, file).Expand(Unpack(file, start, header, packed));
                default:
                    if (char.IsAsciiLetterUpper((char)type[0])) throw file.Error("a necessary chunk is not known", $"'{Name(type)}'", "IHDR once, PLTE, IDAT, IEND; save the picture anew as plain PNG", start);
                    break;
            }
        }
    }

    private static PngHeader ReadHeader(ByteReader file)
    {
        int start = file.Position;
        ReadOnlySpan<byte> data = ReadChunk(file, out ReadOnlySpan<byte> type);
        if (!type.SequenceEqual("IHDR"u8) || data.Length != 13) throw file.Error("the header is missing", $"'{Name(type)}' of {data.Length} bytes", "IHDR of 13 bytes", start);
        uint width = BinaryPrimitives.ReadUInt32BigEndian(data), height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        int bitDepth = data[8], colourType = data[9], interlace = data[12];
        if (width == 0 || height == 0 || (ulong)width * height > MaximumPixels) throw file.Error("the size is impossible", $"{width} × {height}", $"1 to {MaximumPixels} pixels", start);
        if (!PngHeader.BitDepths(colourType).Contains(bitDepth)) throw file.Error("there is no such kind of picture", $"colour type {colourType} with {bitDepth} bits a sample", "colour type 0, 2, 3, 4 or 6 with the bits that it allows", start);
        if (data[10] != 0 || data[11] != 0 || interlace > 1) throw file.Error("a method is not known", $"compression {data[10]}, filter {data[11]}, interlace {interlace}", "0, 0, and 0 or 1", start);
        return new PngHeader((int)width, (int)height, bitDepth, colourType, interlace == 1);
    }

    private static ReadOnlySpan<byte> ReadChunk(ByteReader file, out ReadOnlySpan<byte> type)
    {
        int start = file.Position;
        uint length = file.BigEndian("the length of a chunk");
        type = file.Bytes(4, "the type of a chunk");
        ReadOnlySpan<byte> body = file.Bytes(length + 4L, "a chunk and its checksum"), data = body[..^4];
        uint computed = Crc32.Append(Crc32.Append(0, type), data), stored = BinaryPrimitives.ReadUInt32BigEndian(body[^4..]);
        if (computed != stored) throw file.Error($"the chunk '{Name(type)}' is damaged", $"the checksum {computed:x8}", $"{stored:x8}, as is stored; get the file anew", start);
        return data;
    }

    private static string Name(ReadOnlySpan<byte> type) => Encoding.Latin1.GetString(type);

    private static DataFormatException Twice(ByteReader file, int offset, string type) => file.Error($"the chunk '{type}' is there twice", "another one before", "one; save the picture anew", offset);

    private static void CheckTransparency(ByteReader file, int offset, PngHeader header, byte[] transparency)
    {
        if (transparency.Length == 0) return;
        bool fits = header.HasPalette ? transparency.Length <= 256 : !header.HasAlpha && transparency.Length == 2 * header.Channels;
        if (!fits) throw file.Error("the transparency (tRNS) does not fit", $"{transparency.Length} bytes for colour type {header.ColourType}", header.HasPalette ? "at most 256" : "2 for grey, 6 for RGB, none with alpha", offset);
    }

    private static byte[] Unpack(ByteReader file, int offset, PngHeader header, MemoryStream packed)
    {
        long length = header.DataLength;
        if (length > Math.Min(Unpacking.Most(packed.Length), Array.MaxLength))
        {
            throw file.Error("the pixels are too few, or the header is wrong", $"{packed.Length} packed bytes", $"what unpacks to {length} for {header.Width} × {header.Height} pixels; get the file anew", offset);
        }
        packed.Position = 0;
        try
        {
            using var unpacking = new ZLibStream(packed, CompressionMode.Decompress);
            ArraySegment<byte> data = Unpacking.Read(unpacking, (int)length);
            if (data.Count < length) throw file.Error("the packed pixels end early", $"{data.Count} bytes", $"{length} for {header.Width} × {header.Height} pixels; get the file anew", offset);
            if (unpacking.ReadByte() >= 0) throw file.Error("the packed pixels go on too long", $"more than {length} bytes", $"{length} for {header.Width} × {header.Height} pixels; save the picture anew", offset);
            return data.Array!;
        }
        catch (Exception cause) when (cause is InvalidDataException or (IOException and not DataFormatException)) // the latter: packed with a dictionary, of which zlib complains in its own way
        {
            throw file.Error("the packed pixels are damaged", cause.Message, "sound zlib data; get the file anew", offset, cause);
        }
    }
}
