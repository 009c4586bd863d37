using System.IO.Compression;

namespace Backprop.Fuzz;

internal enum Packing
{
    Deflate,
    Zlib,
    Gzip,
}

/// <summary>A part that is packed after its changes; a change of its own damages what comes out, or puts a bomb in its place.</summary>
internal sealed class Packed(Part content, Packing packing) : Part
{
    private const int LargestBomb = 23; // 2²² bytes

    private Mutation? _damage;
    private int _bomb;
    private CompressionLevel _level = CompressionLevel.Fastest;

    public override List<Part> Children { get; } = [content];

    public override void Change(Mutation mutation)
    {
        switch (mutation.Index(8))
        {
            case 0: _bomb = 1 << (12 + mutation.Index(LargestBomb - 12)); break;
            case 1: _level = CompressionLevel.NoCompression; break;
            case 2: _level = CompressionLevel.Optimal; break;
            default: _damage = mutation; break;
        }
    }

    protected override void Write(PartWriter writer)
    {
        var packed = new MemoryStream();
        using (Stream packer = Packer(packed))
        {
            foreach (Part child in Children) packer.Write(PartWriter.ToBytes(child));
            byte[] zeros = new byte[Math.Min(_bomb, 1 << 16)];
            for (int left = _bomb; left > 0; left -= zeros.Length) packer.Write(zeros);
        }
        writer.Write(_damage is null ? packed.ToArray() : _damage.Bytes(packed.ToArray()));
    }

    private Stream Packer(Stream to) => packing switch
    {
        Packing.Deflate => new DeflateStream(to, _level, leaveOpen: true),
        Packing.Zlib => new ZLibStream(to, _level, leaveOpen: true),
        _ => new GZipStream(to, _level, leaveOpen: true),
    };
}
