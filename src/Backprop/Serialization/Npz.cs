using System.IO.Compression;

namespace Backprop;

/// <summary>Tensors with names in a file of NumPy's, <c>.npz</c>: a zip file with a <c>.npy</c> file for each, what <c>numpy.savez</c> writes and <c>numpy.load</c> reads.</summary>
public static class Npz
{
    private const string Ending = ".npy";
    private static readonly DateTimeOffset s_zipEpoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // as NumPy does, so that the same tensors make the same file

    /// <summary>Writes a file. Until all of it has reached the disk, whatever stood under this path stays there.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="compress">Whether to make the file smaller, and writing slower (NumPy: <c>savez_compressed</c>).</param>
    /// <exception cref="ArgumentException">A name is there twice.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, bool compress = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        AtomicFile.Write(path, stream => Save(stream, tensors, compress));
    }

    /// <inheritdoc cref="Save(string, IEnumerable{KeyValuePair{string, Tensor}}, bool)"/>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="compress">Whether to make the file smaller, and writing slower.</param>
    public static void Save(Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors, bool compress = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        HashSet<string> names = [];
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!names.Add(name)) throw new ArgumentException($"Npz: the name \"{name}\" is taken. Give each tensor a name of its own.", nameof(tensors));
            ZipArchiveEntry entry = zip.CreateEntry(name + Ending, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = s_zipEpoch;
            using Stream array = entry.Open();
            Npy.Save(array, tensor);
        }
    }

    /// <summary>Reads a file, stored or compressed.</summary>
    /// <returns>The tensors by name, in the order of the file.</returns>
    /// <exception cref="DataFormatException">This is no sound file of arrays of numbers; the message tells the file, the array, the byte and what is wrong there.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return Load(stream, path);
    }

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="stream">A stream that can seek, read from its start to its end; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    public static IReadOnlyDictionary<string, Tensor> Load(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var zip = new ZipDirectory(stream, name);
        var tensors = new OrderedDictionary<string, Tensor>();
        foreach (ZipEntry entry in zip.Entries.Values)
        {
            if (!entry.Name.EndsWith(Ending, StringComparison.Ordinal)) throw new DataFormatException(name, entry.HeaderStart, $"{Quote.Of(entry.Name)} is no array; an .npz file holds {Ending} files alone.");
            using ZipEntryReader bytes = zip.Open(entry);
            tensors.Add(entry.Name[..^Ending.Length], Npy.Read($"{name}({entry.Name})", entry.Length, bytes.ReadExactly));
            bytes.ReadToEnd();
        }
        return tensors;
    }
}
