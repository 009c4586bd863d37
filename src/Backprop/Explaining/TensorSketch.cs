namespace Backprop;

/// <summary>A tensor as a small picture: its range, and some or all of its elements as the cells of a heat map.</summary>
/// <remarks>
/// Images [n, channels, height, width] become planes side by side; all else one plane of rows. What has more elements than there is room for is shown in part: every so
/// many rows and columns, and the first planes.
/// </remarks>
internal sealed class TensorSketch
{
    /// <summary>Up to so many elements a tensor is told number by number.</summary>
    public const int WholeUpTo = 64;

    /// <summary>The cell of a number that is none.</summary>
    public const sbyte NotANumber = sbyte.MinValue;

    private const int LongestRow = 16; // of a vector; a longer one is shown in several rows
    private const int MostPlanes = 64;

    private readonly int _rowCount, _columnCount; // of the tensor

    /// <summary>Draws a tensor with at most <paramref name="room"/> cells.</summary>
    public TensorSketch(Tensor tensor, int room)
    {
        IsKept = !tensor.IsRecycled;
        if (!IsKept)
        {
            Range = new TensorRange(tensor.Shape, double.NaN, double.NaN, 0, 0);
            return;
        }
        if (tensor.ElementCount <= WholeUpTo) Values = [.. Enumerable.Range(0, tensor.ElementCount).Select(tensor.ElementAt)];
        Range = TensorRange.Of(tensor);
        Scale = Math.Max(Math.Abs(double.IsNaN(Range.Minimum) ? 0 : Range.Minimum), Math.Abs(double.IsNaN(Range.Maximum) ? 0 : Range.Maximum));
        Shape shape = tensor.Shape;
        int count = shape.ElementCount, side = (int)Math.Sqrt(room);
        if (shape.Rank is 3 or 4)
        {
            (_rowCount, _columnCount) = (shape[^2], shape[^1]);
        }
        else
        {
            _columnCount = shape.Rank == 0 ? 1 : shape[^1];
            bool isWrapped = count == _columnCount && count > LongestRow; // goes on in the next row
            if (isWrapped) _columnCount = Math.Max(LongestRow, (int)Math.Ceiling(Math.Sqrt(2.0 * count)));
            _rowCount = count == 0 ? 0 : (count + _columnCount - 1) / _columnCount;
        }
        Rows = Math.Min(_rowCount, Math.Max(side, room / Math.Max(1, _columnCount)));
        Columns = Math.Min(_columnCount, Math.Max(side, room / Math.Max(1, Rows)));
        int plane = Math.Max(1, Rows * Columns);
        PlaneCount = shape.Rank is 3 or 4 ? count / Math.Max(1, _rowCount * _columnCount) : Math.Min(1, count);
        Planes = Math.Min(PlaneCount, Math.Clamp(room / plane, 1, MostPlanes));
        Across = Math.Max(1, (int)Math.Ceiling(Math.Sqrt(Planes * 1.5 * Math.Max(1, Rows) / Math.Max(1, Columns))));
        Across = Math.Min(Across, Math.Max(1, Planes));
        Cells = new sbyte[Planes * Rows * Columns];
        int cell = 0;
        for (int p = 0; p < Planes; p++)
        {
            for (int r = 0; r < Rows; r++)
            {
                for (int c = 0; c < Columns; c++) Cells[cell++] = Level(tensor, Position(p, r, c));
            }
        }
    }

    /// <summary>The shape, smallest and greatest number, and how many are none.</summary>
    public TensorRange Range { get; }

    /// <summary>The greatest magnitude; a cell of 127 stands for it, one of −127 for its negative.</summary>
    public double Scale { get; }

    /// <summary>How many planes are shown, and how many there are.</summary>
    public int Planes { get; }

    public int PlaneCount { get; }

    /// <summary>How many planes stand side by side.</summary>
    public int Across { get; }

    /// <summary>The cells of a plane.</summary>
    public int Rows { get; }

    public int Columns { get; }

    /// <summary>How many rows and columns of the tensor those are.</summary>
    public (int Rows, int Columns) Whole => (_rowCount, _columnCount);

    /// <summary>Plane by plane, row by row.</summary>
    public sbyte[] Cells { get; } = [];

    /// <summary>Whether there is a cell at all.</summary>
    public bool HasPicture => Cells.Length > 0;

    /// <summary>Whether the elements were there to be drawn. Inside a step scope layers give back what no backward needs.</summary>
    public bool IsKept { get; }

    /// <summary>Whether there is one number only.</summary>
    public bool IsNumber => Values is [_];

    /// <summary>All elements, if they are few; else null.</summary>
    public double[]? Values { get; }

    /// <summary>The picture's size in cells, planes being one cell apart.</summary>
    public (int Width, int Height) Size => (Across * (Columns + 1) - 1, (Planes + Across - 1) / Across * (Rows + 1) - 1);

    /// <summary>The numbers, if they fit on an arrow: <c>2.2</c>, <c>[0.1, 0.1, 0.6]</c>; shape and range where there is no picture; else null.</summary>
    public string? Text => Values switch
    {
        [double number] => NumberText.Short(number),
        { Length: > 0 and <= 3 } few => $"[{string.Join(", ", few.Select(number => NumberText.Of(number, 3)))}]",
        _ when HasPicture => null,
        _ when !IsKept => Range.Shape.Rank == 0 ? "not kept" : $"{NumberText.Of(Range.Shape)}, not kept",
        { Length: 0 } => NumberText.Of(Range.Shape),
        _ => $"{NumberText.Of(Range.Shape)} ±{NumberText.Of(Scale, 3)}",
    };

    private int Position(int plane, int row, int column)
    {
        int r = Rows == _rowCount ? row : (int)((row + 0.5) * _rowCount / Rows), c = Columns == _columnCount ? column : (int)((column + 0.5) * _columnCount / Columns);
        return (plane * _rowCount + r) * _columnCount + c;
    }

    private sbyte Level(Tensor tensor, int position)
    {
        double value = position < tensor.ElementCount ? tensor.ElementAt(position) : 0; // the last row of a wrapped vector may be short
        if (double.IsNaN(value)) return NotANumber;
        return Scale == 0 ? (sbyte)0 : (sbyte)Math.Round(Math.Clamp(value / Scale, -1, 1) * sbyte.MaxValue);
    }
}
