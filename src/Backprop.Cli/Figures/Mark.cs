using System.Globalization;
using System.Text;

namespace Backprop.Cli.Figures;

/// <summary>Something that is drawn between axes.</summary>
/// <param name="Look">Its colour and dashes.</param>
/// <param name="Name">What the legend calls it; null: nothing.</param>
internal abstract record Mark(Look Look, string? Name)
{
    /// <summary>The class of its shape, which the style sheet knows.</summary>
    public abstract string Kind { get; }

    /// <summary>The path of its shape, in pixels from the upper left corner of the axes.</summary>
    public abstract string Path(Axis x, Axis y, int width, int height);

    /// <summary>A coordinate: a tenth of a pixel is as fine as one sees.</summary>
    protected static string Pixel(double value) => Math.Round(Math.Clamp(value, -1e4, 1e4), 1).ToString(CultureInfo.InvariantCulture);
}

/// <summary>How a mark looks; colours that the colour-blind tell apart, and dashes for those who see none.</summary>
internal enum Look
{
    First,
    Second,
    Third,
    Fourth,

    /// <summary>There for orientation only.</summary>
    Faint,
}

/// <summary>A line through points.</summary>
/// <param name="Look">Its colour and dashes.</param>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">From its beginning to its end; where a y is NaN, the line is broken.</param>
/// <param name="IsThin">Whether it is one of many.</param>
internal sealed record Line(Look Look, string? Name, IReadOnlyList<(double X, double Y)> Points, bool IsThin = false) : Mark(Look, Name)
{
    public override string Kind => IsThin ? "line thin" : "line";

    public override string Path(Axis x, Axis y, int width, int height)
    {
        var path = new StringBuilder();
        char pen = 'M';
        foreach ((double pointX, double pointY) in Points)
        {
            if (!double.IsNaN(pointY)) path.Append(pen).Append(Pixel(width * x.Place(pointX))).Append(' ').Append(Pixel(height * (1 - y.Place(pointY))));
            pen = double.IsNaN(pointY) ? 'M' : 'L';
        }
        return path.ToString();
    }
}

/// <summary>Points by themselves.</summary>
internal sealed record Dots(Look Look, string? Name, IReadOnlyList<(double X, double Y)> Points) : Mark(Look, Name)
{
    public override string Kind => "dots";

    public override string Path(Axis x, Axis y, int width, int height) => // a line without length has round ends
        string.Concat(Points.Select(point => $"M{Pixel(width * x.Place(point.X))} {Pixel(height * (1 - y.Place(point.Y)))}h0"));
}

/// <summary>Columns side by side from one number to another, equally wide.</summary>
internal sealed record Bars(Look Look, string? Name, double From, double To, IReadOnlyList<double> Heights) : Mark(Look, Name)
{
    public override string Kind => "bars";

    public override string Path(Axis x, Axis y, int width, int height) => string.Concat(Heights.Select((bar, i) =>
    {
        double left = width * x.Place(From + (To - From) * i / Heights.Count), right = width * x.Place(From + (To - From) * (i + 1) / Heights.Count);
        double top = height * (1 - y.Place(Math.Min(bar, y.To)));
        return bar > 0 ? $"M{Pixel(left)} {height}V{Pixel(top)}H{Pixel(right)}V{height}z" : "";
    }));
}
