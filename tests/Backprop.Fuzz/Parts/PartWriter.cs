namespace Backprop.Fuzz;

/// <summary>The bytes of a file while it is written, and the parts of it that can be computed only when all stands.</summary>
internal sealed class PartWriter
{
    private const int MostBytes = 1 << 18; // what goes beyond is left out: repeated parts would make files of any size

    private const int MostParts = 1 << 17;

    private readonly List<(DerivedPart Part, int Start, int Size)> _derived = [];
    private byte[] _bytes = new byte[1024];
    private int _parts;

    public int Length { get; private set; }

    public bool IsFull => Length == MostBytes || _parts > MostParts;

    public Span<byte> this[Range range] => _bytes.AsSpan(0, Length)[range];

    /// <summary>Counts one part more.</summary>
    public void Enter() => _parts++;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MostBytes - Length)];
        if (Length + bytes.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Remembers a part whose place has been kept free; the same part may stand in several.</summary>
    public void Add(DerivedPart part, int start) => _derived.Add((part, start, Length - start));

    /// <summary>The bytes of a part, all computed.</summary>
    public static byte[] ToBytes(Part root)
    {
        var writer = new PartWriter();
        root.WriteTo(writer);
        foreach ((DerivedPart part, int start, int size) in writer._derived.OrderBy(derived => derived.Part.Order)) part.Fill(writer._bytes.AsSpan(start, size)); // checksums after what they cover
        return writer[..].ToArray();
    }
}
