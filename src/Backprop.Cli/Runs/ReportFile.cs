using System.Diagnostics;

namespace Backprop.Cli.Runs;

/// <summary>Keeps a report beside the log that it is made from, written again after epochs, so that a training can be watched.</summary>
/// <param name="folder">The training's folder. The log is written by a sink that comes before this one.</param>
internal sealed class ReportFile(string folder) : IRunSink
{
    /// <summary>What the report is called in a training's folder.</summary>
    public const string Name = "report.html";

    private const int Share = 100; // of the time: more than a hundredth is not spent on what will be written over

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    private RunFile? _log;
    private TimeSpan _cost;
    private long _written;

    public void Begin(RunStart start) => Write(follows: true);

    public void Step(RunStep step) { }

    public void Epoch(RunEpoch epoch)
    {
        if (Stopwatch.GetElapsedTime(_written) > s_interval + Share * _cost) Write(follows: true);
    }

    public void Warn(string message) { }

    public void End(RunEnd end) => Write(follows: false);

    public void Stop(RunStop stop) => Write(follows: false);

    public void Dispose() { }

    private void Write(bool follows)
    {
        if (_log is null && !File.Exists(Path.Combine(folder, RunFile.Name))) return; // it could not be written, of which its own sink has told
        long start = Stopwatch.GetTimestamp();
        if (_log is null) _log = RunFile.Open(folder);
        else _log.ReadOn();
        ReportPage.Write(Path.Combine(folder, Name), ReportPage.Of([_log.Data], follows));
        _written = Stopwatch.GetTimestamp();
        _cost = Stopwatch.GetElapsedTime(start, _written);
    }
}
