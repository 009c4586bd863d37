using System.Globalization;

namespace Backprop.Cli.Screen;

/// <summary>The line that tells how far a training has come. Where a terminal is narrow, what matters least is left out, and nothing is cut in two.</summary>
internal static class ProgressLine
{
    private const int BarLength = 16;

    /// <param name="progress">How far it has come.</param>
    /// <param name="secondsAStep">How long a step of this epoch takes; NaN if that is not known yet.</param>
    /// <param name="examplesAStep">How many examples it has.</param>
    /// <param name="secondsLeft">How long the rest will take; NaN if that is not known yet.</param>
    /// <param name="width">The columns it may take.</param>
    /// <param name="unicode">Whether block characters can be written.</param>
    public static string Of(TrainingProgress progress, double secondsAStep, int examplesAStep, double secondsLeft, int width, bool unicode)
    {
        List<(int Rank, string Text)> parts = // the higher the rank, the earlier it goes
        [
            (0, string.Create(CultureInfo.InvariantCulture, $"epoch {progress.Epoch}/{progress.Epochs}")),
            (5, Bar((double)progress.Step / progress.Steps, unicode)),
            (2, string.Create(CultureInfo.InvariantCulture, $"{progress.Step}/{progress.Steps}")),
        ];
        if (!double.IsNaN(secondsAStep)) parts.Add((6, string.Create(CultureInfo.InvariantCulture, $"{secondsAStep * 1000:G3} ms/step")));
        parts.Add((1, $"loss {Words.Number(progress.Loss)}"));
        foreach (Metric metric in progress.Metrics) parts.Add((3, $"{Words.Short(metric.Name)} {Words.Number(metric.Value)}"));
        if (!double.IsNaN(secondsAStep)) parts.Add((4, $"{Words.Speed(examplesAStep / secondsAStep)} images/s"));
        if (double.IsFinite(secondsLeft)) parts.Add((2, $"ETA {Words.Duration(secondsLeft)}"));
        string line = Line();
        while (line.Length > width && parts.Count > 1)
        {
            parts.RemoveAt(parts.FindLastIndex(part => part.Rank == parts.Max(each => each.Rank)));
            line = Line();
        }
        return line.Length <= width ? line : line[..width];

        string Line() => string.Join("  ", parts.Select(part => part.Text));
    }

    private static string Bar(double done, bool unicode)
    {
        int full = (int)(done * BarLength);
        return unicode ? new string('█', full).PadRight(BarLength, '░') : "[" + new string('#', full).PadRight(BarLength, '.') + "]";
    }
}
