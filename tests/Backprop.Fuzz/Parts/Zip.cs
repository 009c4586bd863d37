using System.IO.Compression;

namespace Backprop.Fuzz;

/// <summary>A zip file as parts: each entry with its own header, and the directory at the end.</summary>
internal static class Zip
{
    /// <param name="entries">Names, what is in them, and whether it is compressed.</param>
    public static Part Of(params IEnumerable<(string Name, Part Content, bool IsDeflated)> entries)
    {
        var locals = new List<Part>();
        var directory = new List<Part>();
        foreach ((string name, Part content, bool isDeflated) in entries)
        {
            Part bytes = isDeflated ? new Packed(content, Packing.Deflate) : content;
            var local = new Group(Number.Little(0x04034B50), Header(), bytes);
            locals.Add(local);
            directory.Add(new Group(
                Number.Little(0x02014B50), Number.Little(20, 2), Header(Number.Little(0, 2), Number.Little(0, 2), Number.Little(0, 2), Number.Little(0), new OffsetOf(local, 4))));

            Group Header(params IEnumerable<Part> more)
            {
                var text = new Text(name);
                return new Group([
                    Number.Little(20, 2), Number.Little(0, 2), Number.Little(isDeflated ? 8 : 0, 2), Number.Little(0), new Crc32Of(content), new LengthOf(bytes, 4), new LengthOf(content, 4),
                    new LengthOf(text, 2), Number.Little(0, 2), .. more, text]);
            }
        }
        var all = new Group(directory);
        var end = new Group(Number.Little(0x06054B50), Number.Little(0), Number.Little(directory.Count, 2), Number.Little(directory.Count, 2), new LengthOf(all, 4), new OffsetOf(all, 4), Number.Little(0, 2));
        return new Group(new Group(locals), all, end);
    }

    /// <summary>The bytes that really come out of the entries, whatever the directory says of them.</summary>
    public static long Unpacked(byte[] file)
    {
        long count = 0;
        for (int at = 0; at + 30 < file.Length; at++)
        {
            if (!file.AsSpan(at).StartsWith("PK\u0003\u0004"u8)) continue;
            int start = at + 30 + (file[at + 26] | file[at + 27] << 8) + (file[at + 28] | file[at + 29] << 8);
            if (file[at + 8] == 8 && start < file.Length) count += UnpackedBytes.Count(() => new DeflateStream(new MemoryStream(file, start, file.Length - start), CompressionMode.Decompress));
        }
        return count;
    }
}
