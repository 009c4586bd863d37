using System.Buffers.Binary;
using System.Text;

namespace Backprop.Tests;

/// <summary>A protocol buffer message as its bytes say, without any schema: values by the number of their field. It shares nothing with the writer.</summary>
internal sealed class WireMessage
{
    private readonly List<(int Field, int WireType, ulong Number, byte[] Bytes)> _fields = [];

    public WireMessage(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ulong key = Varint(ref bytes);
            (int field, int type) = ((int)(key >> 3), (int)(key & 7));
            switch (type)
            {
                case 0:
                    _fields.Add((field, type, Varint(ref bytes), []));
                    break;
                case 1:
                    _fields.Add((field, type, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, 8)), []));
                    break;
                case 2:
                    int length = checked((int)Varint(ref bytes));
                    _fields.Add((field, type, 0, Take(ref bytes, length).ToArray()));
                    break;
                case 5:
                    _fields.Add((field, type, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4)), []));
                    break;
                default:
                    throw new InvalidDataException($"A field of wire type {type} is none that is in use.");
            }
        }
    }

    public bool Has(int field) => _fields.Exists(each => each.Field == field);

    public long Int(int field) => Has(field) ? (long)Single(field, 0).Number : 0;

    public double Double(int field) => Has(field) ? BitConverter.UInt64BitsToDouble(Single(field, 1).Number) : 0;

    public float Float(int field) => Has(field) ? BitConverter.UInt32BitsToSingle((uint)Single(field, 5).Number) : 0;

    public byte[] Bytes(int field) => Single(field, 2).Bytes;

    public string Text(int field) => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes(field));

    public WireMessage Message(int field) => new(Bytes(field));

    public IEnumerable<WireMessage> Messages(int field) => _fields.Where(each => each.Field == field).Select(each => new WireMessage(each.Bytes));

    public IEnumerable<string> Texts(int field) => _fields.Where(each => each.Field == field).Select(each => Encoding.UTF8.GetString(each.Bytes));

    /// <summary>Repeated doubles, packed.</summary>
    public double[] Doubles(int field) => [.. Bytes(field).Chunk(8).Select(chunk => BinaryPrimitives.ReadDoubleLittleEndian(chunk))];

    private (int Field, int WireType, ulong Number, byte[] Bytes) Single(int field, int type)
    {
        var found = Assert.Single(_fields, each => each.Field == field);
        Assert.Equal(type, found.WireType);
        return found;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int count)
    {
        ReadOnlySpan<byte> taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = Take(ref bytes, 1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }
}
