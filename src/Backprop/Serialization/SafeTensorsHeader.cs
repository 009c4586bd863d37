using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Backprop;

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
            if (entry.Begin < position) throw SafeTensors.Bad(file, dataStart + entry.Begin, $"the tensors {Quote.Of(before!.Name)} and {Quote.Of(entry.Name)} overlap");
            if (entry.Begin > position) throw SafeTensors.Bad(file, dataStart + position, $"{entry.Begin - position} bytes in front of {Quote.Of(entry.Name)} belong to no tensor");
            if (entry.End > dataLength) throw SafeTensors.Bad(file, dataStart + dataLength, $"the file ends within {Quote.Of(entry.Name)}, {entry.End - dataLength} bytes too early: it is cut off");
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
                    if (!_names.Add(name)) Fail($"the name {Quote.Of(name)} is there twice");
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
            Expect(JsonTokenType.StartObject, "__metadata__", "is no JSON object");
            while (NextName() is { } key)
            {
                Expect(JsonTokenType.String, key, "is no text");
                if (!_metadata.TryAdd(key, _json.GetString()!)) Fail($"the metadata {Quote.Of(key)} is there twice");
            }
        }

        private void ReadEntry(string name)
        {
            long offset = Start + _json.TokenStartIndex;
            StoredType? type = null;
            string dtype = "";
            List<long>? shape = null, bytes = null;
            Expect(JsonTokenType.StartObject, name, "is no JSON object");
            while (NextName() is { } key)
            {
                if (key == "dtype" && type is null) type = ReadDType(name, out dtype);
                else if (key == "shape" && shape is null) shape = ReadNumbers(name, "a shape");
                else if (key == "data_offsets" && bytes is null) bytes = ReadNumbers(name, "data_offsets");
                else if (key is "dtype" or "shape" or "data_offsets") Fail($"the entry {Quote.Of(name)} has a {Quote.Of(key)} too many; it has dtype, shape and data_offsets once each");
                else // of a later version; the reference implementation passes over it too
                {
                    _json.Read();
                    _json.Skip();
                }
            }
            if (type is not { } known || shape is null || bytes is null) throw SafeTensors.Bad(file, offset, $"the entry {Quote.Of(name)} lacks one of dtype, shape and data_offsets");
            if (bytes is not [long begin, long end] || end < begin) throw SafeTensors.Bad(file, offset, $"the data_offsets of {Quote.Of(name)} are not [begin, end] with begin ≤ end");
            _entries.Add(new SafeTensorsEntry(name, dtype, known, ShapeFor(shape, known, dtype, end - begin, name, offset), begin, end));
        }

        private StoredType ReadDType(string name, out string dtype)
        {
            Expect(JsonTokenType.String, name, "has a dtype that is no text");
            dtype = _json.GetString()!;
            switch (dtype)
            {
                case "BOOL": return StoredType.Bool;
                case "U8": return StoredType.UInt8;
                case "I8": return StoredType.Int8;
                case "U16": return StoredType.UInt16;
                case "I16": return StoredType.Int16;
                case "U32": return StoredType.UInt32;
                case "I32": return StoredType.Int32;
                case "U64": return StoredType.UInt64;
                case "I64": return StoredType.Int64;
                case "F16": return StoredType.Float16;
                case "BF16": return StoredType.BFloat16;
                case "F32": return StoredType.Float32;
                case "F64": return StoredType.Float64;
                case "F8_E4M3": return StoredType.Float8E4M3;
                case "F8_E5M2": return StoredType.Float8E5M2;
                case "F8_E4M3FNUZ": return StoredType.Float8E4M3Fnuz;
                case "F8_E5M2FNUZ": return StoredType.Float8E5M2Fnuz;
                case "F8_E8M0": return StoredType.Float8E8M0;
                case "C64":
                    Fail($"{Quote.Of(name)} has the dtype C64, and a tensor holds no complex numbers; save the real and the imaginary part where the file was made");
                    return default;
                case "F4" or "F6_E2M3" or "F6_E3M2":
                    Fail($"{Quote.Of(name)} has the dtype {dtype}, several numbers to a byte, which mean nothing without the scales they were divided by; convert it to BF16 where the file was made");
                    return default;
                default:
                    Fail($"{Quote.Of(name)} has the dtype {Quote.Of(dtype)}, which is none of the format's");
                    return default;
            }
        }

        private readonly Shape ShapeFor(List<long> lengths, StoredType type, string dtype, long bytes, string name, long offset)
        {
            ReadOnlySpan<long> axes = CollectionsMarshal.AsSpan(lengths);
            if (StoredShape.Create(axes) is not { } shape) throw SafeTensors.Bad(file, offset, StoredShape.TooLarge(Quote.Of(name), axes));
            long needed = (long)shape.ElementCount * type.Size;
            return needed == bytes ? shape : throw SafeTensors.Bad(file, offset, $"{Quote.Of(name)}, {dtype} {shape}, takes {needed} bytes, but its data_offsets give it {bytes}");
        }

        private List<long> ReadNumbers(string name, string what)
        {
            Expect(JsonTokenType.StartArray, name, "has numbers that are in no array");
            List<long> numbers = [];
            while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            {
                if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long number) || number < 0) Fail($"{Quote.Of(name)} has {what} with an element that is no whole number from 0 on");
                else if (numbers.Count == StoredShape.MostAxes) Fail($"{Quote.Of(name)} has {what} of more than {StoredShape.MostAxes} elements");
                else numbers.Add(number);
            }
            return numbers;
        }

        /// <summary>The next property's name, or null at the end of the object.</summary>
        private string? NextName() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName ? _json.GetString() : null;

        private void Expect(JsonTokenType type, string name, string problem)
        {
            if (!_json.Read() || _json.TokenType != type) Fail($"{Quote.Of(name)} {problem}");
        }

        [DoesNotReturn]
        private readonly void Fail(string problem) => throw SafeTensors.Bad(file, Start + _json.TokenStartIndex, problem);
    }
}
