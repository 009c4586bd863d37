using System.Buffers.Binary;

namespace Backprop;

/// <summary>Tensors with names in a file, in the format of the <c>safetensors</c> library, which nearly every framework reads and which holds no code.</summary>
/// <remarks>
/// Eight bytes say how long the header is; the header is JSON: for each name its <c>dtype</c>, <c>shape</c> and <c>data_offsets</c>, and free text under
/// <c>__metadata__</c>; then come the elements, row-major, the low byte first. Written are F32, F64, I32, I64, BOOL; read into them are the small and the unsigned
/// integers, F16, BF16 and the numbers of eight bits too. Large models come in several files with an index, JSON that says which tensor is in which.
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

    /// <summary>
    /// Writes several files and their index, as the libraries of Hugging Face do: <c>model.safetensors.index.json</c> beside <c>model-00001-of-00002.safetensors</c> and so on.
    /// The index is written last, and one that was there is deleted first: what can be read is never half of one model and half of another.
    /// </summary>
    /// <param name="indexPath">Where the index goes; it ends in <c>.safetensors.index.json</c>, and the files lie beside it.</param>
    /// <param name="tensors">The tensors by name, put into the files in this order.</param>
    /// <param name="maxShardBytes">How many bytes of elements a file holds at most; a tensor with more has a file of its own.</param>
    /// <param name="metadata">Free text, by key, which each of the files carries.</param>
    /// <exception cref="ArgumentException">The path does not end as it must, a name is there twice, or is <c>__metadata__</c>.</exception>
    /// <exception cref="IOException">A file can't be written.</exception>
    public static void SaveShards(string indexPath, IEnumerable<KeyValuePair<string, Tensor>> tensors, long maxShardBytes, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(indexPath);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        SafeTensorsIndex.Write(indexPath, tensors, maxShardBytes, metadata);
    }

    /// <summary>
    /// Reads a file, or all files of an index (<c>.json</c>). Headers are checked in full, against the lengths of the files too, before the first tensor is allocated.
    /// </summary>
    /// <exception cref="DataFormatException">This is no sound safetensors file; the message tells the file, the byte and what is wrong there.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    public static SafeTensorsFile Load(string path)
    {
        using SafeTensorsArchive archive = Open(path);
        return archive.ReadAll();
    }

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="stream">A stream of one file that can seek, read from its position to its end; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    public static SafeTensorsFile Load(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new SafeTensorsArchive([new SafeTensorsShard(stream, name)]).ReadAll(); // not disposed, for the stream is the caller's
    }

    /// <summary>Opens a file, or all files of an index (<c>.json</c>), to read some of its tensors, or some rows of one: for files larger than memory.</summary>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    public static SafeTensorsArchive Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? SafeTensorsIndex.Open(path) : new SafeTensorsArchive([SafeTensorsShard.Open(path)]);
    }

    /// <summary>Reads the free text of a file, and checks its header, but reads no tensor.</summary>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    public static IReadOnlyDictionary<string, string> LoadMetadata(string path)
    {
        using SafeTensorsArchive archive = Open(path);
        return archive.Metadata;
    }

    internal static DataFormatException Bad(string file, long offset, string problem) => new(file, offset, problem + ".");
}

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">The tensors by name, in the order of the header.</param>
/// <param name="Metadata">Free text, by key.</param>
public sealed record SafeTensorsFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata);
