using System.IO.Compression;

namespace Backprop;

/// <summary>Reads a file from its start to its end, unpacking it if it is gzip; knows how far it has come, and how much the file can hold at most.</summary>
internal sealed class UnpackedFile : IDisposable
{
    private const int MostExpansion = 1032; // deflate makes at most 258 bytes of 2 bits

    private readonly Stream _bytes;
    private readonly bool _packed;

    private UnpackedFile(string path, Stream bytes, bool packed, long mostBytes) => (Path, _bytes, _packed, MostBytes) = (path, bytes, packed, mostBytes);

    public string Path { get; }

    /// <summary>Bytes read so far.</summary>
    public long Offset { get; private set; }

    /// <summary>The most bytes there can be, whatever the file says of itself; exactly so many if it is not packed.</summary>
    public long MostBytes { get; }

    public static UnpackedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[2];
        bool packed = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
        file.Position = 0;
        return packed
            ? new UnpackedFile(path, new GZipStream(file, CompressionMode.Decompress), packed, file.Length * MostExpansion)
            : new UnpackedFile(path, file, packed, file.Length);
    }

    /// <summary>Fills the span.</summary>
    /// <param name="bytes">Where to.</param>
    /// <param name="what">What is being read, for the message.</param>
    /// <exception cref="DataFormatException">The file ends before, or what it is packed in is damaged.</exception>
    public void ReadExactly(Span<byte> bytes, string what)
    {
        int read = Read(bytes);
        if (read < bytes.Length) throw Error(Offset, $"the file ends after {read} of the {bytes.Length} bytes of {what}. It is cut off: copy or download it again.");
    }

    /// <summary>Holds that there is nothing left, and that the checksum of what it was packed in is right.</summary>
    /// <exception cref="DataFormatException">There is more.</exception>
    public void ExpectEnd(string what)
    {
        Span<byte> more = stackalloc byte[1];
        if (Read(more) != 0) throw Error(Offset - 1, $"more bytes follow {what}, where the file must end. It is damaged: copy or download it again.");
    }

    /// <summary>The error of something wrong in the file.</summary>
    public DataFormatException Error(long offset, string problem, Exception? cause = null) => new(Path, offset, _packed ? $"(unpacked) {problem}" : problem, cause);

    public void Dispose() => _bytes.Dispose();

    private int Read(Span<byte> bytes)
    {
        try
        {
            int read = _bytes.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            Offset += read;
            return read;
        }
        catch (InvalidDataException cause) when (_packed)
        {
            throw Error(Offset, $"the gzip data is damaged from here on ({cause.Message}). Copy or download the file again.", cause);
        }
    }
}
