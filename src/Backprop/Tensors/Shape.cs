using System.Runtime.CompilerServices;

namespace Backprop;

/// <summary>The lengths of a tensor's axes, outermost first; a scalar has none. Immutable, compared by value, written <c>[2, 3]</c>.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>
{
    private const int RecentCount = 256;

    [ThreadStatic]
    private static int[]?[]? s_recent; // the same shapes come in each step of a training: they share their numbers

    private readonly int[]? _numbers; // the lengths, and after them how many elements that makes; none for a scalar

    private Shape(int[] numbers) => _numbers = numbers;

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar => default;

    /// <summary>How many axes there are (PyTorch: <c>dim()</c>).</summary>
    public int Rank => _numbers is null ? 0 : _numbers.Length - 1;

    /// <summary>The same as <see cref="Rank"/>; lets <c>shape[^1]</c> be written.</summary>
    public int Length => Rank;

    /// <summary>How many elements a tensor of this shape has: the product of the lengths, 1 for a scalar (PyTorch: <c>numel()</c>).</summary>
    public int ElementCount => _numbers is null ? 1 : _numbers[^1];

    /// <summary>The length of an axis, counted from 0.</summary>
    public int this[int axis] => AsSpan()[axis];

    /// <summary>Makes a shape from the lengths of its axes; <c>Shape s = [2, 3]</c> calls it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative, or there are more than 2³¹ − 1 elements.</exception>
    public static Shape Create(params ReadOnlySpan<int> lengths)
    {
        if (lengths.IsEmpty) return default;
        if (TryFind(lengths) is { } known) return new Shape(known);
        long count = 1;
        bool empty = false;
        foreach (int length in lengths)
        {
            if (length < 0) throw new ArgumentOutOfRangeException(nameof(lengths), $"The length of an axis can't be negative: [{string.Join(", ", lengths.ToArray())}].");
            if (length == 0) empty = true;
            else count *= length;
            if (count > int.MaxValue) throw new ArgumentOutOfRangeException(nameof(lengths), $"A tensor holds at most {int.MaxValue} elements: [{string.Join(", ", lengths.ToArray())}].");
        }
        return new Shape(Remember([.. lengths, empty ? 0 : (int)count]));
    }

    /// <summary>The shape of lengths that come from a file, if there can be a tensor of it: none is negative, and all but the empty ones multiply to no more than 2³¹ − 1.</summary>
    internal static bool TryCreate(ReadOnlySpan<long> lengths, out Shape shape)
    {
        shape = default;
        long count = 1;
        int[] checkedLengths = new int[lengths.Length];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            if (lengths[axis] is < 0 or > int.MaxValue) return false;
            checkedLengths[axis] = (int)lengths[axis];
            if (lengths[axis] != 0 && (count *= lengths[axis]) > int.MaxValue) return false;
        }
        shape = Create(checkedLengths);
        return true;
    }

    /// <summary>The lengths as a span.</summary>
    public ReadOnlySpan<int> AsSpan() => _numbers.AsSpan(0, Rank);

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
    public bool Equals(Shape other) => ReferenceEquals(_numbers, other._numbers) || AsSpan().SequenceEqual(other.AsSpan());

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

    private static int[]? TryFind(ReadOnlySpan<int> lengths)
    {
        if (s_recent is not { } recent) return null;
        int place = Place(lengths);
        return Fits(recent[place], lengths) ? recent[place] : Fits(recent[place ^ 1], lengths) ? recent[place ^ 1] : null;
    }

    private static int[] Remember(int[] numbers)
    {
        int[]?[] recent = s_recent ??= new int[RecentCount][];
        int place = Place(numbers.AsSpan(..^1));
        recent[place ^ 1] = recent[place]; // each has two places, so that two that recur seldom drive each other out
        return recent[place] = numbers;
    }

    private static bool Fits(int[]? numbers, ReadOnlySpan<int> lengths) => numbers is not null && numbers.AsSpan(..^1).SequenceEqual(lengths);

    private static int Place(ReadOnlySpan<int> lengths)
    {
        uint hash = 0;
        foreach (int length in lengths) hash = (hash ^ (uint)length) * 0x9E3779B1; // 2³² divided by the golden ratio spreads neighbours
        return (int)(hash >> 24);
    }

    /// <summary>For example <c>[100, 1, 28, 28]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", ToArray())}]";
}
