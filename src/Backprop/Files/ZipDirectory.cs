using System.Buffers.Binary;
using System.Text;

namespace Backprop;

/// <summary>What is in a zip file, and where. Held are: the directory at its end is whole, each entry's own header agrees with it, no two have one name, and none overlap.</summary>
/// <remarks>Source: PKWARE, "APPNOTE: .ZIP file format specification" 6.3.10, with its zip64. Encrypted files, files on several disks and other compression than deflate are refused.</remarks>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054B50, End64Signature = 0x06064B50, Locator64Signature = 0x07064B50, EntrySignature = 0x02014B50, LocalSignature = 0x04034B50;
    private const int EndLength = 22, End64Length = 56, Locator64Length = 20, EntryLength = 46, LocalLength = 30, Zip64Extra = 1;
    private const ushort EncryptedFlag = 1, StoredMethod = 0, DeflatedMethod = 8;

    private readonly Stream _stream; // from its position 0 to its end
    private readonly string _file;
    private readonly OrderedDictionary<string, ZipEntry> _entries = [];

    /// <summary>Reads the directory.</summary>
    /// <param name="stream">The whole file, in a stream that can seek.</param>
    /// <param name="file">What errors call it.</param>
    /// <exception cref="DataFormatException">This is no sound zip file.</exception>
    public ZipDirectory(Stream stream, string file)
    {
        (_stream, _file) = (stream, file);
        (long start, long length, long count) = FindDirectory();
        byte[] directory = Read(start, length, "the directory");
        int position = 0;
        while (position < directory.Length) AddEntry(directory, start, ref position);
        if (_entries.Count != count) throw Error(start, $"the directory has {_entries.Count} entries, and the end of the file says {count}. It is damaged: get it anew.");
        CheckOverlap(start);
    }

    /// <summary>The entries by name, in the order of the directory.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    /// <summary>Reads bytes of an entry that is not compressed, at any place.</summary>
    public void Read(ZipEntry entry, long offset, Span<byte> bytes)
    {
        _stream.Position = entry.Start + offset;
        _stream.ReadExactly(bytes);
    }

    /// <summary>Opens an entry to read it from start to end.</summary>
    public ZipEntryReader Open(ZipEntry entry) => new(_stream, _file, entry);

    private DataFormatException Error(long offset, string problem) => new(_file, offset, problem);

    /// <summary>Where the directory is, and how many entries it is said to have.</summary>
    private (long Start, long Length, long Count) FindDirectory()
    {
        long tail = Math.Min(_stream.Length, EndLength + ushort.MaxValue), tailStart = _stream.Length - tail;
        byte[] bytes = Read(tailStart, tail, "the end");
        for (int place = bytes.Length - EndLength; place >= 0; place--)
        {
            ReadOnlySpan<byte> end = bytes.AsSpan(place);
            if (UInt32(end, 0) != EndSignature || EndLength + UInt16(end, 20) != end.Length) continue; // a comment goes up to the end of the file
            (long at, long count, long length, long start) = (tailStart + place, UInt16(end, 10), UInt32(end, 12), UInt32(end, 16));
            bool isOneDisk = UInt16(end, 4) is 0 or ushort.MaxValue && UInt16(end, 6) is 0 or ushort.MaxValue;
            if (at >= Locator64Length && UInt32(Read(at - Locator64Length, Locator64Length, "the zip64 locator"), 0) == Locator64Signature)
            {
                ulong end64 = BinaryPrimitives.ReadUInt64LittleEndian(Read(at - Locator64Length, Locator64Length, "the zip64 locator").AsSpan(8));
                if (end64 > (ulong)(at - Locator64Length)) throw Error(at - Locator64Length, $"the zip64 end is said to be at byte {end64}, behind this. The file is damaged: get it anew.");
                byte[] wide = Read((long)end64, End64Length, "the zip64 end");
                if (UInt32(wide, 0) != End64Signature) throw Error((long)end64, "no zip64 end is here, where its locator says. The file is damaged: get it anew.");
                (at, count, length, start) = ((long)end64, Int64(wide, 32, (long)end64), Int64(wide, 40, (long)end64), Int64(wide, 48, (long)end64));
                isOneDisk &= UInt32(wide, 16) == 0 && UInt32(wide, 20) == 0;
            }
            if (!isOneDisk) throw Error(at, "the file is part of a zip file on several disks: join them.");
            if (start > at || length != at - start) throw Error(at, $"the directory is said to have the {length} bytes from {start} on, and would have to end here. The file is damaged: get it anew.");
            return (start, length, count);
        }
        throw Error(_stream.Length, "this is no zip file, or it is cut off: the directory that stands at the end of one is missing. Get it anew.");
    }

    private void AddEntry(byte[] directory, long directoryStart, ref int position)
    {
        long at = directoryStart + position;
        ReadOnlySpan<byte> entry = directory.AsSpan(position);
        if (entry.Length < EntryLength || UInt32(entry, 0) != EntrySignature) throw Error(at, "no entry of the zip directory is here, where one must be. The file is damaged: get it anew.");
        int nameLength = UInt16(entry, 28), extraLength = UInt16(entry, 30), all = EntryLength + nameLength + extraLength + UInt16(entry, 32);
        if (entry.Length < all) throw Error(at, $"the entry is said to have {all} bytes, and the directory ends after {entry.Length}. The file is damaged: get it anew.");
        ReadOnlySpan<byte> nameBytes = entry.Slice(EntryLength, nameLength), extra = entry.Slice(EntryLength + nameLength, extraLength);
        string name = Encoding.UTF8.GetString(nameBytes);
        int method = UInt16(entry, 10);
        (long packed, long length, long header) = (UInt32(entry, 20), UInt32(entry, 24), UInt32(entry, 42));
        if ((UInt16(entry, 8) & EncryptedFlag) != 0) throw Error(at, $"{Quote.Of(name)} is encrypted: write the file without a password.");
        if (method is not (StoredMethod or DeflatedMethod)) throw Error(at, $"{Quote.Of(name)} is compressed by method {method}; read are 0 (stored) and 8 (deflated).");
        ReadOnlySpan<byte> wide = Zip64(extra);
        if (length == uint.MaxValue) length = Wide(ref wide, at);
        if (packed == uint.MaxValue) packed = Wide(ref wide, at);
        if (header == uint.MaxValue) header = Wide(ref wide, at);
        if (header > directoryStart - LocalLength) throw Error(at, $"{Quote.Of(name)} is said to start at byte {header}, not in front of the directory at {directoryStart}. The file is damaged: get it anew.");
        long start = CheckLocal(name, nameBytes, method, header);
        if (packed > directoryStart - start) throw Error(at, $"{Quote.Of(name)} is said to have {packed} bytes, and {Math.Max(0, directoryStart - start)} are in front of the directory. The file is damaged: get it anew.");
        if (method == StoredMethod && packed != length) throw Error(at, $"{Quote.Of(name)} is not compressed, and is said to take {packed} bytes and to hold {length}. The file is damaged: get it anew.");
        if (!_entries.TryAdd(name, new ZipEntry(name, method == DeflatedMethod, UInt32(entry, 16), packed, length, header, start))) throw Error(at, $"the name {Quote.Of(name)} is there twice.");
        position += all;
    }

    /// <summary>Holds that the entry's own header is of the same name and method; where its bytes start.</summary>
    private long CheckLocal(string name, ReadOnlySpan<byte> nameBytes, int method, long header)
    {
        Span<byte> local = stackalloc byte[LocalLength + 256];
        local = local[..(LocalLength + Math.Min(nameBytes.Length, 256))];
        _stream.Position = header;
        if (_stream.ReadAtLeast(local, local.Length, throwOnEndOfStream: false) < local.Length || UInt32(local, 0) != LocalSignature)
        {
            throw Error(header, $"no entry of a zip file is here, where the directory says that {Quote.Of(name)} is. The file is damaged: get it anew.");
        }
        if (UInt16(local, 8) != method || UInt16(local, 26) != nameBytes.Length || !nameBytes.StartsWith(local[LocalLength..]))
        {
            throw Error(header, $"the entry here has another name or method than the directory says, {Quote.Of(name)}. The file is damaged: get it anew.");
        }
        return header + LocalLength + nameBytes.Length + UInt16(local, 28);
    }

    private void CheckOverlap(long directoryStart)
    {
        ZipEntry[] inOrder = [.. _entries.Values];
        Array.Sort(inOrder, (a, b) => a.HeaderStart.CompareTo(b.HeaderStart));
        for (int i = 0; i < inOrder.Length; i++)
        {
            long limit = i + 1 < inOrder.Length ? inOrder[i + 1].HeaderStart : directoryStart;
            if (inOrder[i].End > limit) throw Error(limit, $"the entry {Quote.Of(inOrder[i].Name)} overlaps what starts here. The file is damaged, or made to do harm.");
        }
    }

    /// <summary>The numbers that did not fit into 32 bits.</summary>
    private static ReadOnlySpan<byte> Zip64(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int kind = UInt16(extra, 0), length = UInt16(extra, 2);
            extra = extra[4..];
            if (length > extra.Length) break;
            if (kind == Zip64Extra) return extra[..length];
            extra = extra[length..];
        }
        return [];
    }

    private long Wide(ref ReadOnlySpan<byte> wide, long at)
    {
        if (wide.Length < 8) throw Error(at, "the entry lacks a number of 64 bits that it refers to. The file is damaged: get it anew.");
        long value = Int64(wide, 0, at);
        wide = wide[8..];
        return value;
    }

    private long Int64(ReadOnlySpan<byte> bytes, int offset, long at) =>
        BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]) is >= 0 and long value ? value : throw Error(at, "a number of 64 bits is larger than any file. The file is damaged: get it anew.");

    private byte[] Read(long offset, long length, string what)
    {
        if (length > Array.MaxLength || offset + length > _stream.Length) throw Error(offset, $"{what} of the zip file is said to have {length} bytes, and {_stream.Length - offset} follow. It is cut off: get it anew.");
        byte[] bytes = new byte[length];
        _stream.Position = offset;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}
