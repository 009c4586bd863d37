using System.Buffers.Binary;

namespace Backprop;

/// <summary>Tensors with names in a file, in the format of the <c>safetensors</c> library, which nearly every framework reads and which holds no code.</summary>
/// <remarks>
/// Eight bytes say how long the header is; the header is JSON: for each name its <c>dtype</c>, <c>shape</c> and <c>data_offsets</c>, and free text under
/// <c>__metadata__</c>; then come the elements, row-major, the low byte first. Dtypes: F32, F64, I32, I64, BOOL.
/// Source: <c>huggingface/safetensors</c>, format description and reference implementation.
/// </remarks>
public static class SafeTensors
{
    /// <summary>Writes a file. Until all of it has reached the disk, whatever stood under this path stays there.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="tensors">The tensors by name. The wider elements are put first, so that all are aligned; otherwise the order stays.</param>
    /// <param name="metadata">Free text, by key.</param>
    /// <exception cref="ArgumentException">A name is there twice, or is <c>__metadata__</c>.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        AtomicFile.Write(path, stream => Save(stream, tensors, metadata));
    }

    /// <inheritdoc cref="Save(string, IEnumerable{KeyValuePair{string, Tensor}}, IReadOnlyDictionary{string, string})"/>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Free text, by key.</param>
    public static void Save(Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        KeyValuePair<string, Tensor>[] inOrder = [.. tensors.OrderByDescending(named => named.Value.DType.Size)];
        ReadOnlySpan<byte> header = SafeTensorsHeader.Write(inOrder, metadata);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach ((_, Tensor tensor) in inOrder) TensorBytes.Visit(tensor, bytes => stream.Write(bytes));
    }

    /// <summary>Reads a file. Its header is checked in full, against the file's length too, before the first tensor is allocated.</summary>
    /// <exception cref="DataFormatException">This is no sound safetensors file; the message tells the file, the byte and what is wrong there.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static SafeTensorsFile Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return Load(stream, path);
    }

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="stream">A stream that can seek, read from its position to its end; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    public static SafeTensorsFile Load(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        SafeTensorsHeader header = ReadHeader(stream, name, out long dataStart);
        long origin = stream.Position;
        var tensors = new OrderedDictionary<string, Tensor>();
        using StepMemory.Outside outside = StepMemory.Suspend();
        foreach (SafeTensorsEntry entry in header.Entries)
        {
            stream.Position = origin + entry.Begin;
            Tensor tensor = Tensor.Uninitialized(entry.Shape, entry.DType);
            TensorBytes.Visit(tensor, bytes => stream.ReadExactly(bytes));
            if (entry.DType == DType.Bool) CheckTruth(tensor, entry, name, dataStart);
            tensors.Add(entry.Name, tensor);
        }
        return new SafeTensorsFile(tensors, header.Metadata);
    }

    /// <summary>Reads the free text of a file, and checks its header, but reads no tensor.</summary>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    public static IReadOnlyDictionary<string, string> LoadMetadata(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return ReadHeader(stream, path, out _).Metadata;
    }

    private static SafeTensorsHeader ReadHeader(Stream stream, string name, out long dataStart)
    {
        long available = stream.Length - stream.Position;
        if (available < sizeof(ulong)) throw Bad(name, available, $"the file ends here; a safetensors file starts with {sizeof(ulong)} bytes that tell the length of its header");
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        available -= sizeof(ulong);
        if (length > (ulong)available) throw Bad(name, 0, $"the header is said to have {length} bytes, but {available} follow: the file is cut off, or is no safetensors file");
        if (length > SafeTensorsHeader.MaxLength) throw Bad(name, 0, $"the header is said to have {length} bytes; no more than {SafeTensorsHeader.MaxLength} are read");
        byte[] header = new byte[length];
        stream.ReadExactly(header);
        dataStart = sizeof(ulong) + header.Length;
        return SafeTensorsHeader.Read(header, name, available - header.Length);
    }

    private static void CheckTruth(Tensor tensor, SafeTensorsEntry entry, string name, long dataStart)
    {
        long offset = dataStart + entry.Begin;
        TensorBytes.Visit(tensor, bytes =>
        {
            int wrong = bytes.IndexOfAnyExceptInRange<byte>(0, 1);
            if (wrong >= 0) throw Bad(name, offset + wrong, $"an element of the BOOL tensor \"{entry.Name}\" is {bytes[wrong]}, neither 0 nor 1");
            offset += bytes.Length;
        });
    }

    internal static DataFormatException Bad(string file, long offset, string problem) => new(file, offset, problem + ".");
}

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">The tensors by name, in the order of the header.</param>
/// <param name="Metadata">Free text, by key.</param>
public sealed record SafeTensorsFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata);
