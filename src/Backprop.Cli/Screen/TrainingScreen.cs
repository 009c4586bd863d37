using System.Globalization;
using System.Text;

namespace Backprop.Cli.Screen;

/// <summary>
/// Shows a training on <see cref="Terminal.Error"/>. On a terminal: a row of a table for each epoch, and below it, written over at most ten times a second, how far it has come and
/// if wanted a chart of the losses. Elsewhere: a line for each epoch, and at the end the chart.
/// </summary>
/// <param name="terminal">Where to.</param>
/// <param name="batchSize">Examples a step.</param>
/// <param name="chart">The chart, if it is wanted.</param>
/// <param name="clock">Tells the time; null: the system's clock.</param>
internal sealed class TrainingScreen(Terminal terminal, int batchSize, LossChart? chart = null, TimeProvider? clock = null) : IProgress<TrainingProgress>, ICallback
{
    private const int MostChartLines = 16, OtherLines = 4; // which scroll above the chart and stand below it
    private const string Best = "\e[32m", Plain = "\e[0m";
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.1);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly LiveLines? _live = terminal.ErrorIsTerminal && !terminal.Quiet ? new LiveLines(terminal.Error) : null;
    private readonly bool _unicode = Terminal.HasUnicode(terminal.Error);
    private readonly EpochTable _table = new();
    private long _start, _epochStart, _shown;
    private int _epoch, _epochs, _firstStep, _rows, _width;
    private double _doneBefore = double.NaN, _loss = double.NaN;
    private string _judge = "";
    private bool _isShown, _isFinished, _remembers;

    public void TrainingStarts(TrainingRun run)
    {
        _start = _epochStart = _clock.GetTimestamp();
        _epochs = run.Epochs;
    }

    public void StepEnds(TrainingRun run)
    {
        Remember(run);
        _loss = run.Loss;
    }

    public void Report(TrainingProgress value)
    {
        double done = value.Epoch - 1 + (double)value.Step / value.Steps;
        chart?.Train(done, _loss);
        if (value.Epoch != _epoch) (_epoch, _firstStep) = (value.Epoch, value.Step - 1); // a resumed epoch begins in its midst
        if (double.IsNaN(_doneBefore)) _doneBefore = done - 1.0 / value.Steps;
        long now = _clock.GetTimestamp();
        if (_live is null || (_isShown && _clock.GetElapsedTime(_shown, now) < s_interval)) return;
        (_shown, _isShown) = (now, true);
        double inEpoch = _clock.GetElapsedTime(_epochStart, now).TotalSeconds, inAll = _clock.GetElapsedTime(_start, now).TotalSeconds;
        double secondsAStep = inEpoch > 0 ? inEpoch / (value.Step - _firstStep) : double.NaN;
        int width = terminal.Width - 1; // a line that fills the last column may wrap
        if (width != _width) _live.Clear();
        _width = width;
        _live.Show([.. Chart(), ProgressLine.Of(value, secondsAStep, batchSize, inAll / (done - _doneBefore) * (value.Epochs - done), width, _unicode)]);
    }

    public void Warned(TrainingRun run, TrainingWarning warning)
    {
        Clear();
        terminal.Error.WriteLine($"Warning: {warning}");
    }

    public void EpochEnds(TrainingRun run, EpochRecord epoch)
    {
        if (epoch.Validation is { } validation) chart?.Validate(epoch.Epoch, validation.Loss);
        bool isBest = _table.Add(epoch);
        _judge = epoch.Validation is null ? "loss" : "val loss";
        string leftOut = run.StepsLeftOut > 0 ? string.Create(CultureInfo.InvariantCulture, $"{run.StepsLeftOut} steps left out: not finite") : "";
        if (_live is null) terminal.Say(PlainLine(epoch, run.Epochs) + (leftOut.Length > 0 ? $"  {leftOut}" : ""));
        else
        {
            Clear();
            if (_rows++ == 0) terminal.Error.WriteLine(EpochTable.Header(epoch, run.Epochs, terminal.Width - 1));
            string row = EpochTable.Row(epoch, run.Epochs, isBest, terminal.Width - 1);
            terminal.Error.WriteLine(isBest && terminal.ErrorHasColor ? $"{Best}{row}{Plain}" : row);
            if (leftOut.Length > 0) terminal.Error.WriteLine(leftOut);
        }
        _epochStart = _clock.GetTimestamp();
    }

    public void TrainingEnds(TrainingRun run)
    {
        Remember(run);
        Finish();
    }

    /// <summary>Takes the lines that are written over away, before something else is written; they come again.</summary>
    public void Clear() => _live?.Clear();

    /// <summary>Shows the last state of what remains: the chart, and which epoch was the best.</summary>
    public void Finish()
    {
        if (_isFinished) return;
        _isFinished = true;
        Clear();
        if (terminal.Quiet) return;
        foreach (string line in Chart()) terminal.Error.WriteLine(line);
        if (_live is null || _rows < 2 || _table.Best == 0) return;
        terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"* best: epoch {_table.Best}, {_judge} {Words.Number(_table.BestScore)}"));
    }

    /// <summary>The epochs of a training that is resumed: they are known only after its start.</summary>
    private void Remember(TrainingRun run)
    {
        if (_remembers) return;
        _remembers = true;
        foreach (EpochRecord past in run.History.Epochs)
        {
            _table.Add(past);
            chart?.Train(past.Epoch - 0.5, past.Train.Loss);
            if (past.Validation is { } validation) chart?.Validate(past.Epoch, validation.Loss);
        }
    }

    private string[] Chart()
    {
        if (chart is null || chart.IsEmpty) return [];
        int height = Math.Clamp(terminal.Height - OtherLines, LossChart.LeastHeight, MostChartLines);
        return chart.Draw(_epochs, terminal.Width - 1, height, _unicode, terminal.ErrorHasColor);
    }

    private static string PlainLine(EpochRecord epoch, int epochs)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"epoch {epoch.Epoch}/{epochs} {Scores(epoch.Train)}");
        if (epoch.Validation is { } validation) line.Append("  val").Append(Scores(validation));
        return line.Append(CultureInfo.InvariantCulture, $"  {Words.Duration(epoch.Seconds)}  {epoch.Train.Examples / epoch.Seconds:F0} images/s").ToString();

        static string Scores(Scores scores) =>
            $" loss {Words.Number(scores.Loss)}" + (scores.Metrics.Count > 0 ? " " : "") + string.Join("", scores.Metrics.Select(metric => $" {Words.Short(metric.Key)} {Words.Number(metric.Value)}"));
    }
}
