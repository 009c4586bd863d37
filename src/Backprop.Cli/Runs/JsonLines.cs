using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>Writes the events of a training to a file, one JSON object a line, each with its <c>event</c> and <c>step</c>.</summary>
/// <remarks>Where a training is resumed, the lines of steps that are done again are taken out, and those of its past stay. A line that a killed process left unfinished is left out.</remarks>
internal sealed class JsonLines(string path) : IRunSink
{
    private static readonly TimeSpan s_flushes = TimeSpan.FromSeconds(1);

    private StreamWriter? _lines;
    private long _step;
    private DateTime _flushed;

    public void Begin(RunStart start)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        file.SetLength(LengthUntil(start.Step, file));
        file.Seek(0, SeekOrigin.End);
        _lines = new StreamWriter(file) { NewLine = "\n" };
        _step = start.Step;
        TrainSettings settings = start.Job.Settings;
        Write("start", new JsonObject
        {
            ["model"] = start.Named.Name,
            ["parameters"] = start.Model.Parameters.Sum(parameter => (long)parameter.ElementCount),
            ["data"] = start.Data.Description,
            ["train_examples"] = start.Data.Train.Count,
            ["test_examples"] = start.Data.Test.Count,
            ["epochs"] = settings.Epochs,
            ["steps_an_epoch"] = start.StepsAnEpoch,
            ["batch_size"] = settings.BatchSize,
            ["optimizer"] = settings.Optimizer,
            ["learning_rate"] = settings.LearningRate,
            ["seed"] = settings.Seed,
            ["threads"] = Threads.Count,
            ["version"] = BackpropCommand.Version,
        });
    }

    public void Step(RunStep step)
    {
        _step = step.Step;
        Write("step", new JsonObject
        {
            ["epoch"] = step.Epoch,
            ["loss"] = Number(step.Loss),
            ["learning_rate"] = step.LearningRate,
            ["gradient_norm"] = Number(step.GradientNorm),
            ["milliseconds"] = Number(Math.Round(step.Milliseconds, 4)),
        });
    }

    public void Epoch(RunEpoch epoch)
    {
        _step = epoch.Step;
        EpochRecord record = epoch.Record;
        Write("epoch", new JsonObject
        {
            ["epoch"] = record.Epoch,
            ["train"] = ScoresOf(record.Train),
            ["validation"] = record.Validation is { } validation ? ScoresOf(validation) : null,
            ["learning_rate"] = record.LearningRate,
            ["seconds"] = Math.Round(record.Seconds, 4),
            ["validation_seconds"] = Math.Round(record.ValidationSeconds, 4),
        });
    }

    public void Warn(string message) => Write("warning", new JsonObject { ["message"] = message });

    public void End(RunEnd end)
    {
        _step = end.Step;
        Write("end", new JsonObject { ["seconds"] = Math.Round(end.History.Seconds, 4), ["stopped_because"] = end.History.StoppedBecause, ["weights_sha256"] = end.WeightsSha256 });
    }

    public void Dispose() => _lines?.Dispose();

    private void Write(string name, JsonObject fields)
    {
        fields.Insert(0, "event", name);
        fields.Insert(1, "step", _step);
        _lines!.WriteLine(fields.ToJsonString());
        if (DateTime.UtcNow - _flushed < s_flushes && name == "step") return;
        _lines.Flush();
        _flushed = DateTime.UtcNow;
    }

    /// <summary>The length of what is to stay: all whole lines up to a step, or nothing where a training begins.</summary>
    private static long LengthUntil(long step, FileStream file)
    {
        if (step == 0) return 0;
        using var reader = new StreamReader(file, leaveOpen: true);
        long length = 0;
        while (reader.ReadLine() is { } line && StepOf(line) <= step) length += Encoding.UTF8.GetByteCount(line) + 1;
        return Math.Min(length, file.Length);
    }

    /// <summary>The step of a line; the greatest number for one that is no event.</summary>
    private static long StepOf(string line)
    {
        try
        {
            return JsonNode.Parse(line)?["step"]?.GetValue<long>() ?? long.MaxValue;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return long.MaxValue;
        }
    }

    private static JsonObject ScoresOf(Scores scores)
    {
        var fields = new JsonObject { ["loss"] = Number(scores.Loss) };
        foreach ((string name, double value) in scores.Metrics) fields[name] = Number(value);
        return fields;
    }

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;
}
