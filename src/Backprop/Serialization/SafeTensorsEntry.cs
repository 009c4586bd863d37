namespace Backprop;

/// <summary>A tensor in a safetensors file.</summary>
public sealed class SafeTensorsEntry
{
    internal SafeTensorsEntry(string name, string storedAs, StoredType type, Shape shape, long begin, long end) =>
        (Name, StoredAs, Type, Shape, Begin, End) = (name, storedAs, type, shape, begin, end);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The format's word for what the elements are in the file, for example <c>BF16</c>.</summary>
    public string StoredAs { get; }

    /// <summary>What the elements become in memory.</summary>
    public DType DType => Type.Widened;

    /// <summary>The lengths of the axes.</summary>
    public Shape Shape { get; }

    /// <summary>How many bytes it takes in the file.</summary>
    public long ByteCount => End - Begin;

    internal StoredType Type { get; }

    /// <summary>Its first byte, counted from where the header ends.</summary>
    internal long Begin { get; }

    internal long End { get; }

    /// <summary>For example <c>fc.weight BF16 [10, 50]</c>.</summary>
    public override string ToString() => $"{Name} {StoredAs} {Shape}";
}
