using System.Collections;

namespace Backprop;

/// <summary>What a name in a pickle may stand for; every other name is refused.</summary>
internal enum PickledGlobal { OrderedDict, Size, RebuildTensor, RebuildTensorOfDType, RebuildParameter, Storage }

/// <summary>A name in a pickle: a function, or a class of storages and what their elements are; null where only the tensor says it.</summary>
internal sealed record GlobalReference(PickledGlobal Global, StoredType? Type = null);

/// <summary>Elements that tensors are views of, under a name of their own beside the pickle.</summary>
/// <param name="Entry">Where they are.</param>
/// <param name="Type">What they are; null where only the tensor says it.</param>
/// <param name="Count">How many there are; bytes, where the type is not known.</param>
internal sealed record PickledStorage(ZipEntry Entry, StoredType? Type, long Count);

/// <summary>A tuple of Python's.</summary>
/// <param name="items">What is in it.</param>
/// <param name="isPlain">Whether all that is a value, and nothing that only serves to rebuild one.</param>
internal sealed class PickledTuple(object?[] items, bool isPlain) : IReadOnlyList<object?>
{
    public static PickledTuple Empty { get; } = new([], true);

    public bool IsPlain => isPlain;

    public int Count => items.Length;

    public object? this[int index] => items[index];

    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();
}

/// <summary>Keys of Python's dictionaries: text, and whole numbers, which are the same as long and as int. Nobody who makes a file can know which of them fall into one place.</summary>
internal sealed class PickledKeys : IEqualityComparer<object>
{
    public static PickledKeys Comparer { get; } = new();

    public new bool Equals(object? x, object? y) => object.Equals(Wide(x), Wide(y));

    public int GetHashCode(object key) => Wide(key) is long number ? HashCode.Combine(number) : key.GetHashCode();

    private static object? Wide(object? key) => key is int number ? (long)number : key;
}
