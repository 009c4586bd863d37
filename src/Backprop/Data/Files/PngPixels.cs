using System.Buffers.Binary;

namespace Backprop;

/// <summary>Unpacked PNG rows made into 8-bit channels: filters undone, depths and palettes expanded, transparency laid over white.</summary>
internal sealed class PngPixels(PngHeader header, byte[] palette, byte[] transparency, ByteReader file)
{
    private readonly int _maximum = (1 << header.BitDepth) - 1;

    /// <summary>The picture, from the rows of all passes.</summary>
    public Image Expand(byte[] data)
    {
        int width = header.Width, plane = width * header.Height;
        byte[] pixels = new byte[header.Channels * plane];
        Span<byte> colour = stackalloc byte[3];
        int at = 0;
        foreach (PngPass pass in header.Passes)
        {
            int columns = pass.Columns(width), rows = columns == 0 ? 0 : pass.Rows(header.Height), length = (int)header.RowLength(columns);
            ReadOnlySpan<byte> above = new byte[length];
            for (int j = 0; j < rows; j++)
            {
                Span<byte> row = data.AsSpan(at + 1, length);
                Unfilter(data[at], row, above, header.FilterStep);
                for (int i = 0; i < columns; i++)
                {
                    Colour(row, i, colour);
                    int pixel = (pass.Y + j * pass.StepY) * width + pass.X + i * pass.StepX;
                    for (int channel = 0; channel < header.Channels; channel++) pixels[channel * plane + pixel] = colour[channel];
                }
                above = row;
                at += 1 + length;
            }
        }
        return new Image(width, header.Height, header.Channels, pixels);
    }

    private void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (int i = step; i < row.Length; i++) row[i] += row[i - step];
                break;
            case 2:
                for (int i = 0; i < row.Length; i++) row[i] += above[i];
                break;
            case 3:
                for (int i = 0; i < row.Length; i++) row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) / 2);
                break;
            case 4:
                for (int i = 0; i < row.Length; i++) row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]);
                break;
            default:
                throw file.Error("a row has an unknown filter", $"{filter}", "0 to 4; save the picture anew");
        }
    }

    // Whichever of left, above and corner is nearest to left + above − corner; the former on a tie.
    private static byte Paeth(int left, int above, int corner)
    {
        int toLeft = Math.Abs(above - corner), toAbove = Math.Abs(left - corner), toCorner = Math.Abs(left + above - 2 * corner);
        return (byte)(toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner);
    }

    private void Colour(ReadOnlySpan<byte> row, int pixel, Span<byte> colour)
    {
        if (header.HasPalette)
        {
            int index = Sample(row, pixel);
            if (3 * index >= palette.Length) throw file.Error("a pixel has no colour", $"number {index}", $"one of the {palette.Length / 3} of the palette; save the picture anew");
            byte opacity = index < transparency.Length ? transparency[index] : (byte)255;
            for (int channel = 0; channel < 3; channel++) colour[channel] = OverWhite(palette[3 * index + channel], opacity);
            return;
        }
        int first = pixel * header.Samples;
        byte alpha = header.HasAlpha ? To8Bits(Sample(row, first + header.Channels)) : IsTransparent(row, first) ? (byte)0 : (byte)255;
        for (int channel = 0; channel < header.Channels; channel++) colour[channel] = OverWhite(To8Bits(Sample(row, first + channel)), alpha);
    }

    /// <summary>Whether the pixel has the one colour that the file calls transparent.</summary>
    private bool IsTransparent(ReadOnlySpan<byte> row, int first)
    {
        if (transparency.Length == 0) return false;
        for (int channel = 0; channel < header.Channels; channel++)
        {
            if (Sample(row, first + channel) != (BinaryPrimitives.ReadUInt16BigEndian(transparency.AsSpan(2 * channel)) & _maximum)) return false;
        }
        return true;
    }

    private int Sample(ReadOnlySpan<byte> row, int index)
    {
        if (header.BitDepth == 8) return row[index];
        if (header.BitDepth == 16) return BinaryPrimitives.ReadUInt16BigEndian(row[(2 * index)..]);
        int bit = index * header.BitDepth;
        return row[bit / 8] >> (8 - header.BitDepth - bit % 8) & _maximum;
    }

    private byte To8Bits(int sample) => (byte)((sample * 255 + _maximum / 2) / _maximum);

    private static byte OverWhite(int value, int alpha) => (byte)((value * alpha + 255 * (255 - alpha) + 127) / 255);
}
