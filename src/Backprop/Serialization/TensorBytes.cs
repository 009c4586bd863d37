using System.Runtime.InteropServices;

namespace Backprop;

/// <summary>The elements of a tensor as the bytes that files hold: row-major, the low byte first.</summary>
internal static class TensorBytes
{
    private const int BlockLength = 1 << 20; // elements; a span holds at most 2³¹ − 1 bytes, a tensor may have more

    /// <summary>Shows all bytes in order, some at a time; what is written into them is written into the tensor.</summary>
    public static void Visit(Tensor tensor, Action<Span<byte>> visit)
    {
        switch (tensor.DType)
        {
            case DType.Float32: Visit(tensor.AsSpan<float>(), visit); break;
            case DType.Float64: Visit(tensor.AsSpan<double>(), visit); break;
            case DType.Int32: Visit(tensor.AsSpan<int>(), visit); break;
            case DType.Int64: Visit(tensor.AsSpan<long>(), visit); break;
            default: Visit(tensor.AsSpan<bool>(), visit); break;
        }
    }

    private static void Visit<T>(Span<T> elements, Action<Span<byte>> visit) where T : unmanaged
    {
        for (int start = 0; start < elements.Length; start += BlockLength)
        {
            visit(MemoryMarshal.AsBytes(elements.Slice(start, Math.Min(BlockLength, elements.Length - start))));
        }
    }
}
