using System.Text;
using Backprop.Cli.Figures;

namespace Backprop.Cli.Screen;

/// <summary>The losses of a training over its epochs, drawn with characters: a line for the training set, an <c>o</c> after each epoch for the validation set.</summary>
/// <remarks>The axis of the epochs reaches to the last from the beginning, so the line shows how much is done. Where the losses span more than a factor of 30, their axis is logarithmic.</remarks>
internal sealed class LossChart
{
    private const int Around = 3, Unit = 7; // lines around the plot; columns for " epochs"
    private const double LogarithmicFrom = 30;
    private const string TrainingColor = "\e[36m", ValidationColor = "\e[33m", Plain = "\e[0m"; // cyan and yellow, as bright as the terminal has them

    private readonly LossCurve _training = new();
    private readonly List<(double Epoch, double Loss)> _validation = [];

    /// <summary>Lines that a chart has at least.</summary>
    public const int LeastHeight = 4 + Around;

    public bool IsEmpty => _training.Points.Count == 0;

    /// <summary>Adds the loss of some examples, at a time in epochs from the beginning.</summary>
    public void Train(double time, double loss) => _training.Add(time, loss);

    /// <summary>Adds the loss on the validation set, at a time in epochs from the beginning.</summary>
    public void Validate(double time, double loss)
    {
        if (double.IsFinite(loss)) _validation.Add((time, loss));
    }

    /// <summary>Draws the chart.</summary>
    /// <param name="epochs">How many epochs the training has.</param>
    /// <param name="width">The columns it may take.</param>
    /// <param name="height">The lines it is to take, <see cref="LeastHeight"/> at least.</param>
    /// <param name="unicode">Whether Braille and lines can be written.</param>
    /// <param name="color">Whether to write in colour.</param>
    public string[] Draw(int epochs, int width, int height, bool unicode, bool color)
    {
        int rows = height - Around;
        var x = new Axis("epochs", 0, epochs);
        (double X, double Y)[] training = [.. Pooled(x, width)];
        Axis y = LossAxis(training);
        List<(int Row, string Text)> labels = [.. y.Ticks(Math.Max(2, rows / 2)).Select(tick => (Row(y.Place(tick), rows), y.Text(tick).Replace('−', '-')))];
        int margin = labels.Count == 0 ? 1 : labels.Max(label => label.Text.Length), columns = Math.Max(8, width - margin - 2 - Unit);
        DotGrid grid = Plot(training, x, y, rows, columns);
        var marks = new HashSet<(int Row, int Column)>(_validation.Select(point => (Row(y.Place(point.Loss), rows), Column(x.Place(point.Epoch), columns))));

        var lines = new List<string> { Legend(y, margin, width, unicode, color) };
        for (int row = 0; row < rows; row++)
        {
            string label = labels.FirstOrDefault(each => each.Row == row).Text ?? "";
            var line = new StringBuilder(label.PadLeft(margin)).Append(' ').Append(label.Length > 0 ? (unicode ? '┤' : '+') : (unicode ? '│' : '|'));
            string? pen = null;
            for (int column = 0; column < columns; column++)
            {
                bool isMark = marks.Contains((row, column));
                char character = isMark ? 'o' : grid.At(row, column, unicode);
                string? wanted = character == ' ' ? pen : isMark ? ValidationColor : TrainingColor;
                if (color && wanted != pen) line.Append(pen = wanted);
                line.Append(character);
            }
            lines.Add(line.ToString().TrimEnd() + (pen is null ? "" : Plain));
        }
        lines.AddRange(Below(x, margin, columns, unicode));
        return [.. lines];
    }

    /// <summary>The mean of the points that would share a column: single steps go up and down.</summary>
    private IEnumerable<(double X, double Y)> Pooled(Axis x, int columns) =>
        _training.Points.GroupBy(point => Column(x.Place(point.X), columns)).Select(column => (column.Average(point => point.X), column.Average(point => point.Y)));

    private Axis LossAxis((double X, double Y)[] training)
    {
        IEnumerable<double> losses = [.. training.Select(point => point.Y), .. _validation.Select(point => point.Loss)];
        (double least, double most) = (losses.DefaultIfEmpty(0).Min(), losses.DefaultIfEmpty(1).Max());
        if (least > 0 && most / least > LogarithmicFrom) return new Axis("loss (log)", least * 0.9, most * 1.1, IsLogarithmic: true);
        if (least > 0 && least < most / 2) least = 0;
        double room = most > least ? 0.03 * (most - least) : Math.Max(Math.Abs(most), 1) * 0.1;
        return new Axis("loss", least == 0 ? 0 : least - room, most + room);
    }

    private static DotGrid Plot((double X, double Y)[] training, Axis x, Axis y, int rows, int columns)
    {
        var grid = new DotGrid(rows, columns);
        (int X, int Y)? last = null;
        foreach ((double time, double loss) in training)
        {
            (int X, int Y) dot = (Column(x.Place(time), grid.Width), Row(y.Place(loss), grid.Height));
            grid.Line(last ?? dot, dot);
            last = dot;
        }
        return grid;
    }

    private string Legend(Axis y, int margin, int width, bool unicode, bool color)
    {
        string line = unicode ? "⠤⠤" : "..", indent = new(' ', margin + 1);
        string legend = With("   ", "training", "validation");
        if (legend.Length > width) legend = With("  ", "train", "val");
        return color ? legend.Replace(line, TrainingColor + line + Plain, StringComparison.Ordinal).Replace(" o ", $" {ValidationColor}o{Plain} ", StringComparison.Ordinal) : legend;

        string With(string gap, string training, string validation) => $"{indent}{y.Name}{gap}{line} {training}" + (_validation.Count > 0 ? $"{gap}o {validation}" : "");
    }

    /// <summary>The axis of the epochs, and its numbers.</summary>
    private static string[] Below(Axis x, int margin, int columns, bool unicode)
    {
        char[] axis = new string(unicode ? '─' : '-', columns).ToCharArray();
        char[] numbers = new string(' ', margin + 2 + columns + Unit).ToCharArray();
        int free = 0;
        foreach (double tick in x.Ticks(Math.Clamp(columns / 8, 1, (int)Math.Min(x.To, 100))))
        {
            int column = Column(x.Place(tick), columns);
            axis[column] = unicode ? '┬' : '+';
            string text = x.Text(tick);
            int start = margin + 2 + column - (text.Length - 1) / 2;
            if (start < free) continue;
            text.CopyTo(0, numbers, start, text.Length);
            free = start + text.Length + 1;
        }
        return [$"{new string(' ', margin)} {(unicode ? '└' : '+')}{new string(axis)} {x.Name}", new string(numbers).TrimEnd()];
    }

    private static int Row(double place, int rows) => rows - 1 - Column(place, rows);

    private static int Column(double place, int columns) => Math.Clamp((int)(place * columns), 0, columns - 1);
}
