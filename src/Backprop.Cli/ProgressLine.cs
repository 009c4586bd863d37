using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Backprop.Cli;

/// <summary>
/// Shows a training on <see cref="Terminal.Error"/>: on a terminal one line that is written over, at most ten times a second; always one line for each epoch.
/// </summary>
internal sealed class ProgressLine(Terminal terminal) : IProgress<TrainingProgress>, ICallback
{
    private const int BarLength = 16;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.1);

    private readonly bool _live = terminal.ErrorIsTerminal && !terminal.Quiet;
    private readonly bool _unicode = Terminal.HasUnicode(terminal.Error);
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _epochStart, _shown;
    private int _epoch, _firstStep; // of which this process has done
    private double _doneBefore = double.NaN;
    private string _lastEpoch = "";

    public void Report(TrainingProgress value)
    {
        long now = Stopwatch.GetTimestamp();
        if (value.Epoch != _epoch) (_epoch, _firstStep, _epochStart) = (value.Epoch, value.Step, now);
        if (double.IsNaN(_doneBefore)) _doneBefore = Done(value.Step - 1); // a resumed training has not begun now
        if (!_live || Stopwatch.GetElapsedTime(_shown, now) < s_interval) return;
        _shown = now;
        double milliseconds = Stopwatch.GetElapsedTime(_epochStart, now).TotalMilliseconds / Math.Max(1, value.Step - _firstStep);
        double done = Done(value.Step), elapsed = Stopwatch.GetElapsedTime(_start, now).TotalSeconds;
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"epoch {value.Epoch}/{value.Epochs}  {Bar((double)value.Step / value.Steps)}  {value.Step}/{value.Steps}");
        line.Append(CultureInfo.InvariantCulture, $"  {milliseconds:G3} ms/step  loss {value.Loss:F4}");
        foreach (Metric metric in value.Metrics) line.Append(CultureInfo.InvariantCulture, $"  {Short(metric.Name)} {metric.Value:F4}");
        line.Append(_lastEpoch).Append(CultureInfo.InvariantCulture, $"  ETA {Duration(elapsed / (done - _doneBefore) * (1 - done))}");
        terminal.Error.Write($"\r{Cut(line.ToString())}\e[K");
        terminal.Error.Flush();

        double Done(int steps) => (value.Epoch - 1 + (double)steps / value.Steps) / value.Epochs;
    }

    public void Warned(TrainingRun run, TrainingWarning warning)
    {
        Clear();
        terminal.Error.WriteLine($"Warning: {warning}");
    }

    public void EpochEnds(TrainingRun run, EpochRecord epoch)
    {
        _lastEpoch = epoch.Validation is { } validation ? "  val" + Words(validation, withLoss: false) : "";
        string validated = epoch.Validation is { } scores ? "  val" + Words(scores, withLoss: true) : "";
        string leftOut = run.StepsLeftOut > 0 ? string.Create(CultureInfo.InvariantCulture, $"  {run.StepsLeftOut} steps left out: not finite") : "";
        Clear();
        terminal.Say(string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}/{run.Epochs} {Words(epoch.Train, withLoss: true)}{validated}  {Duration(epoch.Seconds)}  {epoch.Train.Examples / epoch.Seconds:F0} images/s{leftOut}"));
    }

    /// <summary>Takes the line that is written over away, before something else is written.</summary>
    public void Clear()
    {
        if (_live) terminal.Error.Write("\r\e[K");
    }

    private static string Words(Scores scores, bool withLoss)
    {
        var words = new StringBuilder();
        if (withLoss) words.Append(CultureInfo.InvariantCulture, $" loss {scores.Loss:F4} ");
        foreach ((string name, double value) in scores.Metrics) words.Append(CultureInfo.InvariantCulture, $" {Short(name)} {value:F4}");
        return words.ToString();
    }

    private string Bar(double done)
    {
        int full = (int)(done * BarLength);
        return _unicode ? new string('█', full).PadRight(BarLength, '░') : "[" + new string('#', full).PadRight(BarLength, '.') + "]";
    }

    private string Cut(string line) => line.Length < terminal.Width ? line : line[..(terminal.Width - 1)]; // a wrapped line can't be written over

    private static string Short(string metric) => metric == "accuracy" ? "acc" : metric;

    private static string Duration(double seconds) => seconds switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s"),
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60} min {(int)seconds % 60:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3600} h {(int)seconds / 60 % 60:00} min"),
    };
}
