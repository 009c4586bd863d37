using System.Globalization;
using System.Text;

namespace Backprop.Cli;

/// <summary>An image to be shown: rows of colours.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Caption">A word below it.</param>
/// <param name="At">The colour at a row and a column.</param>
internal sealed record Picture(int Height, int Width, string Caption, Func<int, int, (byte R, byte G, byte B)> At);

/// <summary>Draws pictures side by side with characters: two pixels in each, one above the other.</summary>
internal static class PictureStrip
{
    private const int Gap = 2;
    private const string Shades = " .:-=+*#%@"; // from black to white

    public static void Write(Terminal terminal, IReadOnlyList<Picture> pictures)
    {
        for (int first = 0; first < pictures.Count;)
        {
            int width = -Gap, count = 0;
            while (first + count < pictures.Count && (count == 0 || width + Gap + pictures[first + count].Width <= terminal.Width)) width += Gap + pictures[first + count++].Width;
            WriteRow(terminal, pictures.Skip(first).Take(count).ToArray());
            first += count;
        }
    }

    private static void WriteRow(Terminal terminal, Picture[] pictures)
    {
        bool color = terminal.OutHasColor && Terminal.HasUnicode(terminal.Out);
        for (int row = 0; row < pictures.Max(picture => picture.Height); row += 2)
        {
            var line = new StringBuilder();
            foreach (Picture picture in pictures)
            {
                for (int column = 0; column < picture.Width; column++)
                {
                    (byte R, byte G, byte B) upper = At(picture, row, column), lower = At(picture, row + 1, column);
                    if (color) line.Append(CultureInfo.InvariantCulture, $"\e[38;2;{upper.R};{upper.G};{upper.B};48;2;{lower.R};{lower.G};{lower.B}m▀");
                    else line.Append(Shades[(Brightness(upper) + Brightness(lower)) * (Shades.Length - 1) / 510]);
                }
                if (color) line.Append("\e[0m");
                line.Append(' ', Gap);
            }
            terminal.Out.WriteLine(line.ToString().TrimEnd());
        }
        terminal.Out.WriteLine(string.Concat(pictures.Select(picture => picture.Caption.PadRight(picture.Width + Gap))).TrimEnd());
        terminal.Out.WriteLine();
    }

    private static (byte R, byte G, byte B) At(Picture picture, int row, int column) => row < picture.Height ? picture.At(row, column) : default;

    private static int Brightness((byte R, byte G, byte B) color) => (299 * color.R + 587 * color.G + 114 * color.B) / 1000; // ITU-R BT.601
}
