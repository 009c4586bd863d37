namespace Backprop;

/// <summary>Shapes as files state them: any numbers at all.</summary>
internal static class StoredShape
{
    /// <summary>How many axes are read; no framework makes as many.</summary>
    public const int MostAxes = 64;

    /// <summary>The shape of the given lengths, none negative; null if a tensor can't have so many elements.</summary>
    public static Shape? Create(ReadOnlySpan<long> lengths)
    {
        Span<int> shape = stackalloc int[MostAxes];
        long count = lengths.Contains(0) ? 0 : 1;
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            long length = lengths[axis];
            if (length > int.MaxValue || (count *= length) > int.MaxValue) return null; // both factors are below 2³¹
            shape[axis] = (int)length;
        }
        return Shape.Create(shape[..lengths.Length]);
    }

    /// <summary>The error of a shape that is too large, in words.</summary>
    public static string TooLarge(string name, ReadOnlySpan<long> lengths) =>
        $"{name} [{string.Join(", ", lengths.ToArray())}] has more elements than a tensor holds, {int.MaxValue}";
}
