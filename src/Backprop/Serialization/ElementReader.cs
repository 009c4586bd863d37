using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop;

/// <summary>Turns the elements of a file, one after the other, into those of a tensor.</summary>
/// <param name="type">What they are in the file.</param>
/// <param name="next">Fills a span with the bytes that come next: those of whole elements.</param>
/// <param name="error">The error of something wrong with an element, by its number in the file.</param>
/// <param name="bigEndian">Whether the high byte comes first.</param>
internal sealed class ElementReader(StoredType type, Action<Span<byte>> next, Func<long, string, Exception> error, bool bigEndian = false)
{
    private const int BlockBytes = 16_384, BlockLength = 1 << 20; // of elements that are widened, on the stack; of those that are not. A span holds at most 2³¹ − 1 bytes, a tensor may have more

    private long _read; // elements

    /// <summary>The tensor of the next elements, row-major, or first axis fastest.</summary>
    public Tensor Read(Shape shape, bool fortranOrder = false)
    {
        using StepMemory.Outside outside = StepMemory.Suspend();
        Tensor tensor = Tensor.Uninitialized(shape, type.Widened);
        switch (tensor.DType)
        {
            case DType.Float32: Read(tensor.AsSpan<float>(), shape, fortranOrder); break;
            case DType.Float64: Read(tensor.AsSpan<double>(), shape, fortranOrder); break;
            case DType.Int32: Read(tensor.AsSpan<int>(), shape, fortranOrder); break;
            case DType.Int64: Read(tensor.AsSpan<long>(), shape, fortranOrder); break;
            default: Read(tensor.AsSpan<bool>(), shape, fortranOrder); break;
        }
        return tensor;
    }

    private void Read<T>(Span<T> elements, Shape shape, bool fortranOrder) where T : unmanaged
    {
        if (fortranOrder && shape.Rank > 1) Scatter(elements, shape);
        else Read(elements);
    }

    /// <summary>Puts elements that come first axis fastest to their row-major places.</summary>
    private void Scatter<T>(Span<T> elements, Shape shape) where T : unmanaged
    {
        Span<int> strides = stackalloc int[shape.Rank], index = stackalloc int[shape.Rank];
        index.Clear();
        for (int axis = shape.Rank - 1, stride = 1; axis >= 0; stride *= shape[axis--]) strides[axis] = stride;
        Span<T> block = stackalloc T[BlockBytes / Unsafe.SizeOf<T>()];
        int place = 0;
        for (int done = 0; done < elements.Length; done += block.Length)
        {
            if (block.Length > elements.Length - done) block = block[..(elements.Length - done)];
            Read(block);
            foreach (T element in block)
            {
                elements[place] = element;
                for (int axis = 0; axis < strides.Length; axis++)
                {
                    place += strides[axis];
                    if (++index[axis] < shape[axis]) break;
                    place -= strides[axis] * shape[axis];
                    index[axis] = 0;
                }
            }
        }
    }

    private void Read<T>(Span<T> elements) where T : unmanaged
    {
        bool widens = Unsafe.SizeOf<T>() != type.Size;
        Span<byte> raw = stackalloc byte[BlockBytes];
        int length = widens ? BlockBytes / type.Size : BlockLength;
        while (!elements.IsEmpty)
        {
            Span<T> block = elements[..Math.Min(length, elements.Length)];
            Span<byte> bytes = widens ? raw[..(block.Length * type.Size)] : MemoryMarshal.AsBytes(block);
            next(bytes);
            if (bigEndian) SwapBytes(bytes);
            if (widens) Widen(bytes, block);
            else Check(bytes);
            _read += block.Length;
            elements = elements[block.Length..];
        }
    }

    private void SwapBytes(Span<byte> bytes)
    {
        if (type.Size == 2) Swap(MemoryMarshal.Cast<byte, short>(bytes), BinaryPrimitives.ReverseEndianness);
        else if (type.Size == 4) Swap(MemoryMarshal.Cast<byte, int>(bytes), BinaryPrimitives.ReverseEndianness);
        else if (type.Size == 8) Swap(MemoryMarshal.Cast<byte, long>(bytes), BinaryPrimitives.ReverseEndianness);

        static void Swap<T>(Span<T> numbers, Action<ReadOnlySpan<T>, Span<T>> reverse) => reverse(numbers, numbers);
    }

    /// <summary>Refuses what the wider type of the same size can't hold.</summary>
    private void Check(ReadOnlySpan<byte> bytes)
    {
        if (type == StoredType.Bool && bytes.IndexOfAnyExceptInRange<byte>(0, 1) is >= 0 and int wrong)
        {
            throw error(_read + wrong, $"element {_read + wrong} is {bytes[wrong]}, neither 0 (false) nor 1 (true)");
        }
        if (type == StoredType.UInt64 && MemoryMarshal.Cast<byte, ulong>(bytes).IndexOfAnyExceptInRange(0UL, (ulong)long.MaxValue) is >= 0 and int large)
        {
            throw error(_read + large, $"element {_read + large} is {MemoryMarshal.Cast<byte, ulong>(bytes)[large]}, more than Int64 holds, {long.MaxValue}");
        }
    }

    private void Widen<T>(ReadOnlySpan<byte> bytes, Span<T> elements) where T : unmanaged
    {
        switch (type)
        {
            case StoredType.UInt8: TensorPrimitives.ConvertTruncating(bytes, As<int>(elements)); break;
            case StoredType.Int8: TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, sbyte>(bytes), As<int>(elements)); break;
            case StoredType.UInt16: TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ushort>(bytes), As<int>(elements)); break;
            case StoredType.Int16: TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, short>(bytes), As<int>(elements)); break;
            case StoredType.UInt32: TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, uint>(bytes), As<long>(elements)); break;
            case StoredType.Float16: TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), As<float>(elements)); break;
            case StoredType.BFloat16: // the upper half of a float
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ushort>(bytes), As<uint>(elements));
                TensorPrimitives.ShiftLeft(As<uint>(elements), 16, As<uint>(elements));
                break;
            default:
                ReadOnlySpan<float> values = Float8.Values(type);
                Span<float> floats = As<float>(elements);
                for (int i = 0; i < floats.Length; i++) floats[i] = values[bytes[i]];
                break;
        }

        static Span<TTo> As<TTo>(Span<T> span) where TTo : unmanaged => MemoryMarshal.Cast<T, TTo>(span);
    }
}
