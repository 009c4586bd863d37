namespace Backprop.Cli.Screen;

/// <summary>Dots in a grid of characters, two across and four down in each.</summary>
/// <param name="rows">Characters down.</param>
/// <param name="columns">Characters across.</param>
internal sealed class DotGrid(int rows, int columns)
{
    private const int Across = 2, Down = 4, UpperHalf = 0x1B; // of the bits below

    private static readonly byte[,] s_bits = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } }; // as Unicode numbers the dots of Braille from U+2800 on

    private readonly byte[,] _cells = new byte[rows, columns];

    public int Width => columns * Across;

    public int Height => rows * Down;

    /// <summary>A line from one dot to another, both included; rows count from the top.</summary>
    public void Line((int X, int Y) from, (int X, int Y) to)
    {
        int steps = Math.Max(Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)), 1);
        for (int i = 0; i <= steps; i++)
        {
            int x = from.X + (int)Math.Round((double)(to.X - from.X) * i / steps), y = from.Y + (int)Math.Round((double)(to.Y - from.Y) * i / steps);
            _cells[y / Down, x / Across] |= s_bits[y % Down, x % Across];
        }
    }

    /// <summary>A character as it looks, in Braille, or where that can't be written as one of <c>' . :</c></summary>
    public char At(int row, int column, bool unicode)
    {
        byte cell = _cells[row, column];
        if (cell == 0) return ' ';
        if (unicode) return (char)(0x2800 + cell);
        bool upper = (cell & UpperHalf) != 0, lower = (cell & ~UpperHalf) != 0;
        return upper && lower ? ':' : upper ? '\'' : '.';
    }
}
