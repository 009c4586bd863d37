using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>A training as its events tell it.</summary>
/// <param name="name">What the run is called.</param>
internal sealed class RunData(string name)
{
    private static readonly string[] s_required = ["model", "summary", "epochs", "steps_an_epoch", "command", "classes", "input_shape"];

    /// <summary>What the run is called.</summary>
    public string Name { get; } = name;

    /// <summary>How it began, or how it was resumed last.</summary>
    public JsonObject? Start { get; private set; }

    /// <summary>When its first process began, as the log says it.</summary>
    public string? Begun { get; private set; }

    /// <summary>The commands of the processes that had a part in it; more than one where it was resumed with other options.</summary>
    public List<RunCommand> Commands { get; } = [];

    /// <summary>What looked like a mistake.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>The steps that are told of.</summary>
    public List<RunStep> Steps { get; } = [];

    /// <summary>The epochs.</summary>
    public List<EpochScores> Epochs { get; } = [];

    /// <summary>What was seen on close looks.</summary>
    public List<RunLook> Looks { get; } = [];

    /// <summary>How it ended: an <c>end</c> or a <c>stop</c>; null for one that is under way, or was killed.</summary>
    public JsonObject? End { get; private set; }

    /// <summary>Takes an event in. One of a kind that is not known is passed over.</summary>
    /// <exception cref="FormatException">Something is missing in it.</exception>
    /// <exception cref="InvalidOperationException">A field is of another type.</exception>
    public void Add(JsonObject fields)
    {
        string kind = (string?)fields["event"] ?? throw new FormatException("it does not say of what kind it is");
        if (Start is null && kind != "start") throw new FormatException($"a training begins with 'start', not '{kind}'");
        switch (kind)
        {
            case "start":
                foreach (string field in s_required) _ = Required(fields, field);
                foreach (JsonNode? layer in Required(fields["summary"], "layers").AsArray()) _ = layer!.AsObject();
                Start = fields;
                End = null;
                Begun ??= (string?)fields["time"];
                string command = (string)fields["command"]!;
                if (Commands.Count == 0 || Commands[^1].Command != command) Commands.Add(new RunCommand((long)Required(fields, "step"), command));
                break;
            case "step":
                Steps.Add(new RunStep((int)Required(fields, "epoch"), (long)Required(fields, "step"), Number(fields["loss"]), Number(fields["learning_rate"]),
                    Number(fields["gradient_norm"]), Number(fields["milliseconds"])));
                break;
            case "epoch":
                Epochs.Add(new EpochScores((int)Required(fields, "epoch"), (long)Required(fields, "step"), Number(fields["seconds"]), Number(fields["validation_seconds"]),
                    Scores(Required(fields, "train"))!, Scores(fields["validation"])));
                if (fields.ContainsKey("histograms")) Looks.Add(RunLook.Of(fields));
                break;
            case "warning":
                Warnings.Add((string)Required(fields, "message")!);
                break;
            case "end" or "stop":
                End = fields;
                break;
        }
    }

    private static OrderedDictionary<string, double>? Scores(JsonNode? scores) => scores is null ? null : new(scores.AsObject().Select(score => KeyValuePair.Create(score.Key, Number(score.Value))));

    /// <summary>A field that must be there.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static JsonNode Required(JsonNode? fields, string name) => fields?[name] ?? throw new FormatException($"its {name} is missing");

    private static double Number(JsonNode? node) => node is null ? double.NaN : (double)node;
}

/// <summary>The command that trains as a process did.</summary>
/// <param name="Step">How many steps had been done before the process began.</param>
/// <param name="Command">The command.</param>
internal sealed record RunCommand(long Step, string Command);

/// <summary>What an epoch brought: a few numbers, for there may be tens of thousands of them.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Step">How many steps had been done.</param>
/// <param name="Seconds">How long it took; NaN where that is not known.</param>
/// <param name="ValidationSeconds">How long its validation took.</param>
/// <param name="Train">Loss and metrics over the training set; NaN for what was not finite.</param>
/// <param name="Validation">Those over the validation set; null where there is none.</param>
internal sealed record EpochScores(int Epoch, long Step, double Seconds, double ValidationSeconds, IReadOnlyDictionary<string, double> Train, IReadOnlyDictionary<string, double>? Validation);
