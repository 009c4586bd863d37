namespace Backprop.Cli.Runs;

/// <summary>Keeps a report beside the log that it is made from, written again after steps and epochs, so that a training can be watched.</summary>
/// <param name="folder">The training's folder.</param>
/// <param name="log">Who writes the log, a sink that comes before this one. When it has failed the report stays as it is, for the log may be another training's, and hears of no end.</param>
/// <param name="clock">Tells the time; null: the system's clock.</param>
internal sealed class ReportFile(string folder, JsonLines log, TimeProvider? clock = null) : IRunSink
{
    /// <summary>What the report is called in a training's folder.</summary>
    public const string Name = "report.html";

    private const int Share = 100; // of the time: more than a hundredth is not spent on what will be written over
    private const double Interval = 2; // between two pages at least, in seconds, as all times here

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private RunFile? _run;
    private long _heard, _written;
    private double _cost, _stepsOfValidation;
    private double? _pause; // the longest between two events, as far as is known

    /// <summary>After how long without a new page the training seems to have been killed: long after the next is due.</summary>
    private TimeSpan Silence => TimeSpan.FromSeconds(_pause is { } pause ? 120 + 5 * (pause + Interval + Share * _cost) : 900);

    public void Begin(RunStart start)
    {
        _stepsOfValidation = (double)start.StepsAnEpoch * start.Data.Test.Count / start.Data.Train.Count;
        _heard = _clock.GetTimestamp();
        Write(Silence);
    }

    /// <summary>A validation goes forward only: it takes less than as many steps.</summary>
    public void Step(RunStep step) => Hear(step.Milliseconds / 1000 * _stepsOfValidation);

    public void Epoch(RunEpoch epoch) => Hear(0);

    public void Warn(string message) { }

    public void End(RunEnd end) => Write(silence: null);

    public void Stop(RunStop stop) => Write(silence: null);

    public void Dispose() { }

    private void Hear(double expectedPause)
    {
        long now = _clock.GetTimestamp();
        _pause = Math.Max(_pause ?? 0, Math.Max(expectedPause, _clock.GetElapsedTime(_heard, now).TotalSeconds));
        _heard = now;
        if (_clock.GetElapsedTime(_written, now).TotalSeconds > Interval + Share * _cost) Write(Silence);
    }

    private void Write(TimeSpan? silence)
    {
        if (!log.IsOpen) return; // of which it has told itself
        long start = _clock.GetTimestamp();
        if (_run is null) _run = RunFile.Open(folder);
        else _run.ReadOn();
        ReportPage.Write(Path.Combine(folder, Name), ReportPage.Of([_run.Data], silence));
        _written = _clock.GetTimestamp();
        _cost = _clock.GetElapsedTime(start, _written).TotalSeconds;
    }
}
