using System.Runtime.CompilerServices;

namespace Backprop;

/// <summary>The lengths of a tensor's axes, outermost first; a scalar has none. Immutable, compared by value, written <c>[2, 3]</c>.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>
{
    private const int RecentCount = 256;

    [ThreadStatic]
    private static int[]?[]? s_recent; // the same shapes come in each step of a training: they share their arrays

    private readonly int[]? _lengths;

    private Shape(int[] lengths, int elementCount)
    {
        _lengths = lengths;
        ElementCountOrZero = elementCount;
    }

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar => default;

    /// <summary>How many axes there are (PyTorch: <c>dim()</c>).</summary>
    public int Rank => _lengths?.Length ?? 0;

    /// <summary>The same as <see cref="Rank"/>; lets <c>shape[^1]</c> be written.</summary>
    public int Length => Rank;

    /// <summary>How many elements a tensor of this shape has: the product of the lengths, 1 for a scalar (PyTorch: <c>numel()</c>).</summary>
    public int ElementCount => _lengths is null ? 1 : ElementCountOrZero;

    private int ElementCountOrZero { get; }

    /// <summary>The length of an axis, counted from 0.</summary>
    public int this[int axis] => _lengths is { } lengths ? lengths[axis] : throw new ArgumentOutOfRangeException(nameof(axis), "A scalar has no axes.");

    /// <summary>Makes a shape from the lengths of its axes; <c>Shape s = [2, 3]</c> calls it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative, or there are more than 2³¹ − 1 elements.</exception>
    public static Shape Create(params ReadOnlySpan<int> lengths)
    {
        if (lengths.IsEmpty) return default;
        long count = 1;
        bool empty = false;
        foreach (int length in lengths)
        {
            if (length < 0) throw new ArgumentOutOfRangeException(nameof(lengths), $"The length of an axis can't be negative: [{string.Join(", ", lengths.ToArray())}].");
            if (length == 0) empty = true;
            else count *= length;
            if (count > int.MaxValue) throw new ArgumentOutOfRangeException(nameof(lengths), $"A tensor holds at most {int.MaxValue} elements: [{string.Join(", ", lengths.ToArray())}].");
        }
        return new Shape(Shared(lengths), empty ? 0 : (int)count);
    }

    /// <summary>The lengths as a span.</summary>
    public ReadOnlySpan<int> AsSpan() => _lengths;

    /// <summary>A copy of the lengths.</summary>
    public int[] ToArray() => AsSpan().ToArray();

    /// <summary>Enumerates the lengths.</summary>
    public ReadOnlySpan<int>.Enumerator GetEnumerator() => AsSpan().GetEnumerator();

    /// <summary>The axes from <paramref name="start"/> on.</summary>
    public Shape Slice(int start) => Create(AsSpan()[start..]);

    /// <summary>The <paramref name="length"/> axes from <paramref name="start"/> on; lets <c>shape[1..^1]</c> be written.</summary>
    public Shape Slice(int start, int length) => Create(AsSpan().Slice(start, length));

    /// <summary>This shape with one axis of another length.</summary>
    public Shape With(int axis, int length)
    {
        Span<int> lengths = stackalloc int[Rank];
        AsSpan().CopyTo(lengths);
        lengths[axis] = length;
        return Create(lengths);
    }

    /// <summary>This shape's axes followed by those of <paramref name="tail"/>.</summary>
    public Shape Concat(Shape tail)
    {
        Span<int> lengths = stackalloc int[Rank + tail.Rank];
        AsSpan().CopyTo(lengths);
        tail.AsSpan().CopyTo(lengths[Rank..]);
        return Create(lengths);
    }

    /// <summary>An axis number counted from 0, from one that may count from the end (−1 is the last).</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    internal int Axis(int axis, string operation) =>
        axis >= -Rank && axis < Rank ? (axis < 0 ? axis + Rank : axis) : ShapeException.ThrowAxis(operation, axis, this);

    /// <inheritdoc/>
    public bool Equals(Shape other) => ReferenceEquals(_lengths, other._lengths) || AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int length in AsSpan()) hash.Add(length);
        return hash.ToHashCode();
    }

    /// <summary>Whether two shapes have the same axes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    private static int[] Shared(ReadOnlySpan<int> lengths)
    {
        uint hash = 0;
        foreach (int length in lengths) hash = (hash ^ (uint)length) * 0x9E3779B1; // 2³² divided by the golden ratio spreads neighbours
        int[]?[] recent = s_recent ??= new int[RecentCount][];
        uint first = hash >> 24, second = first ^ 1; // each shape has two places, so that two of a training seldom drive each other out
        if (recent[first] is { } known && lengths.SequenceEqual(known)) return known;
        if (recent[second] is { } other && lengths.SequenceEqual(other)) return other;
        recent[second] = recent[first];
        return recent[first] = lengths.ToArray();
    }

    /// <summary>For example <c>[100, 1, 28, 28]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", ToArray())}]";
}
