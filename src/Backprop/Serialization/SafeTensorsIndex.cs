using System.Text.Json;

namespace Backprop;

/// <summary>The index of a model in several safetensors files: under <c>weight_map</c>, for each tensor the file that it is in.</summary>
internal static class SafeTensorsIndex
{
    private const string Ending = ".safetensors.index.json";

    /// <summary>Opens all files, and holds that they have the tensors of the index and no others.</summary>
    public static SafeTensorsArchive Open(string path)
    {
        OrderedDictionary<string, string> fileOf = Read(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var shards = new OrderedDictionary<string, SafeTensorsShard>();
        try
        {
            foreach (string file in fileOf.Values)
            {
                if (!shards.ContainsKey(file)) shards.Add(file, SafeTensorsShard.Open(Path.Combine(folder, file)));
            }
            int found = 0;
            foreach ((string file, SafeTensorsShard shard) in shards)
            {
                foreach (SafeTensorsEntry entry in shard.Header.Entries)
                {
                    if (!fileOf.TryGetValue(entry.Name, out string? expected)) throw SafeTensors.Bad(shard.Name, sizeof(ulong), $"the tensor {Quote.Of(entry.Name)} is not in the index {path}");
                    if (expected != file) throw SafeTensors.Bad(shard.Name, sizeof(ulong), $"the tensor {Quote.Of(entry.Name)} is here, and by the index {path} in {expected}");
                    found++;
                }
            }
            if (found < fileOf.Count)
            {
                HashSet<string> there = [.. shards.Values.SelectMany(shard => shard.Header.Entries).Select(entry => entry.Name)];
                (string name, string file) = fileOf.First(named => !there.Contains(named.Key));
                throw SafeTensors.Bad(path, 0, $"the tensor {Quote.Of(name)} is not in {file}, where the index says it is");
            }
            return new SafeTensorsArchive([.. shards.Values]);
        }
        catch
        {
            foreach (SafeTensorsShard shard in shards.Values) shard.Dispose();
            throw;
        }
    }

    /// <summary>Writes the files, one after the other, and last the index.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, long maxShardBytes, IReadOnlyDictionary<string, string>? metadata)
    {
        if (!path.EndsWith(Ending, StringComparison.Ordinal)) throw new ArgumentException($"{path}: an index is called NAME{Ending}.", nameof(path));
        string stem = path[..^Ending.Length];
        var shards = new List<List<KeyValuePair<string, Tensor>>>();
        HashSet<string> names = [];
        long room = 0, total = 0;
        foreach (KeyValuePair<string, Tensor> named in tensors)
        {
            if (!names.Add(named.Key)) throw new ArgumentException($"SafeTensors: the name \"{named.Key}\" is taken. Give each tensor a name of its own.", nameof(tensors));
            long bytes = (long)named.Value.ElementCount * named.Value.DType.Size;
            if (shards.Count == 0 || bytes > room) // a tensor that is too large for any file takes what room it needs
            {
                shards.Add([]);
                room = maxShardBytes;
            }
            shards[^1].Add(named);
            room -= bytes;
            total += bytes;
        }
        File.Delete(path); // with it go the files it names: some would be old and some new if writing ended in between
        var fileOf = new OrderedDictionary<string, string>();
        for (int i = 0; i < shards.Count; i++)
        {
            string shard = $"{stem}-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            SafeTensors.Save(shard, shards[i], metadata);
            foreach ((string name, _) in shards[i]) fileOf.Add(name, Path.GetFileName(shard));
        }
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", total);
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach ((string name, string file) in fileOf) json.WriteString(name, file);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static OrderedDictionary<string, string> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return Read(stream, path);
    }

    /// <summary>The file of each tensor, by the tensor's name.</summary>
    internal static OrderedDictionary<string, string> Read(Stream stream, string path)
    {
        if (stream.Length > SafeTensorsHeader.MaxLength) throw SafeTensors.Bad(path, 0, $"the index has {stream.Length} bytes; no more than {SafeTensorsHeader.MaxLength} are read");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var json = new Utf8JsonReader(bytes);
        try
        {
            OrderedDictionary<string, string>? map = null;
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw SafeTensors.Bad(path, 0, "the index is no JSON object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isMap = json.ValueTextEquals("weight_map"u8);
                long place = json.TokenStartIndex;
                json.Read();
                if (!isMap) json.Skip();
                else if (map is not null) throw SafeTensors.Bad(path, place, "\"weight_map\" is there twice");
                else map = ReadMap(ref json, path);
            }
            json.Read(); // nothing may follow
            return map ?? throw SafeTensors.Bad(path, bytes.Length, "the index has no \"weight_map\"");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is no UTF-8
        {
            throw new DataFormatException(path, json.BytesConsumed, $"the index is no sound JSON. {e.Message}", e);
        }
    }

    private static OrderedDictionary<string, string> ReadMap(ref Utf8JsonReader json, string path)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw SafeTensors.Bad(path, json.TokenStartIndex, "\"weight_map\" is no JSON object");
        var map = new OrderedDictionary<string, string>();
        string file = ""; // the same for many tensors in a row
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            long place = json.TokenStartIndex;
            if (!json.Read() || json.TokenType != JsonTokenType.String) throw SafeTensors.Bad(path, json.TokenStartIndex, $"the file of {Quote.Of(name)} is no text");
            if (!json.ValueTextEquals(file)) file = json.GetString()!;
            if (!IsFileName(file)) throw SafeTensors.Bad(path, json.TokenStartIndex, $"{Quote.Of(file)} is no plain name of a file beside the index, as all must be");
            if (!map.TryAdd(name, file)) throw SafeTensors.Bad(path, place, $"the tensor {Quote.Of(name)} is there twice");
        }
        return map;
    }

    /// <summary>Whether the name stays in its folder on every operating system: no separator, no drive, no parent.</summary>
    private static bool IsFileName(string name) =>
        name.Length is > 0 and < 256 && !name.AsSpan().ContainsAny('/', '\\', ':') && name.Trim('.', ' ').Length > 0 && !name.Any(char.IsControl);
}
