namespace Backprop;

/// <summary>A height and a width: of a kernel, a stride, a padding, an image. A single number stands for both: <c>kernelSize: 3</c> is 3 × 3, <c>(3, 5)</c> is 3 × 5.</summary>
/// <param name="Height">Along the rows, the axis before the last.</param>
/// <param name="Width">Along the columns, the last axis.</param>
public readonly record struct Size2d(int Height, int Width)
{
    /// <summary>The same along both axes.</summary>
    public static implicit operator Size2d(int both) => new(both, both);

    /// <summary>Height, then width.</summary>
    public static implicit operator Size2d((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>The same along both axes.</summary>
    public static Size2d FromInt32(int both) => both;

    /// <summary>Height, then width.</summary>
    public static Size2d FromValueTuple((int Height, int Width) size) => size;

    /// <summary>For example <c>3×5</c>.</summary>
    public override string ToString() => $"{Height}×{Width}";
}
