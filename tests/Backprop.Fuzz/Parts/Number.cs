using System.Buffers.Binary;

namespace Backprop.Fuzz;

/// <summary>A whole number of 1, 2, 4 or 8 bytes.</summary>
internal sealed class Number(long value, int size, bool bigEndian = false) : Part
{
    private readonly int _size = size;
    private long _value = value;
    private bool _bigEndian = bigEndian;

    public static Number Byte(long value) => new(value, 1);

    public static Number Big(long value, int size = 4) => new(value, size, bigEndian: true);

    public static Number Little(long value, int size = 4) => new(value, size);

    public override void Change(Mutation mutation)
    {
        if (mutation.OneIn(10)) _bigEndian = !_bigEndian;
        else _value = mutation.Number(_value);
    }

    protected override void Write(PartWriter writer)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        Encode(_value, bytes[.._size], _bigEndian);
        writer.Write(bytes[.._size]);
    }

    /// <summary>The lowest bytes of a number, as many as there is room for.</summary>
    public static void Encode(long value, Span<byte> bytes, bool bigEndian)
    {
        Span<byte> all = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(all, value);
        all[..bytes.Length].CopyTo(bytes);
        if (bigEndian) bytes.Reverse();
    }
}
