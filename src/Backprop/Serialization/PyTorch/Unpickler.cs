using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Backprop;

/// <summary>Carries out a pickle as far as it rebuilds tensors and containers, and refuses every other instruction and every other name.</summary>
/// <remarks>
/// A pickle is a program for a machine with a stack, a memo and a way to call any Python function by its name. This machine knows six names and calls nothing: what they stand for is
/// written here. Values: null, bool, long, <see cref="BigInteger"/>, double, string, lists, tuples, dictionaries with text and whole numbers as keys, <see cref="Tensor"/>; a dtype is
/// text, <c>torch.float32</c>. There is no recursion, the memo grows by one place at a time, and <see cref="PickleMemory"/> bounds the rest.
/// Sources: Python's <c>pickletools</c>; <c>torch.serialization</c> and <c>torch._utils</c>.
/// </remarks>
internal sealed class Unpickler(byte[] pickle, string file, PickleStorages storages, PickleMemory memory)
{
    private const int TextBytes = 32, NumberBytes = 24, ListBytes = 32, DictionaryBytes = 96, PlaceBytes = 16, KeyBytes = 64;

    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private readonly List<object?> _stack = [], _memo = [];
    private readonly List<int> _marks = []; // heights of the stack
    private int _position, _instruction; // the latter: where the one that is carried out starts

    /// <summary>Carries out the pickle; what it leaves.</summary>
    /// <exception cref="DataFormatException">The pickle asks for something else, or is damaged.</exception>
    public object? Run()
    {
        while (true)
        {
            _instruction = _position;
            var opcode = (PickleOpcode)Byte();
            switch (opcode)
            {
                case PickleOpcode.PROTO:
                    if (Byte() is < 2 or > 5) throw Error($"the pickle's protocol is {pickle[_position - 1]}; read are 2 to 5");
                    break;
                case PickleOpcode.FRAME: Bytes(8); break;
                case PickleOpcode.STOP:
                    if (_position != pickle.Length) throw Error($"{pickle.Length - _position} bytes follow the end of the pickle");
                    if (_stack.Count != 1 || _marks.Count > 0) throw Error($"the pickle ends with {_stack.Count} values, and one must remain");
                    return Plain(Pop());
                case PickleOpcode.MARK:
                    Take(PlaceBytes);
                    _marks.Add(_stack.Count);
                    break;

                case PickleOpcode.NONE: Push(null); break;
                case PickleOpcode.NEWTRUE: Push(true, NumberBytes); break;
                case PickleOpcode.NEWFALSE: Push(false, NumberBytes); break;
                case PickleOpcode.BININT: Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)), NumberBytes); break;
                case PickleOpcode.BININT1: Push((long)Byte(), NumberBytes); break;
                case PickleOpcode.BININT2: Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2)), NumberBytes); break;
                case PickleOpcode.LONG1: PushInteger(Bytes(Byte())); break;
                case PickleOpcode.LONG4: PushInteger(Bytes(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;
                case PickleOpcode.BINFLOAT: Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8)), NumberBytes); break;
                case PickleOpcode.BINUNICODE: PushText(Bytes(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))), s_utf8); break;
                case PickleOpcode.SHORT_BINUNICODE: PushText(Bytes(Byte()), s_utf8); break;
                case PickleOpcode.BINUNICODE8: PushText(Bytes(BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8))), s_utf8); break;
                case PickleOpcode.BINSTRING: PushText(Bytes(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))), Encoding.Latin1); break; // of Python 2
                case PickleOpcode.SHORT_BINSTRING: PushText(Bytes(Byte()), Encoding.Latin1); break;

                case PickleOpcode.EMPTY_TUPLE: Push(PickledTuple.Empty); break;
                case PickleOpcode.TUPLE1: PushTuple(PopMany(1)); break;
                case PickleOpcode.TUPLE2: PushTuple(PopMany(2)); break;
                case PickleOpcode.TUPLE3: PushTuple(PopMany(3)); break;
                case PickleOpcode.TUPLE: PushTuple(PopToMark()); break;
                case PickleOpcode.EMPTY_LIST: Push(new List<object?>(), ListBytes); break;
                case PickleOpcode.APPEND: Append(PopMany(1)); break;
                case PickleOpcode.APPENDS: Append(PopToMark()); break;
                case PickleOpcode.EMPTY_DICT: Push(NewDictionary(), DictionaryBytes); break;
                case PickleOpcode.SETITEM: SetItems(PopMany(2)); break;
                case PickleOpcode.SETITEMS: SetItems(PopToMark()); break;

                case PickleOpcode.BINPUT: Memoize(Byte()); break;
                case PickleOpcode.LONG_BINPUT: Memoize(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))); break;
                case PickleOpcode.MEMOIZE: Memoize((uint)_memo.Count); break;
                case PickleOpcode.BINGET: Recall(Byte()); break;
                case PickleOpcode.LONG_BINGET: Recall(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))); break;

                case PickleOpcode.GLOBAL: Push(Global(Line(), Line()), ListBytes); break;
                case PickleOpcode.STACK_GLOBAL:
                    object?[] names = PopMany(2);
                    Push(Global(names[0] as string, names[1] as string), ListBytes);
                    break;
                case PickleOpcode.REDUCE:
                    object?[] call = PopMany(2);
                    Push(Call(call[0], call[1]));
                    break;
                case PickleOpcode.BUILD: // an OrderedDict with attributes, such as a state_dict's _metadata, which tell nothing of the tensors
                    object?[] built = PopMany(2);
                    if (built is not [OrderedDictionary<object, object?>, OrderedDictionary<object, object?>]) throw Error("attributes are set of something that is no OrderedDict");
                    Push(built[0]);
                    break;
                case PickleOpcode.BINPERSID: Push(Storage(Pop()), ListBytes); break;

                default:
                    throw Error(Enum.IsDefined(opcode)
                        ? $"the pickle has the instruction {opcode}, which tensors and containers do not need; it is not carried out. Save a state_dict of tensors, numbers and text"
                        : $"the byte {(byte)opcode:X2} is no instruction of a pickle");
            }
        }
    }

    private object? Global(string? module, string? name)
    {
        if (module is null || name is null) throw Error("a name is asked for that is no text");
        switch (module, name)
        {
            case ("collections", "OrderedDict"): return new GlobalReference(PickledGlobal.OrderedDict);
            case ("torch", "Size"): return new GlobalReference(PickledGlobal.Size);
            case ("torch._utils", "_rebuild_tensor_v2"): return new GlobalReference(PickledGlobal.RebuildTensor);
            case ("torch._utils", "_rebuild_tensor_v3"): return new GlobalReference(PickledGlobal.RebuildTensorOfDType);
            case ("torch._utils", "_rebuild_parameter"): return new GlobalReference(PickledGlobal.RebuildParameter);
            case ("torch" or "torch.storage", "UntypedStorage" or "_UntypedStorage"): return new GlobalReference(PickledGlobal.Storage);
            case ("torch", _) when PyTorchTypes.OfStorage(name) is { } type: return new GlobalReference(PickledGlobal.Storage, type);
            case ("torch", _) when PyTorchTypes.OfDType($"torch.{name}") is not null: return $"torch.{name}";
            default: throw Error($"the pickle asks for {Quote.Of($"{module}.{name}")}, and could do anything with it; known are only the functions that rebuild tensors. Nothing of it was run. Save a state_dict of tensors, numbers and text");
        }
    }

    private object? Call(object? function, object? arguments)
    {
        if (function is not GlobalReference { Global: var global } || arguments is not PickledTuple given) throw Error("something is called that is no function");
        switch (global)
        {
            case PickledGlobal.OrderedDict when given.Count == 0:
                Take(DictionaryBytes);
                return NewDictionary();
            case PickledGlobal.Size when given is [PickledTuple lengths]: return Plain(lengths);
            case PickledGlobal.RebuildParameter when given is [Tensor tensor, ..]: return tensor;
            case PickledGlobal.RebuildTensor when given is [PickledStorage { Type: { } type } storage, long offset, PickledTuple lengths, PickledTuple strides, ..]:
                return Tensor(storage, type, offset, lengths, strides);
            case PickledGlobal.RebuildTensorOfDType when given is [PickledStorage storage, long offset, PickledTuple lengths, PickledTuple strides, _, _, string dtype, ..] && PyTorchTypes.OfDType(dtype) is { } type:
                return storage.Type is null || storage.Type == type ? Tensor(storage, type, offset, lengths, strides) : throw Error($"a tensor of {dtype} is a view of a storage of {storage.Type}");
            default: throw Error($"{global} is called with {given.Count} arguments that are not what it takes");
        }
    }

    private Tensor Tensor(PickledStorage storage, StoredType type, long offset, PickledTuple lengths, PickledTuple strides)
    {
        if (lengths.Count > StoredShape.MostAxes || strides.Count > StoredShape.MostAxes) throw Error($"a tensor has {lengths.Count} axes and {strides.Count} strides; no more than {StoredShape.MostAxes} are read");
        Span<long> sizes = stackalloc long[lengths.Count], steps = stackalloc long[strides.Count];
        for (int axis = 0; axis < sizes.Length; axis++) sizes[axis] = lengths[axis] as long? ?? throw Error("the length of an axis is no whole number");
        for (int axis = 0; axis < steps.Length; axis++) steps[axis] = strides[axis] as long? ?? throw Error("a stride is no whole number");
        if (storages.Problem(storage, type, sizes, offset, steps, out Shape shape) is { } problem) throw Error(problem);
        return storages.Read(storage, type, shape, offset, steps);
    }

    private PickledStorage Storage(object? id)
    {
        if (id is not PickledTuple { Count: 5 } tuple || tuple is not ["storage", GlobalReference { Global: PickledGlobal.Storage, Type: var type }, string key, string, long count])
        {
            throw Error("the pickle refers to something beside it that is no storage: ('storage', class, key, device, count)");
        }
        return storages.Find(key, type, count, out string? problem) ?? throw Error(problem!);
    }

    private static OrderedDictionary<object, object?> NewDictionary() => new(PickledKeys.Comparer);

    private void Append(object?[] values)
    {
        if (Peek() is not List<object?> list) throw Error("values are appended to something that is no list");
        foreach (object? value in values) Grow(list, Plain(value));
    }

    private void SetItems(object?[] items)
    {
        if (Peek() is not OrderedDictionary<object, object?> dictionary) throw Error("values are set in something that is no dictionary");
        if (items.Length % 2 != 0) throw Error($"{items.Length} keys and values are set; there must be as many of either");
        for (int i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long)) throw Error("a dictionary has a key that is neither text nor a whole number");
            Take(KeyBytes);
            if (!dictionary.TryAdd(items[i]!, Plain(items[i + 1]))) throw Error($"a dictionary has the key {Quote.Of($"{items[i]}")} twice");
        }
    }

    private void Memoize(uint place)
    {
        if (place > _memo.Count) throw Error($"place {place} of the memo is written, and {_memo.Count} is the next");
        if (place == _memo.Count) Grow(_memo, Peek());
        else _memo[(int)place] = Peek();
    }

    private void Recall(uint place)
    {
        if (place >= _memo.Count) throw Error($"place {place} of the memo is read, and {_memo.Count} are written");
        Push(_memo[(int)place]);
    }

    /// <summary>A value that may stay, as opposed to what only serves to rebuild one.</summary>
    private object? Plain(object? value) => value is GlobalReference or PickledStorage or PickledTuple { IsPlain: false } ? throw Error("a function or a storage is kept as if it were a value") : value;

    private void PushInteger(ReadOnlySpan<byte> bytes)
    {
        Take(bytes.Length);
        var number = new BigInteger(bytes);
        Push(number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number, NumberBytes);
    }

    private void PushText(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        Take(2L * bytes.Length);
        try
        {
            Push(encoding.GetString(bytes), TextBytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error("a text is no UTF-8");
        }
    }

    private void PushTuple(object?[] items)
    {
        bool isPlain = true;
        foreach (object? item in items)
        {
            if (item is PickledTuple { IsPlain: false }) throw Error("a function or a storage is kept as if it were a value");
            isPlain &= item is not (GlobalReference or PickledStorage);
        }
        Push(new PickledTuple(items, isPlain), ListBytes);
    }

    private void Push(object? value, int bytes = 0)
    {
        if (bytes > 0) Take(bytes);
        Grow(_stack, value);
    }

    private object? Pop() => PopMany(1)[0];

    private object? Peek() => _stack.Count > Floor ? _stack[^1] : throw Error("the pickle takes a value from an empty stack");

    private object?[] PopMany(int count)
    {
        if (_stack.Count - count < Floor) throw Error("the pickle takes a value from an empty stack");
        Take(ListBytes + 8L * count);
        object?[] values = [.. CollectionsMarshal.AsSpan(_stack)[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Error("the pickle takes values down to a mark, and there is none");
        int height = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return PopMany(_stack.Count - height);
    }

    /// <summary>How many values lie below the last mark, where only <see cref="PopToMark"/> reaches.</summary>
    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private void Grow(List<object?> list, object? value)
    {
        if (list.Count == list.Capacity) Take(PlaceBytes * (list.Capacity + 4L));
        list.Add(value);
    }

    private void Take(long bytes)
    {
        if (!memory.TryTake(bytes)) throw Error("the pickle makes more values than the length of the file justifies");
    }

    private byte Byte() => Bytes(1)[0];

    private ReadOnlySpan<byte> Bytes(ulong count)
    {
        if (count > (ulong)(pickle.Length - _position)) throw Error($"the pickle ends {pickle.Length - _position} bytes on, and {count} more were to follow: the file is cut off or damaged");
        _position += (int)count;
        return pickle.AsSpan(_position - (int)count, (int)count);
    }

    private string Line()
    {
        int length = pickle.AsSpan(_position).IndexOf((byte)'\n');
        if (length is < 0 or > 1000) throw Error("a name has no end");
        string line = Encoding.Latin1.GetString(pickle, _position, length);
        _position += length + 1;
        return line;
    }

    private DataFormatException Error(string problem) => new(file, _instruction, problem + ".");
}
