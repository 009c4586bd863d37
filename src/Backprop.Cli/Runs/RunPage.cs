using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>What a report's page is given of a run: no more than it can show, and so little that the page of up to four runs stays below half a megabyte.</summary>
internal static class RunPage
{
    private const int MostSteps = 2100, MostEpochs = 500, MostLooks = 12, MostMistakes = 24, MostFilters = 64, MostHistograms = 1600; // of all runs together

    /// <summary>The data of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="runs">How many share the page.</param>
    public static JsonObject Of(RunData run, int runs)
    {
        RunLook? last = run.Looks.Count > 0 ? run.Looks[^1] : null;
        return new JsonObject
        {
            ["name"] = run.Name,
            ["start"] = Start(run.Start!),
            ["begun"] = run.Begun,
            ["commands"] = new JsonArray([.. run.Commands.Select(command => (JsonNode)new JsonObject { ["step"] = command.Step, ["command"] = command.Command })]),
            ["warnings"] = new JsonArray([.. run.Warnings.Select(warning => (JsonNode)warning)]),
            ["end"] = run.End?.DeepClone(),
            ["steps"] = Steps(run.Steps, MostSteps / runs),
            ["epochs"] = Epochs(Spread(run.Epochs, MostEpochs / runs)),
            ["best_accuracy"] = RunLook.Rounded(BestAccuracy(run.Epochs)),
            ["seconds"] = Seconds(run.Epochs),
            ["histograms"] = Histograms(run.Looks, runs),
            ["look"] = last is null ? null : new JsonObject
            {
                ["epoch"] = last.Epoch,
                ["confusion"] = last.Confusion?.DeepClone(),
                ["mistakes"] = new JsonArray([.. last.Mistakes.Take(Math.Max(1, MostMistakes / runs)).Select(mistake => mistake!.DeepClone())]),
                ["filters"] = Filters(last.Filters, MostFilters / runs),
            },
        };
    }

    private static JsonNode Start(JsonObject start)
    {
        JsonNode shown = start.DeepClone();
        foreach (JsonNode? layer in shown["summary"]!["layers"]!.AsArray())
        {
            foreach (string unused in new[] { "trainable_parameters", "buffers" }) layer!.AsObject().Remove(unused);
        }
        return shown;
    }

    /// <summary>Column by column; where there are too many steps, each number stands for several.</summary>
    private static JsonObject Steps(List<RunStep> steps, int most)
    {
        RunStep[][] groups = [.. steps.Chunk((steps.Count + most - 1) / Math.Max(1, most) is > 0 and int size ? size : 1)];
        return new JsonObject
        {
            ["step"] = new JsonArray([.. groups.Select(group => (JsonNode)group[^1].Step)]),
            ["loss"] = Column(group => Mean(group, step => step.Loss)),
            ["learning_rate"] = Column(group => group[^1].LearningRate),
            ["gradient_norm"] = Column(group => Mean(group, step => step.GradientNorm)),
            ["milliseconds"] = Column(group => Mean(group, step => step.Milliseconds)),
        };

        JsonArray Column(Func<RunStep[], double> number) => new([.. groups.Select(group => RunLook.Rounded(number(group)))]);
    }

    private static JsonObject Epochs(EpochScores[] epochs)
    {
        return new JsonObject
        {
            ["step"] = new JsonArray([.. epochs.Select(epoch => (JsonNode)epoch.Step)]),
            ["epoch"] = new JsonArray([.. epochs.Select(epoch => (JsonNode)epoch.Epoch)]),
            ["seconds"] = Column(epoch => epoch.Seconds),
            ["validation_seconds"] = Column(epoch => epoch.ValidationSeconds),
            ["train"] = Scores(epoch => epoch.Train),
            ["validation"] = Scores(epoch => epoch.Validation),
        };

        JsonArray Column(Func<EpochScores, double> number) => new([.. epochs.Select(epoch => RunLook.Rounded(number(epoch)))]);

        JsonObject? Scores(Func<EpochScores, IReadOnlyDictionary<string, double>?> set) => epochs.Length == 0 || set(epochs[0]) is not { } first ? null
            : new JsonObject(first.Keys.Select(name => KeyValuePair.Create(name, (JsonNode?)Column(epoch => set(epoch)?.GetValueOrDefault(name, double.NaN) ?? double.NaN))));
    }

    /// <summary>The best by the validation set, or by the training set where there is none; NaN where it is not measured.</summary>
    private static double BestAccuracy(List<EpochScores> epochs) =>
        epochs.Select(epoch => (epoch.Validation ?? epoch.Train).GetValueOrDefault("accuracy", double.NaN)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();

    /// <summary>How long all epochs took; null where some are missing.</summary>
    private static double? Seconds(List<EpochScores> epochs) =>
        epochs.Count > 0 && epochs.Count == epochs[^1].Epoch && epochs.Sum(epoch => epoch.Seconds) is var sum && double.IsFinite(sum) ? Math.Round(sum, 3) : null;

    private static JsonObject Histograms(List<RunLook> looks, int runs)
    {
        int names = Math.Max(1, looks.Count > 0 ? looks[^1].Histograms.Count : 0);
        RunLook[] shown = Spread(looks, Math.Clamp(MostHistograms / names / runs, 1, MostLooks));
        var layers = new OrderedDictionary<string, JsonObject>();
        foreach (LayerHistogram histogram in shown.SelectMany(look => look.Histograms))
        {
            layers.TryAdd(histogram.Key, new JsonObject { ["kind"] = histogram.Kind, ["name"] = histogram.Name, ["rows"] = new JsonArray() });
        }
        foreach (RunLook look in shown)
        {
            Dictionary<string, JsonArray> has = look.Histograms.ToDictionary(histogram => histogram.Key, histogram => histogram.Shown);
            foreach (string key in layers.Keys) layers[key]["rows"]!.AsArray().Add(has.TryGetValue(key, out JsonArray? row) ? row.DeepClone() : null);
        }
        var epochs = new JsonArray();
        foreach (RunLook look in shown) epochs.Add((JsonNode)look.Epoch);
        return new JsonObject { ["epochs"] = epochs, ["layers"] = new JsonArray([.. layers.Values]) };
    }

    private static JsonObject? Filters(JsonObject? filters, int most)
    {
        if (filters is null) return null;
        JsonObject shown = filters.DeepClone().AsObject();
        JsonArray pictures = shown["pictures"]!.AsArray();
        if (pictures.Count > most) pictures.RemoveRange(most, pictures.Count - most);
        return shown;
    }

    /// <summary>At most so many of them, evenly spread, with the first and the last; the last alone where it is to be one.</summary>
    private static T[] Spread<T>(List<T> items, int most) =>
        items.Count <= most ? [.. items] : most <= 1 ? [items[^1]] : [.. Enumerable.Range(0, most).Select(i => items[(int)((long)i * (items.Count - 1) / (most - 1))])];

    private static double Mean(RunStep[] steps, Func<RunStep, double> number)
    {
        double sum = 0;
        int count = 0;
        foreach (RunStep step in steps)
        {
            if (!double.IsFinite(number(step))) continue;
            sum += number(step);
            count++;
        }
        return sum / count; // NaN where there is none
    }
}
