namespace Backprop.Fuzz;

/// <summary>A number that follows from other parts of the file; a change makes it lie.</summary>
internal abstract class DerivedPart(int size, bool bigEndian) : Part
{
    private Func<long, long>? _lie;

    /// <summary>Those of a higher order are computed later.</summary>
    public virtual int Order => 0;

    public override void Change(Mutation mutation)
    {
        long lie = mutation.Number(0);
        _lie = mutation.OneIn(2) ? truth => truth + lie % 17 : truth => truth == lie ? lie + 1 : lie;
    }

    /// <summary>Puts the number where its place has been kept free.</summary>
    public void Fill(Span<byte> place)
    {
        long value = Compute();
        Number.Encode(_lie is null ? value : _lie(value), place, bigEndian);
    }

    protected abstract long Compute();

    protected override void Write(PartWriter writer)
    {
        writer.Write(stackalloc byte[size]);
        if (writer.Length == Start + size) writer.Add(this, Start); // else the file is full
    }
}

/// <summary>The bytes of a part, and so many more.</summary>
internal sealed class LengthOf(Part part, int size, bool bigEndian = false, int more = 0) : DerivedPart(size, bigEndian)
{
    protected override long Compute() => part.Length + more;
}

/// <summary>Where a part begins.</summary>
internal sealed class OffsetOf(Part part, int size) : DerivedPart(size, bigEndian: false)
{
    protected override long Compute() => part.Start;
}

/// <summary>The checksum CRC-32 of a part.</summary>
internal sealed class Crc32Of(Part part, bool bigEndian = false) : DerivedPart(4, bigEndian)
{
    private static readonly uint[] s_table = Table();

    public override int Order => 1;

    protected override long Compute()
    {
        uint crc = uint.MaxValue;
        if (part.Home is not null)
        {
            foreach (byte value in part.Home[part.Start..part.End]) crc = s_table[(byte)(crc ^ value)] ^ (crc >> 8);
        }
        return ~crc;
    }

    private static uint[] Table()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (0xedb88320 * (value & 1));
            table[i] = value;
        }
        return table;
    }
}
