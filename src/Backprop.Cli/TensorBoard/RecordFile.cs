using System.Buffers.Binary;
using System.Numerics;

namespace Backprop.Cli.TensorBoard;

/// <summary>A file of records, as TensorFlow frames them (TFRecord): length, its checksum, the bytes, their checksum. Numbers are little-endian.</summary>
internal sealed class RecordFile(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);

    /// <summary>Appends a record.</summary>
    public void Write(ReadOnlySpan<byte> record)
    {
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)record.Length);
        _file.Write(length);
        WriteChecksum(length);
        _file.Write(record);
        WriteChecksum(record);
    }

    /// <summary>Lets readers see what was written.</summary>
    public void Flush() => _file.Flush();

    public void Dispose() => _file.Dispose();

    private void WriteChecksum(ReadOnlySpan<byte> bytes)
    {
        Span<byte> checksum = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Masked(Crc32C(bytes)));
        _file.Write(checksum);
    }

    /// <summary>A checksum over bytes that hold checksums themselves would be weak, so TensorFlow rotates it and adds a number.</summary>
    private static uint Masked(uint crc) => BitOperations.RotateRight(crc, 15) + 0xA282EAD8;

    /// <summary>Castagnoli's checksum, which processors have an instruction for.</summary>
    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
