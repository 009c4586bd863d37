using System.Buffers.Binary;

namespace Backprop.Tests;

/// <summary>Reads TFRecord files by their description alone, and holds that every checksum is right. It shares nothing with the writer: the checksum is computed bit by bit.</summary>
internal static class RecordReader
{
    private const uint Castagnoli = 0x82F63B78; // the polynomial, bits reversed

    public static List<byte[]> Read(string path)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        var records = new List<byte[]>();
        while (!file.IsEmpty)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
            Assert.Equal(MaskedCrc(file[..8]), BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
            ReadOnlySpan<byte> record = file.Slice(12, length);
            Assert.Equal(MaskedCrc(record), BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..]));
            records.Add(record.ToArray());
            file = file[(16 + length)..];
        }
        return records;
    }

    /// <summary>CRC-32C (RFC 3720, appendix B.4).</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ Castagnoli : crc >> 1;
        }
        return ~crc;
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc(bytes);
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }
}
