using System.IO.Compression;

namespace Backprop;

/// <summary>Reads an entry of a zip file from its start to its end, and knows at the end whether it was whole.</summary>
/// <remarks>
/// What an entry is said to hold is believed where its packed bytes justify the memory. Where it is more than four times as many, the entry is first unpacked once for nothing: memory is
/// taken for what really comes out. What would fill the memory though it is small, a bomb, is refused.
/// </remarks>
internal sealed class ZipEntryReader : IDisposable
{
    private const int BelievedExpansion = 4, BlockBytes = 4096;

    private readonly Stream _archive;
    private readonly ZipEntry _entry;
    private readonly string _name; // of file and entry
    private Stream _bytes;
    private uint _crc;

    public ZipEntryReader(Stream archive, string file, ZipEntry entry)
    {
        (_archive, _entry, _name) = (archive, entry, $"{file}({entry.Name})");
        _bytes = Start();
        if (!entry.IsDeflated) return;
        if (entry.Length > Unpacking.Most(entry.PackedLength)) throw Error(0, $"the {entry.PackedLength} bytes of deflate are said to unpack to {entry.Length}, and {Unpacking.Most(entry.PackedLength)} are the most that is believed. Store the entry without compression.");
        if (entry.Length / BelievedExpansion <= entry.PackedLength) return;
        ReadToEnd();
        (Offset, _crc, _bytes) = (0, 0, Start());
    }

    /// <summary>Bytes read so far, of those that the entry unpacks to.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes left to be read.</summary>
    public long Left => _entry.Length - Offset;

    /// <summary>Fills the span.</summary>
    /// <exception cref="DataFormatException">The entry ends before, or is damaged.</exception>
    public void ReadExactly(Span<byte> bytes)
    {
        int read = Read(bytes);
        if (read < bytes.Length) throw Error(Offset, $"the entry ends here, and {bytes.Length - read} bytes more were to follow. It is cut off: get the file anew.");
    }

    /// <summary>Reads what is left, and holds that all was as the directory says.</summary>
    /// <exception cref="DataFormatException">The entry holds more, or its checksum is wrong.</exception>
    public void ReadToEnd()
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        while (Left > 0) ReadExactly(block[..(int)Math.Min(block.Length, Left)]);
        if (_entry.IsDeflated && Read(block[..1]) != 0) throw Error(_entry.Length, "the entry unpacks to more than the directory says. It is damaged, or made to do harm.");
        if (_crc != _entry.Crc) throw Error(_entry.Length, $"the checksum of the entry is {_crc:X8}, and the directory says {_entry.Crc:X8}. It is damaged: get the file anew.");
    }

    /// <summary>The error of something wrong in the entry.</summary>
    public DataFormatException Error(long offset, string problem, Exception? cause = null) => new(_name, offset, problem, cause);

    public void Dispose() => _bytes.Dispose();

    private Stream Start()
    {
        var part = new StreamPart(_archive, _entry.Start, _entry.PackedLength);
        return _entry.IsDeflated ? new DeflateStream(part, CompressionMode.Decompress) : part;
    }

    private int Read(Span<byte> bytes)
    {
        try
        {
            int read = _bytes.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            _crc = Crc32.Append(_crc, bytes[..read]);
            Offset += read;
            return read;
        }
        catch (InvalidDataException cause)
        {
            throw Error(Offset, $"the deflated bytes are damaged from here on ({cause.Message}). Get the file anew.", cause);
        }
    }
}
