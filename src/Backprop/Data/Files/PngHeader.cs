namespace Backprop;

/// <summary>What a PNG says about itself in its first chunk.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitDepth">Bits a sample, or an index into the palette.</param>
/// <param name="ColourType">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.</param>
/// <param name="IsInterlaced">Whether pixels come in Adam7's seven passes.</param>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, int ColourType, bool IsInterlaced)
{
    private static readonly PngPass[] s_whole = [new(0, 0, 1, 1)];
    private static readonly PngPass[] s_adam7 = [new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2)];

    public bool HasPalette => ColourType == 3;

    public bool HasAlpha => ColourType is 4 or 6;

    /// <summary>What a pixel becomes: one channel of grey, or three.</summary>
    public int Channels => ColourType is 0 or 4 ? 1 : 3;

    /// <summary>What a pixel is in the file.</summary>
    public int Samples => HasPalette ? 1 : Channels + (HasAlpha ? 1 : 0);

    /// <summary>How far apart the bytes are that filters compare: a pixel, but one byte at least.</summary>
    public int FilterStep => Math.Max(1, Samples * BitDepth / 8);

    public ReadOnlySpan<PngPass> Passes => IsInterlaced ? s_adam7 : s_whole;

    /// <summary>Bytes of all rows, each led by the number of its filter.</summary>
    public long DataLength
    {
        get
        {
            long length = 0;
            foreach (PngPass pass in Passes)
            {
                if (pass.Columns(Width) > 0) length += pass.Rows(Height) * (1 + RowLength(pass.Columns(Width)));
            }
            return length;
        }
    }

    /// <summary>Bytes of a row of so many pixels.</summary>
    public long RowLength(int pixels) => ((long)pixels * Samples * BitDepth + 7) / 8;

    /// <summary>The bit depths that the colour type allows; empty where there is no such type.</summary>
    public static ReadOnlySpan<int> BitDepths(int colourType) => colourType switch
    {
        0 => [1, 2, 4, 8, 16],
        3 => [1, 2, 4, 8],
        2 or 4 or 6 => [8, 16],
        _ => [],
    };
}

/// <summary>The pixels (X + i·StepX, Y + j·StepY) of a picture.</summary>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY)
{
    public int Columns(int width) => (width - X + StepX - 1) / StepX;

    public int Rows(int height) => (height - Y + StepY - 1) / StepY;
}
