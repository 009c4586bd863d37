namespace Backprop;

/// <summary>An open safetensors file, or several with their index, whose tensors are read when they are asked for. May be used from several threads.</summary>
/// <remarks>
/// <code>
/// using SafeTensorsArchive archive = SafeTensors.Open("large.safetensors");
/// Tensor some = archive.Read("embedding.weight", 1000..1010);                                                  // ten rows; the rest is never read
/// float largest = archive.View("embedding.weight", (ReadOnlySpan&lt;float> all) => TensorPrimitives.Max(all));   // where the file is mapped, not copied
/// </code>
/// </remarks>
public sealed class SafeTensorsArchive : IDisposable
{
    private readonly SafeTensorsShard[] _shards;
    private readonly OrderedDictionary<string, (SafeTensorsShard Shard, SafeTensorsEntry Entry)> _entries = [];
    private readonly Dictionary<string, string> _metadata = [];

    /// <summary>All that several files hold; they are disposed of with the archive, or at once if two have a tensor of one name.</summary>
    internal SafeTensorsArchive(SafeTensorsShard[] shards)
    {
        _shards = shards;
        foreach (SafeTensorsShard shard in shards)
        {
            foreach ((string key, string text) in shard.Header.Metadata) _metadata.TryAdd(key, text);
            foreach (SafeTensorsEntry entry in shard.Header.Entries)
            {
                if (_entries.TryAdd(entry.Name, (shard, entry))) continue;
                Dispose();
                throw SafeTensors.Bad(shard.Name, sizeof(ulong), $"the tensor {Quote.Of(entry.Name)} is in {_entries[entry.Name].Shard.Name} too");
            }
        }
    }

    /// <summary>The tensors, in the order of the header.</summary>
    public IReadOnlyList<SafeTensorsEntry> Entries => [.. _entries.Values.Select(place => place.Entry)];

    /// <summary>Free text, by key; of several files with the same key, the first one's.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads a tensor.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this name.</exception>
    /// <exception cref="DataFormatException">An element is none that its type can have, or that <see cref="DType"/> can hold.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public Tensor Read(string name)
    {
        (SafeTensorsShard shard, SafeTensorsEntry entry) = Find(name);
        return shard.Read(entry, entry.Shape);
    }

    /// <summary>Reads some rows of a tensor: <paramref name="rows"/> of its first axis.</summary>
    /// <inheritdoc cref="Read(string)" path="/exception"/>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public Tensor Read(string name, Range rows)
    {
        (SafeTensorsShard shard, SafeTensorsEntry entry) = Find(name);
        if (entry.Shape.Rank == 0) throw new ArgumentOutOfRangeException(nameof(rows), $"{Quote.Of(name)} is a scalar and has no rows.");
        int count = entry.Shape[0], start = rows.Start.GetOffset(count), end = rows.End.GetOffset(count);
        if (start < 0 || end < start || end > count) throw new ArgumentOutOfRangeException(nameof(rows), $"{Quote.Of(name)} {entry.Shape} has no rows {rows}.");
        return shard.Read(entry, entry.Shape.With(0, end - start), count == 0 ? 0 : entry.ByteCount / count * start);
    }

    /// <summary>
    /// Shows the elements of a tensor where the operating system maps the file to: nothing is copied, and no more than what is looked at needs memory. The span is good for the
    /// time of the call. While it lasts nobody may shorten the file, for the operating system would end the process.
    /// </summary>
    /// <typeparam name="T">What the elements are in the file: <c>float</c> for F32, <c>Half</c> for F16, <c>ushort</c> for BF16, <c>byte</c> for BOOL and all numbers of eight bits.</typeparam>
    /// <typeparam name="TResult">What is made of them.</typeparam>
    /// <param name="name">The tensor.</param>
    /// <param name="use">What to do with its elements, row-major.</param>
    /// <exception cref="KeyNotFoundException">There is none of this name.</exception>
    /// <exception cref="InvalidCastException">The elements are something else.</exception>
    /// <exception cref="InvalidOperationException">The tensor does not start at a multiple of its elements' size.</exception>
    public TResult View<T, TResult>(string name, Func<ReadOnlySpan<T>, TResult> use) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(use);
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Elements in a file have the low byte first, and this machine the high one: Read turns them.");
        (SafeTensorsShard shard, SafeTensorsEntry entry) = Find(name);
        return shard.View(entry, use);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        foreach (SafeTensorsShard shard in _shards) shard.Dispose();
    }

    internal SafeTensorsFile ReadAll()
    {
        var tensors = new OrderedDictionary<string, Tensor>(_entries.Count);
        foreach ((string name, (SafeTensorsShard shard, SafeTensorsEntry entry)) in _entries) tensors.Add(name, shard.Read(entry, entry.Shape));
        return new SafeTensorsFile(tensors, _metadata);
    }

    private (SafeTensorsShard Shard, SafeTensorsEntry Entry) Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.TryGetValue(name, out (SafeTensorsShard, SafeTensorsEntry) place) ? place : throw new KeyNotFoundException($"{_shards[0].Name} has no tensor {Quote.Of(name)}.");
    }
}
