using System.Buffers.Binary;

namespace Backprop;

/// <summary>A place in the bytes of a file that goes forward as they are read; its complaints name both.</summary>
internal sealed class ByteReader(string path, byte[] bytes)
{
    public int Position { get; private set; }

    public int Left => bytes.Length - Position;

    /// <summary>The next byte without reading it; −1 at the end.</summary>
    public int Peek => Left > 0 ? bytes[Position] : -1;

    public byte Byte(string what) => Bytes(1, what)[0];

    public uint BigEndian(string what) => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4, what));

    /// <summary>The next <paramref name="count"/> bytes.</summary>
    public ReadOnlySpan<byte> Bytes(long count, string what)
    {
        if (count > Left) throw Error("the file is cut off", $"{Left} bytes to the end", $"{count} bytes of {what}; get the file anew");
        ReadOnlySpan<byte> read = bytes.AsSpan(Position, (int)count);
        Position += (int)count;
        return read;
    }

    /// <summary>The error of something wrong in the file, here or at another place.</summary>
    public DataFormatException Error(string problem, string found, string needs, int? offset = null, Exception? inner = null) =>
        new(path, offset ?? Position, $"{problem}: found {found}, needs {needs}.", inner);
}
