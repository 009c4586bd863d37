using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Backprop;

/// <summary>One open safetensors file: its header, and its elements on demand. May be used from several threads.</summary>
internal sealed class SafeTensorsShard : IDisposable
{
    private readonly Stream _stream;
    private readonly long _origin; // where the file starts in the stream, and
    private readonly long _dataStart; // where the elements start in the file

    /// <summary>Reads the header and checks it in full. The stream goes from its position to its end.</summary>
    /// <exception cref="DataFormatException">The header is not sound.</exception>
    public SafeTensorsShard(Stream stream, string name)
    {
        (_stream, Name, _origin) = (stream, name, stream.Position);
        long available = stream.Length - _origin;
        if (available < sizeof(ulong)) throw SafeTensors.Bad(name, available, $"the file ends here; a safetensors file starts with {sizeof(ulong)} bytes that tell the length of its header");
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        available -= sizeof(ulong);
        if (length > (ulong)available) throw SafeTensors.Bad(name, 0, $"the header is said to have {length} bytes, but {available} follow: the file is cut off, or is no safetensors file");
        if (length > SafeTensorsHeader.MaxLength) throw SafeTensors.Bad(name, 0, $"the header is said to have {length} bytes; no more than {SafeTensorsHeader.MaxLength} are read");
        byte[] header = new byte[length];
        stream.ReadExactly(header);
        _dataStart = sizeof(ulong) + header.Length;
        Header = SafeTensorsHeader.Read(header, name, available - header.Length);
    }

    /// <summary>What errors call the file.</summary>
    public string Name { get; }

    public SafeTensorsHeader Header { get; }

    public static SafeTensorsShard Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            return new SafeTensorsShard(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The elements from byte <paramref name="begin"/> of a tensor on, in the given shape.</summary>
    public Tensor Read(SafeTensorsEntry entry, Shape shape, long begin = 0)
    {
        long next = entry.Begin + begin, first = next;
        return new ElementReader(entry.Type, Fill, (element, problem) => SafeTensors.Bad(Name, _dataStart + first + element * entry.Type.Size, $"{Quote.Of(entry.Name)}, {entry.StoredAs}: {problem}")).Read(shape);

        void Fill(Span<byte> bytes)
        {
            lock (_stream)
            {
                _stream.Position = _origin + _dataStart + next;
                _stream.ReadExactly(bytes);
            }
            next += bytes.Length;
        }
    }

    /// <summary>Shows the elements where the operating system maps the file to, for the time of the call.</summary>
    public unsafe TResult View<T, TResult>(SafeTensorsEntry entry, Func<ReadOnlySpan<T>, TResult> use) where T : unmanaged
    {
        if (!Fits<T>(entry.Type)) throw new InvalidCastException($"The elements of {Quote.Of(entry.Name)} are {entry.StoredAs} in the file, not {typeof(T).Name}: Read turns them into {entry.DType}.");
        long begin = _dataStart + entry.Begin;
        if (begin % sizeof(T) != 0) throw new InvalidOperationException($"{Quote.Of(entry.Name)} starts at byte {begin} of {Name}, no multiple of {sizeof(T)}, so that its {entry.StoredAs} can't be used where they are: Read copies them.");
        if (entry.ByteCount == 0) return use([]);
        if (_stream is not FileStream file) throw new InvalidOperationException($"{Name} is no file that can be mapped: Read copies its tensors.");
        using var map = MemoryMappedFile.CreateFromFile(file.SafeFileHandle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor(begin, entry.ByteCount, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return use(new ReadOnlySpan<T>(start + view.PointerOffset, entry.Shape.ElementCount));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    public void Dispose() => _stream.Dispose();

    // what is read unchecked must have a meaning whatever its bits: truth values are seen as bytes
    private static bool Fits<T>(StoredType type) => type switch
    {
        StoredType.Float32 => typeof(T) == typeof(float),
        StoredType.Float64 => typeof(T) == typeof(double),
        StoredType.Float16 => typeof(T) == typeof(Half),
        StoredType.Int64 => typeof(T) == typeof(long),
        StoredType.Int32 => typeof(T) == typeof(int),
        StoredType.Int16 => typeof(T) == typeof(short),
        StoredType.Int8 => typeof(T) == typeof(sbyte),
        StoredType.UInt64 => typeof(T) == typeof(ulong),
        StoredType.UInt32 => typeof(T) == typeof(uint),
        StoredType.UInt16 or StoredType.BFloat16 => typeof(T) == typeof(ushort),
        _ => typeof(T) == typeof(byte),
    };
}
