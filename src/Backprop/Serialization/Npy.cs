using System.Buffers.Binary;
using System.Text;

namespace Backprop;

/// <summary>A tensor in a file of NumPy's, <c>.npy</c>: what <c>numpy.save</c> writes and <c>numpy.load</c> reads.</summary>
/// <remarks>
/// Read are versions 1, 2 and 3, booleans, integers and floating-point numbers of one to eight bytes, either byte first, either axis fastest. What is written, NumPy would write with the same bytes.
/// Source: <c>numpy.lib.format</c>, its description of the format.
/// </remarks>
public static class Npy
{
    /// <summary>Writes a file, row-major and the low byte first. Until all of it has reached the disk, whatever stood under this path stays there.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void Save(string path, Tensor tensor)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensor);
        AtomicFile.Write(path, stream => Save(stream, tensor));
    }

    /// <inheritdoc cref="Save(string, Tensor)"/>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="tensor">The tensor.</param>
    public static void Save(Stream stream, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensor);
        stream.Write(NpyHeader.Write(tensor));
        TensorBytes.Visit(tensor, bytes => stream.Write(bytes));
    }

    /// <summary>Reads a file. Smaller integers become Int32, unsigned ones of four and eight bytes Int64, and numbers of two bytes Float32.</summary>
    /// <exception cref="DataFormatException">This is no sound file of numbers; the message tells the file, the byte and what is wrong there.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static Tensor Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return Load(stream, path);
    }

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="stream">A stream that can seek, read from its position to its end; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    public static Tensor Load(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Read(name, stream.Length - stream.Position, bytes => stream.ReadExactly(bytes));
    }

    /// <summary>Reads an array from bytes that are there, so and so many, and are asked for in order.</summary>
    internal static Tensor Read(string name, long length, Action<Span<byte>> next)
    {
        Span<byte> start = stackalloc byte[12];
        Span<byte> prefix = start[..10];
        if (length < prefix.Length) throw Error(length, $"the file ends here; a .npy file starts with {prefix.Length} bytes that tell its version and the length of its header");
        next(prefix);
        if (!prefix.StartsWith(NpyHeader.Magic)) throw Error(0, "the file does not start with \\x93NUMPY: it is no .npy file");
        if (prefix[6] is not (1 or 2 or 3) || prefix[7] != 0) throw Error(6, $"the format's version is {prefix[6]}.{prefix[7]}; read are 1.0, 2.0 and 3.0");
        if (prefix[6] > 1)
        {
            prefix = start;
            if (length < prefix.Length) throw Error(length, "the file ends within the length of its header");
            next(prefix[10..]);
        }
        uint headerLength = prefix.Length == 12 ? BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]) : BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..]);
        if (headerLength > length - prefix.Length) throw Error(8, $"the header is said to have {headerLength} bytes, but {length - prefix.Length} follow: the file is cut off");
        if (headerLength > NpyHeader.MostLength) throw Error(8, $"the header is said to have {headerLength} bytes; no more than {NpyHeader.MostLength} are read, and an array of numbers needs a hundred");
        byte[] bytes = new byte[headerLength];
        next(bytes);
        long dataStart = prefix.Length + headerLength;
        NpyHeader header = NpyHeader.Read(Encoding.Latin1.GetString(bytes), name, prefix.Length); // version 3 has UTF-8, which only the names of fields need: those are refused
        long needed = (long)header.Shape.ElementCount * header.Type.Size, left = length - dataStart;
        if (left != needed) throw Error(Math.Min(length, dataStart + needed), $"the array {header.Shape} takes {needed} bytes, and {left} follow its header: the file is {(left < needed ? "cut off" : "longer than it")}");
        return new ElementReader(header.Type, next, (element, problem) => Error(dataStart + element * header.Type.Size, problem), header.IsBigEndian).Read(header.Shape, header.IsFortranOrder);

        DataFormatException Error(long offset, string problem) => new(name, offset, problem + ".");
    }
}
