using System.Globalization;

namespace Backprop.Cli.Screen;

/// <summary>A row for each epoch, in columns that stay where they are. An epoch that is the best so far, by its loss on the validation set, has a star; so the last star is at the best of all.</summary>
internal sealed class EpochTable
{
    private static readonly EpochScore s_score = EpochScore.Loss;

    private double _bestScore = double.NaN;

    /// <summary>The best epoch so far; 0 if there is none.</summary>
    public int Best { get; private set; }

    /// <summary>What it is the best by.</summary>
    public double BestScore => _bestScore;

    /// <summary>Takes account of an epoch; whether it is the best so far.</summary>
    public bool Add(EpochRecord epoch)
    {
        double score = s_score.Read(epoch);
        if (double.IsNaN(score) || score >= _bestScore) return false;
        (_bestScore, Best) = (score, epoch.Epoch);
        return true;
    }

    /// <summary>The line above the first row.</summary>
    public static string Header(EpochRecord epoch, int epochs, int width) => Line(Columns(epoch, epochs), column => column.Name, width);

    /// <summary>An epoch's row.</summary>
    public static string Row(EpochRecord epoch, int epochs, bool isBest, int width)
    {
        string row = Line(Columns(epoch, epochs), column => column.Text, width);
        return isBest ? row + " *" : row;
    }

    private static List<(string Name, string Text, int Width)> Columns(EpochRecord epoch, int epochs)
    {
        List<(string Name, string Text, int Width)> columns = [];
        string of = epochs.ToString(CultureInfo.InvariantCulture);
        Add("epoch", $"{epoch.Epoch.ToString(CultureInfo.InvariantCulture)}/{of}", 2 * of.Length + 1);
        Scores("", epoch.Train);
        if (epoch.Validation is { } validation) Scores("val ", validation);
        Add("time", Words.Duration(epoch.Seconds), "59 min 59 s".Length);
        Add("images/s", Words.Speed(epoch.Train.Examples / epoch.Seconds), "100,000".Length);
        return columns;

        void Add(string name, string text, int width) => columns.Add((name, text, Math.Max(width, name.Length)));

        void Scores(string prefix, Scores scores)
        {
            Add(prefix + "loss", Words.Number(scores.Loss), "12.3456".Length);
            foreach ((string name, double value) in scores.Metrics) Add(prefix + Words.Short(name), Words.Number(value), "0.1234".Length);
        }
    }

    /// <summary>As many columns as there is room for, with two more for the star.</summary>
    private static string Line(List<(string Name, string Text, int Width)> columns, Func<(string Name, string Text, int Width), string> cell, int width)
    {
        string line = "";
        foreach ((string Name, string Text, int Width) column in columns)
        {
            string text = cell(column).PadLeft(column.Width);
            if (line.Length == 0) line = text;
            else if (line.Length + 2 + text.Length + 2 <= width) line += "  " + text;
            else break;
        }
        return line;
    }
}
