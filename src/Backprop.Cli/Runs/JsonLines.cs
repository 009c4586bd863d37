using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>Writes the events of a training to a file, one JSON object a line, as <see cref="RunEvents"/> has them.</summary>
/// <remarks>Where a training is resumed, the lines of steps that are done again are taken out, and those of its past stay. A line that a killed process left unfinished is left out.</remarks>
internal sealed class JsonLines : IRunSink
{
    private readonly string? _path;
    private TextWriter? _lines;
    private long _step;

    /// <summary>Writes to a file.</summary>
    public JsonLines(string path) => _path = path;

    /// <summary>Writes to where others write too; it stays open.</summary>
    public JsonLines(TextWriter lines) => _lines = lines;

    /// <summary>Whether there is something to write to: a file neither before the training begins, nor after a failure.</summary>
    public bool IsOpen => _lines is not null;

    public void Begin(RunStart start)
    {
        if (_path is not null) _lines = Open(_path, start);
        _step = start.Step;
        Write(RunEvents.Of(start));
    }

    public void Step(RunStep step)
    {
        _step = step.Step;
        Write(RunEvents.Of(step));
    }

    public void Epoch(RunEpoch epoch) => Write(RunEvents.Of(epoch));

    public void Warn(string message) => Write(RunEvents.OfWarning(message, _step));

    public void End(RunEnd end) => Write(RunEvents.Of(end));

    public void Stop(RunStop stop) => Write(RunEvents.Of(stop));

    public void Dispose()
    {
        TextWriter? lines = _lines;
        _lines = null; // though what follows may fail
        if (_path is not null) lines?.Dispose();
    }

    /// <summary>Each line goes out at once: of a killed process, those of steps that a checkpoint covers would be missing for good.</summary>
    private void Write(JsonObject fields)
    {
        _lines!.WriteLine(fields.ToJsonString());
        _lines.Flush();
    }

    private static StreamWriter Open(string path, RunStart start)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        file.SetLength(LengthUntil(start, file));
        file.Seek(0, SeekOrigin.End);
        return new StreamWriter(file) { NewLine = "\n" };
    }

    /// <summary>The length of what is to stay: all whole lines up to the step where the training begins, or nothing where that is its beginning.</summary>
    private static long LengthUntil(RunStart start, FileStream file)
    {
        if (start.Step == 0) return 0;
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        int length = 0;
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', length)) >= 0 && Stays(bytes.AsSpan(length, end - length), start); length = end + 1) { }
        return length;
    }

    /// <summary>Whether a line is an event of what will not be done again.</summary>
    private static bool Stays(ReadOnlySpan<byte> line, RunStart start)
    {
        try
        {
            JsonNode? fields = RunFile.Parse(line);
            return fields?["step"]?.GetValue<long>() <= start.Step && !(fields["event"]?.GetValue<string>() == "epoch" && fields["epoch"]?.GetValue<int>() > start.EpochsEnded);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }
}
