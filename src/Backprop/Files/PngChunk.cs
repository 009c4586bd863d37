using System.Buffers.Binary;

namespace Backprop;

/// <summary>What a PNG file consists of: a signature, and chunks behind it.</summary>
/// <remarks>Source: W3C, "Portable Network Graphics (PNG) Specification", third edition.</remarks>
internal static class PngChunk
{
    /// <summary>The file's first bytes.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>Writes a chunk: length, type, content, and a checksum of the latter two.</summary>
    public static void Write(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Append(Crc32.Append(0, type), content));
        stream.Write(number);
    }
}
