using System.Runtime.InteropServices;

namespace Backprop;

/// <summary>The storages of a PyTorch file, and the tensors that are views of them.</summary>
/// <param name="zip">The file.</param>
/// <param name="file">What errors call it.</param>
/// <param name="folder">The folder within it in which all is, with the slash behind.</param>
/// <param name="bigEndian">Whether the elements have the high byte first.</param>
/// <param name="memory">What may be taken.</param>
internal sealed class PickleStorages(ZipDirectory zip, string file, string folder, bool bigEndian, PickleMemory memory)
{
    private const int TensorBytes = 512; // besides the elements

    private readonly Dictionary<string, byte[]> _scattered = []; // storages that tensors pick elements from, by entry

    /// <summary>The storage of a key, with a text of what is wrong with it.</summary>
    public PickledStorage? Find(string key, StoredType? type, long count, out string? problem)
    {
        problem = null;
        if (!zip.Entries.TryGetValue($"{folder}data/{key}", out ZipEntry? entry)) problem = $"the storage {Quote.Of(key)} is not in the file";
        else if (entry.IsDeflated) problem = $"the storage {Quote.Of(key)} is compressed, as PyTorch never does; save the file anew with torch.save";
        else if (count < 0 || (Int128)count * (type?.Size ?? 1) != entry.Length) problem = $"the storage {Quote.Of(key)} is said to have {count} elements of {type?.Size ?? 1} bytes, and {entry.Length} bytes are there";
        return problem is null ? new PickledStorage(entry!, type, count) : null;
    }

    /// <summary>A tensor, copied out of a storage. See <see cref="Problem"/> for what must have been checked.</summary>
    public Tensor Read(PickledStorage storage, StoredType type, Shape shape, long offset, ReadOnlySpan<long> strides)
    {
        Action<Span<byte>> next = IsContiguous(shape, strides) ? InOrder(storage, offset * type.Size) : Scattered(storage, type.Size, shape, offset, strides.ToArray());
        return new ElementReader(type, next, (element, problem) => new DataFormatException($"{file}({storage.Entry.Name})", 0, $"of the tensor {shape} that starts at element {offset}, {problem}."), bigEndian).Read(shape);
    }

    /// <summary>Why such a view can't be read; null if it can, and then the memory for it is taken.</summary>
    public string? Problem(PickledStorage storage, StoredType type, ReadOnlySpan<long> lengths, long offset, ReadOnlySpan<long> strides, out Shape shape)
    {
        shape = default;
        if (lengths.Length != strides.Length || lengths.Length > StoredShape.MostAxes) return $"a tensor has {lengths.Length} axes and {strides.Length} strides";
        if (offset < 0 || lengths.ContainsAnyInRange(long.MinValue, -1) || strides.ContainsAnyInRange(long.MinValue, -1)) return "a tensor has a length, a stride or an offset below 0";
        if (StoredShape.Create(lengths) is not { } known) return StoredShape.TooLarge("a tensor", lengths);
        shape = known;
        long count = storage.Type is null ? storage.Count / type.Size : storage.Count;
        Int128 last = offset;
        for (int axis = 0; axis < lengths.Length; axis++) last += (Int128)(lengths[axis] - 1) * strides[axis];
        if (shape.ElementCount > 0 && last >= count) return $"a tensor {shape} of strides [{string.Join(", ", strides.ToArray())}] from element {offset} on reaches element {last} of a storage of {count}";
        if (shape.ElementCount > 0 && !IsContiguous(shape, strides) && !_scattered.ContainsKey(storage.Entry.Name))
        {
            if (storage.Entry.Length > Array.MaxLength) return $"a tensor picks elements from a storage of {storage.Entry.Length} bytes, more than {Array.MaxLength}; save it anew with .contiguous()";
            if (!memory.TryTake(storage.Entry.Length)) return "the tensors are views that take more memory than the file justifies; save them anew with .clone()";
        }
        return memory.TryTake(TensorBytes + (long)shape.ElementCount * type.Widened.Size) ? null : "the tensors are views that take more memory than the file justifies; save them anew with .clone()";
    }

    private static bool IsContiguous(Shape shape, ReadOnlySpan<long> strides)
    {
        long stride = 1;
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            if (shape[axis] != 1 && strides[axis] != stride) return shape.ElementCount == 0;
            stride *= shape[axis];
        }
        return true;
    }

    private Action<Span<byte>> InOrder(PickledStorage storage, long position) => bytes =>
    {
        zip.Read(storage.Entry, position, bytes);
        position += bytes.Length;
    };

    /// <summary>The elements of a strided view, row-major, however they lie in the storage.</summary>
    private Action<Span<byte>> Scattered(PickledStorage storage, int size, Shape shape, long offset, long[] strides)
    {
        ref byte[]? all = ref CollectionsMarshal.GetValueRefOrAddDefault(_scattered, storage.Entry.Name, out bool isThere);
        if (!isThere) zip.Read(storage.Entry, 0, all = new byte[storage.Entry.Length]);
        byte[] source = all!;
        int[] index = new int[strides.Length];
        long place = offset;
        return bytes =>
        {
            for (; !bytes.IsEmpty; bytes = bytes[size..])
            {
                source.AsSpan((int)(place * size), size).CopyTo(bytes);
                for (int axis = strides.Length - 1; axis >= 0; axis--)
                {
                    place += strides[axis];
                    if (++index[axis] < shape[axis]) break;
                    place -= strides[axis] * shape[axis];
                    index[axis] = 0;
                }
            }
        };
    }
}
