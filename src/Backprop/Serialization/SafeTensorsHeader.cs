using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Backprop;

/// <summary>A tensor in a safetensors file: bytes <paramref name="Begin"/> up to <paramref name="End"/> of the data.</summary>
internal sealed record SafeTensorsEntry(string Name, DType DType, Shape Shape, long Begin, long End);

/// <summary>The header of a safetensors file, read and written.</summary>
internal sealed record SafeTensorsHeader(IReadOnlyList<SafeTensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>In bytes; the reference implementation's limit.</summary>
    public const int MaxLength = 100_000_000;

    private const string MetadataKey = "__metadata__";

    /// <summary>The header's JSON, with spaces at its end so that the data starts at a multiple of 8.</summary>
    public static ReadOnlySpan<byte> Write(ReadOnlySpan<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, ArchitectureWriter.Options))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string text) in metadata) json.WriteString(key, text);
                json.WriteEndObject();
            }
            long offset = 0;
            var names = new HashSet<string> { MetadataKey };
            foreach ((string name, Tensor tensor) in tensors)
            {
                if (!names.Add(name)) throw new ArgumentException($"SafeTensors: the name \"{name}\" is taken. Give each tensor a name of its own.", nameof(tensors));
                json.WriteStartObject(name);
                json.WriteString("dtype", FileName(tensor.DType));
                json.WriteStartArray("shape");
                foreach (int length in tensor.Shape) json.WriteNumberValue(length);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += (long)tensor.ElementCount * tensor.DType.Size);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        int padding = -buffer.WrittenCount & 7;
        buffer.Write("       "u8[..padding]);
        return buffer.WrittenSpan;
    }

    /// <summary>Reads a header and checks it: every tensor has the bytes its shape needs, and each of the <paramref name="dataLength"/> bytes belongs to one.</summary>
    /// <exception cref="DataFormatException">The header is not sound.</exception>
    public static SafeTensorsHeader Read(ReadOnlySpan<byte> header, string file, long dataLength)
    {
        if (header is not [(byte)'{', ..]) throw SafeTensors.Bad(file, Reader.Start, "the header does not start with '{': this is no safetensors file");
        var reader = new Reader(header, file);
        SafeTensorsHeader result = reader.ReadAll();
        result.CheckLayout(file, Reader.Start + header.Length, dataLength);
        return result;
    }

    private void CheckLayout(string file, long dataStart, long dataLength)
    {
        long position = 0;
        SafeTensorsEntry? before = null;
        SafeTensorsEntry[] inOrder = [.. Entries];
        Array.Sort(inOrder, (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        foreach (SafeTensorsEntry entry in inOrder)
        {
            if (entry.Begin < position) throw SafeTensors.Bad(file, dataStart + entry.Begin, $"the tensors \"{before!.Name}\" and \"{entry.Name}\" overlap");
            if (entry.Begin > position) throw SafeTensors.Bad(file, dataStart + position, $"{entry.Begin - position} bytes in front of \"{entry.Name}\" belong to no tensor");
            if (entry.End > dataLength) throw SafeTensors.Bad(file, dataStart + dataLength, $"the file ends within \"{entry.Name}\", {entry.End - dataLength} bytes too early: it is cut off");
            (position, before) = (entry.End, entry);
        }
        if (position < dataLength) throw SafeTensors.Bad(file, dataStart + position, $"the last {dataLength - position} bytes belong to no tensor");
    }

    private static string FileName(DType dtype) => dtype switch
    {
        DType.Float32 => "F32",
        DType.Float64 => "F64",
        DType.Int32 => "I32",
        DType.Int64 => "I64",
        _ => "BOOL",
    };

    /// <summary>Goes through the JSON once, so that every error knows its byte and a name that is there twice is seen.</summary>
    private ref struct Reader(ReadOnlySpan<byte> header, string file)
    {
        public const int Start = sizeof(ulong); // of the header in the file

        private Utf8JsonReader _json = new(header);
        private readonly List<SafeTensorsEntry> _entries = [];
        private readonly HashSet<string> _names = [];
        private readonly Dictionary<string, string> _metadata = [];

        public SafeTensorsHeader ReadAll()
        {
            try
            {
                _json.Read();
                while (NextName() is { } name)
                {
                    if (!_names.Add(name)) Fail($"the name \"{name}\" is there twice");
                    if (name == MetadataKey) ReadMetadata();
                    else ReadEntry(name);
                }
                _json.Read(); // nothing may follow
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is no UTF-8
            {
                throw new DataFormatException(file, Start + _json.BytesConsumed, $"the header is no sound JSON. {e.Message}", e);
            }
            return new SafeTensorsHeader(_entries, _metadata);
        }

        private void ReadMetadata()
        {
            Expect(JsonTokenType.StartObject, "the metadata is no JSON object");
            while (NextName() is { } key)
            {
                Expect(JsonTokenType.String, $"the metadata \"{key}\" is no text");
                if (!_metadata.TryAdd(key, _json.GetString()!)) Fail($"the metadata \"{key}\" is there twice");
            }
        }

        private void ReadEntry(string name)
        {
            long offset = Start + _json.TokenStartIndex;
            DType? dtype = null;
            long[]? shape = null, bytes = null;
            Expect(JsonTokenType.StartObject, $"the entry \"{name}\" is no JSON object");
            while (NextName() is { } key)
            {
                if (key == "dtype" && dtype is null) dtype = ReadDType(name);
                else if (key == "shape" && shape is null) shape = ReadNumbers($"the shape of \"{name}\"");
                else if (key == "data_offsets" && bytes is null) bytes = ReadNumbers($"the data_offsets of \"{name}\"");
                else Fail($"the entry \"{name}\" has a \"{key}\" too many; it has dtype, shape and data_offsets once each");
            }
            if (dtype is not { } known || shape is null || bytes is null) throw SafeTensors.Bad(file, offset, $"the entry \"{name}\" lacks one of dtype, shape and data_offsets");
            if (bytes is not [long begin, long end] || end < begin) throw SafeTensors.Bad(file, offset, $"the data_offsets of \"{name}\" are not [begin, end] with begin ≤ end");
            _entries.Add(new SafeTensorsEntry(name, known, ShapeFor(shape, known, end - begin, name, offset), begin, end));
        }

        private DType ReadDType(string name)
        {
            Expect(JsonTokenType.String, $"the dtype of \"{name}\" is no text");
            switch (_json.GetString())
            {
                case "F32": return DType.Float32;
                case "F64": return DType.Float64;
                case "I32": return DType.Int32;
                case "I64": return DType.Int64;
                case "BOOL": return DType.Bool;
                case var other:
                    Fail($"\"{name}\" has the dtype {other}, which is not read; convert it to one of F32, F64, I32, I64, BOOL where the file was made");
                    return default;
            }
        }

        private readonly Shape ShapeFor(long[] lengths, DType dtype, long bytes, string name, long offset)
        {
            long count = 1;
            foreach (long length in lengths)
            {
                if (length == 0) count = 0;
            }
            int[] shape = new int[lengths.Length];
            for (int axis = 0; axis < shape.Length; axis++)
            {
                long length = lengths[axis];
                if (length > int.MaxValue || (count *= length) > int.MaxValue) throw SafeTensors.Bad(file, offset, $"\"{name}\" [{string.Join(", ", lengths)}] has more elements than a tensor holds, {int.MaxValue}");
                shape[axis] = (int)length;
            }
            if (count * dtype.Size != bytes) throw SafeTensors.Bad(file, offset,
                $"\"{name}\", {FileName(dtype)} [{string.Join(", ", lengths)}], takes {count * dtype.Size} bytes, but its data_offsets give it {bytes}");
            return Shape.Create(shape);
        }

        private long[] ReadNumbers(string what)
        {
            Expect(JsonTokenType.StartArray, $"{what} is no array");
            long[] numbers = [];
            while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            {
                if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long number) || number < 0) Fail($"{what} has an element that is no whole number from 0 on");
                else numbers = [.. numbers, number];
            }
            return numbers;
        }

        /// <summary>The next property's name, or null at the end of the object.</summary>
        private string? NextName() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName ? _json.GetString() : null;

        private void Expect(JsonTokenType type, string problem)
        {
            if (!_json.Read() || _json.TokenType != type) Fail(problem);
        }

        [DoesNotReturn]
        private readonly void Fail(string problem) => throw SafeTensors.Bad(file, Start + _json.TokenStartIndex, problem);
    }
}
