namespace Backprop;

/// <summary>Reads pictures: PNG (every colour type and bit depth, interlaced or not), PGM and PPM (as text or raw). Writes PNG.</summary>
public static class ImageFile
{
    /// <summary>Reads a picture; the format is known by the first bytes, whatever the file's name.</summary>
    /// <remarks>Samples of other depths are brought to 8 bits; what is transparent is laid over white, as on a page. Colour profiles are not applied.</remarks>
    /// <exception cref="DataFormatException">It is of another format, damaged or cut off.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static Image Read(string path) => Read(File.ReadAllBytes(path), path);

    /// <summary>Reads a picture of which only the bytes are there.</summary>
    /// <param name="bytes">The whole file; it is not changed.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DataFormatException">It is of another format, damaged or cut off.</exception>
    public static Image Read(byte[] bytes, string name)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var file = new ByteReader(name, bytes);
        return bytes switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => PngReader.Read(file),
            [(byte)'P', >= (byte)'1' and <= (byte)'7', ..] => PnmReader.Read(file),
            _ => throw file.Error("the picture is of an unknown format", FirstBytes(bytes), "PNG (89 50 4E 47), PGM or PPM (P2, P3, P5, P6); save it as PNG"),
        };
    }

    /// <summary>Writes a picture as PNG, 8 bits a sample.</summary>
    /// <exception cref="IOException">The file can't be written; the one that was there is as it was.</exception>
    public static void Write(string path, Image image)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(image);
        AtomicFile.Write(path, stream => PngEncoder.Write(stream, image));
    }

    /// <inheritdoc cref="Write(string, Image)"/>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="image">The picture.</param>
    public static void Write(Stream stream, Image image)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(image);
        PngEncoder.Write(stream, image);
    }

    private static string FirstBytes(byte[] bytes) => bytes.Length == 0 ? "an empty file" : BitConverter.ToString(bytes, 0, Math.Min(4, bytes.Length)).Replace('-', ' ');
}
