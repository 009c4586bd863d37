namespace Backprop;

/// <summary>Shapes as files state them: any numbers at all.</summary>
internal static class StoredShape
{
    /// <summary>How many axes are read; no framework makes as many.</summary>
    public const int MostAxes = 64;

    /// <summary>The shape of the given lengths, none negative; null if a tensor can't have so many elements.</summary>
    public static Shape? Create(ReadOnlySpan<long> lengths) => Shape.TryCreate(lengths, out Shape shape) ? shape : null;

    /// <summary>The error of a shape that is too large, in words.</summary>
    public static string TooLarge(string name, ReadOnlySpan<long> lengths) =>
        $"{name} [{string.Join(", ", lengths.ToArray())}] has more elements than a tensor holds, {int.MaxValue}";
}
