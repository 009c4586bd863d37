using System.Buffers.Binary;
using System.IO.Compression;

namespace Backprop;

/// <summary>Bytes in a grid, in the file format of MNIST (IDX), packed with gzip or not.</summary>
/// <remarks>
/// Two zero bytes, the type of the elements (8: unsigned bytes, the only one read here), the number of axes; the length of each axis as a big-endian 32-bit number; the elements in
/// row-major order. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
/// </remarks>
public sealed class IdxFile
{
    private const int UnsignedByte = 8;

    /// <summary>A file of these bytes, not yet written anywhere.</summary>
    /// <param name="shape">The lengths of the axes; images are [n, height, width], labels [n].</param>
    /// <param name="bytes">The elements in row-major order.</param>
    /// <exception cref="ShapeException">The number of bytes is not that of the shape, or there is no axis.</exception>
    public IdxFile(Shape shape, ReadOnlyMemory<byte> bytes)
    {
        if (shape.Rank == 0 || bytes.Length != shape.ElementCount)
        {
            throw new ShapeException($"IdxFile: {bytes.Length} bytes do not make a grid of shape {shape}; one byte an element and at least one axis are needed.");
        }
        (Shape, Bytes) = (shape, bytes);
    }

    /// <summary>The lengths of the axes.</summary>
    public Shape Shape { get; }

    /// <summary>The elements in row-major order.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Reads a file. Whether it is packed is told by its first bytes, not by its name.</summary>
    /// <exception cref="DataFormatException">It is no IDX file of bytes, cut off, too long, or damaged.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IdxFile Read(string path)
    {
        using UnpackedFile file = UnpackedFile.Open(path);
        return Read(file);
    }

    /// <summary>Reads a file of which only the bytes are there.</summary>
    /// <param name="stream">A stream that can seek, read from its position to its end and closed.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DataFormatException">It is no IDX file of bytes, cut off, too long, or damaged.</exception>
    public static IdxFile Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using UnpackedFile file = UnpackedFile.Open(stream, name);
        return Read(file);
    }

    private static IdxFile Read(UnpackedFile file)
    {
        Shape shape = ReadShape(file);
        byte[] bytes = file.ReadBytes(shape.ElementCount, $"elements {shape}");
        file.ExpectEnd($"elements {shape}");
        return new IdxFile(shape, bytes);
    }

    /// <summary>Writes the file, packed if its name ends in <c>.gz</c>. A file of that name is replaced when all is written, not before.</summary>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, file =>
        {
            if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            {
                using var packer = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
                Write(packer);
            }
            else
            {
                Write(file);
            }
        });
    }

    private void Write(Stream stream)
    {
        byte[] header = new byte[4 + 4 * Shape.Rank];
        (header[2], header[3]) = (UnsignedByte, (byte)Shape.Rank);
        for (int axis = 0; axis < Shape.Rank; axis++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * axis), Shape[axis]);
        stream.Write(header);
        stream.Write(Bytes.Span);
    }

    private static Shape ReadShape(UnpackedFile file)
    {
        Span<byte> magic = stackalloc byte[4];
        file.ReadExactly(magic, "an IDX header");
        if (magic is not [0, 0, _, > 0]) throw file.Error(0, $"not an IDX file: it begins with {Hex(magic)}, where 00 00 08 and the number of axes must stand (images: 00 00 08 03, labels: 00 00 08 01).");
        if (magic[2] != UnsignedByte) throw file.Error(2, $"the elements are {TypeName(magic[2])} (0x{magic[2]:X2}), where unsigned bytes (0x08) must stand.");

        Span<byte> header = stackalloc byte[4 * magic[3]];
        file.ReadExactly(header, $"the lengths of {magic[3]} axes");
        long[] lengths = new long[magic[3]];
        for (int axis = 0; axis < lengths.Length; axis++) lengths[axis] = BinaryPrimitives.ReadUInt32BigEndian(header[(4 * axis)..]);
        long most = Math.Min(file.MostBytes - file.Offset, Array.MaxLength);
        if (!Shape.TryCreate(lengths, out Shape shape) || shape.ElementCount > most)
        {
            throw file.Error(4, $"the header says [{string.Join(", ", lengths)}], and the file can hold no more than {most} elements. It is cut off or damaged: copy or download it again.");
        }
        return shape;
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes).Insert(6, " ").Insert(4, " ").Insert(2, " ");

    private static string TypeName(byte type) => type switch
    {
        0x09 => "signed bytes",
        0x0B => "16-bit integers",
        0x0C => "32-bit integers",
        0x0D => "32-bit floating point",
        0x0E => "64-bit floating point",
        _ => "unknown",
    };
}
