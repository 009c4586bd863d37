using System.Globalization;

namespace Backprop;

/// <summary>Reads what <c>torch.save</c> writes, <c>.pt</c> and <c>.pth</c>, without Python and without running anything that is in the file.</summary>
/// <remarks>
/// Such a file is a zip file with a pickle, which is a program, and the elements of the tensors beside it. Carried out is what rebuilds tensors, dictionaries, lists, tuples, numbers and
/// text; at anything else the file is refused. Files from before PyTorch 1.6 have another format: save them anew. To write for PyTorch, use <see cref="SafeTensors"/>.
/// </remarks>
public static class PyTorchFile
{
    private const int MostDepth = 64;
    private static readonly string[] s_wrappers = ["state_dict", "model_state_dict", "model"];

    /// <summary>Reads all that is in a file.</summary>
    /// <returns>
    /// Null for None; bool, long (beyond 64 bits <see cref="System.Numerics.BigInteger"/>), double, string; <see cref="Tensor"/>; <c>IReadOnlyList&lt;object?></c> for lists, tuples and
    /// sizes; <c>IReadOnlyDictionary&lt;object, object?></c> for dictionaries, whose keys are text and whole numbers. A dtype is text, <c>torch.float32</c>. Views are copied.
    /// </returns>
    /// <exception cref="DataFormatException">The file is damaged, is of the old format, or asks for something else; the message names it and its byte.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static object? Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return Load(stream, path);
    }

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="stream">A stream that can seek, read from its start to its end; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    public static object? Load(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Load(stream, name, out _);
    }

    /// <summary>Reads the tensors of a file under their names: what <see cref="Module.LoadState(IEnumerable{KeyValuePair{string, Tensor}}, LoadOptions?)"/> takes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="under">
    /// Which part of the file: the keys that lead to it, with dots between. Null: if the outermost dictionary holds no tensor itself, but a <c>state_dict</c>,
    /// <c>model_state_dict</c> or <c>model</c>, that; otherwise all.
    /// </param>
    /// <returns>Tensors by name; for one in a dictionary in a dictionary, or in a list, keys and places with dots between.</returns>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    /// <exception cref="KeyNotFoundException">There is no such part.</exception>
    public static IReadOnlyDictionary<string, Tensor> LoadTensors(string path, string? under = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return LoadTensors(stream, path, under);
    }

    /// <inheritdoc cref="LoadTensors(string, string?)"/>
    /// <param name="stream">A stream that can seek, read from its start to its end; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="under">Which part of the file.</param>
    public static IReadOnlyDictionary<string, Tensor> LoadTensors(Stream stream, string name, string? under = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        object? part = Load(stream, name, out PickleMemory memory);
        if (under is not null) part = Find(part, under, name);
        else if (part is IReadOnlyDictionary<object, object?> whole && !whole.Values.Any(value => value is Tensor))
        {
            part = s_wrappers.Select(key => whole.GetValueOrDefault(key)).FirstOrDefault(value => value is IReadOnlyDictionary<object, object?>) ?? part;
        }
        var tensors = new OrderedDictionary<string, Tensor>();
        Collect(part, "", 0);
        return tensors;

        void Collect(object? value, string prefix, int depth)
        {
            if (depth > MostDepth) throw new DataFormatException(name, 0, $"the values lie in one another more than {MostDepth} deep; read them with Load.");
            if (value is IReadOnlyDictionary<object, object?> dictionary)
            {
                foreach ((object key, object? item) in dictionary) Add(item, prefix, string.Create(CultureInfo.InvariantCulture, $"{key}"), depth);
            }
            else if (value is IReadOnlyList<object?> list)
            {
                for (int i = 0; i < list.Count; i++) Add(list[i], prefix, i.ToString(CultureInfo.InvariantCulture), depth);
            }
            else if (depth == 0) throw new DataFormatException(name, 0, "there are no names here, for this is neither a dictionary nor a list; read it with Load.");
        }

        void Add(object? item, string prefix, string key, int depth)
        {
            if (item is not (Tensor or IReadOnlyDictionary<object, object?> or IReadOnlyList<object?>)) return;
            if (!memory.TryTake(2L * (prefix.Length + key.Length + 1) + 64)) throw new DataFormatException(name, 0, "the same values are there under more names than the length of the file justifies; read them with Load.");
            if (item is not Tensor tensor) Collect(item, $"{prefix}{key}.", depth + 1);
            else if (!tensors.TryAdd(prefix + key, tensor)) throw new DataFormatException(name, 0, $"two tensors are called {Quote.Of(prefix + key)}; read them with Load.");
        }
    }

    private static object? Find(object? value, string under, string name)
    {
        foreach (string key in under.Split('.'))
        {
            value = value is IReadOnlyDictionary<object, object?> dictionary && (dictionary.TryGetValue(key, out object? item) || long.TryParse(key, out long number) && dictionary.TryGetValue(number, out item))
                ? item
                : throw new KeyNotFoundException($"{name} has nothing under {Quote.Of(under)}: there is no {Quote.Of(key)}.");
        }
        return value;
    }

    private static object? Load(Stream stream, string name, out PickleMemory memory)
    {
        RefuseOldFormat(stream, name);
        var zip = new ZipDirectory(stream, name);
        memory = new PickleMemory(stream.Length);
        ZipEntry? pickle = zip.Entries.Values.FirstOrDefault(entry => entry.Name.EndsWith("/data.pkl", StringComparison.Ordinal));
        if (pickle is null) throw new DataFormatException(name, 0, "the zip file has no data.pkl in its folder: torch.save did not write it.");
        string folder = pickle.Name[..^"data.pkl".Length];
        if (zip.Entries.ContainsKey(folder + "constants.pkl")) throw new DataFormatException(name, 0, "this is a TorchScript program, not tensors alone. Save the weights in Python: torch.save(model.state_dict(), path).");
        byte[] bytes = Read(pickle);
        memory.TryTake(bytes.Length);
        bool bigEndian = zip.Entries.TryGetValue(folder + "byteorder", out ZipEntry? order) && Order(Read(order), name);
        return new Unpickler(bytes, $"{name}({pickle.Name})", new PickleStorages(zip, name, folder, bigEndian, memory), memory).Run();

        byte[] Read(ZipEntry entry)
        {
            if (entry.IsDeflated) throw new DataFormatException(name, entry.HeaderStart, $"{Quote.Of(entry.Name)} is compressed, as PyTorch never does. Save the file anew with torch.save.");
            if (entry.Length > Array.MaxLength) throw new DataFormatException(name, entry.HeaderStart, $"{Quote.Of(entry.Name)} has {entry.Length} bytes; no more than {Array.MaxLength} are read.");
            byte[] content = new byte[entry.Length];
            zip.Read(entry, 0, content);
            return content;
        }
    }

    private static bool Order(ReadOnlySpan<byte> text, string name) =>
        text.SequenceEqual("big"u8) || (text.SequenceEqual("little"u8) ? false : throw new DataFormatException(name, 0, "the byteorder is neither little nor big."));

    private static void RefuseOldFormat(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[2];
        stream.Position = 0;
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start[0] == (byte)PickleOpcode.PROTO)
        {
            throw new DataFormatException(name, 0, "this is a bare pickle, the format of PyTorch before 1.6. Save it anew in Python: torch.save(torch.load('old.pt', map_location='cpu'), 'new.pt').");
        }
    }
}
