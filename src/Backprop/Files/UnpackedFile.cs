using System.IO.Compression;

namespace Backprop;

/// <summary>Reads a file from its start to its end, unpacking it if it is gzip; knows how far it has come, and how much the file can hold at most.</summary>
internal sealed class UnpackedFile : IDisposable
{
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
        return Open(File.OpenRead(path), path);
    }

    /// <summary>What a stream holds from its position to its end; it is closed with the file.</summary>
    /// <param name="stream">A stream that can seek.</param>
    /// <param name="path">What errors call it.</param>
    public static UnpackedFile Open(Stream stream, string path)
    {
        long start = stream.Position, length = stream.Length - start;
        Span<byte> magic = stackalloc byte[2];
        bool packed = stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
        stream.Position = start;
        return packed
            ? new UnpackedFile(path, new GZipStream(stream, CompressionMode.Decompress), packed, Unpacking.Most(length))
            : new UnpackedFile(path, stream, packed, length);
    }

    /// <summary>Fills the span.</summary>
    /// <param name="bytes">Where to.</param>
    /// <param name="what">What is being read, for the message.</param>
    /// <exception cref="DataFormatException">The file ends before, or what it is packed in is damaged.</exception>
    public void ReadExactly(Span<byte> bytes, string what)
    {
        int read = Read(bytes);
        if (read < bytes.Length) throw CutOff(read, bytes.Length, what);
    }

    /// <summary>The next bytes, of which the file claims to have so many. Memory grows as they come, so that a packed file gets no more than it really holds.</summary>
    /// <inheritdoc cref="ReadExactly" path="/exception"/>
    public byte[] ReadBytes(int count, string what)
    {
        ArraySegment<byte> read;
        try
        {
            read = Unpacking.Read(_bytes, count);
        }
        catch (InvalidDataException cause) when (_packed)
        {
            throw Damaged(cause);
        }
        Offset += read.Count;
        return read.Count == count ? read.Array! : throw CutOff(read.Count, count, what);
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
            throw Damaged(cause);
        }
    }

    private DataFormatException CutOff(int read, int count, string what) =>
        Error(Offset, $"the file ends after {read} of the {count} bytes of {what}. It is cut off: copy or download it again.");

    private DataFormatException Damaged(InvalidDataException cause) =>
        Error(Offset, $"the gzip data is damaged from here on ({cause.Message}). Copy or download the file again.", cause);
}
