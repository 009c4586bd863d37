using System.Globalization;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>The events of a training as JSON, each with its <c>event</c> and <c>step</c>. What is not finite is null.</summary>
internal static class RunEvents
{
    /// <summary>The version of these fields; a reader refuses a later one.</summary>
    public const int Format = 1;

    public static JsonObject Of(RunStart start)
    {
        TrainSettings settings = start.Job.Settings;
        return Event("start", start.Step, new JsonObject
        {
            ["format"] = Format,
            ["time"] = start.Time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["model"] = start.Named.Name,
            ["description"] = start.Named.Description,
            ["parameters"] = start.Model.Parameters.Sum(parameter => (long)parameter.ElementCount),
            ["summary"] = ModelSummary.Of(start.Model, start.Named.InputShape).ToJson(),
            ["input_shape"] = Numbers(start.Named.InputShape),
            ["classes"] = new JsonArray([.. start.Data.Test.ClassNames.Select(name => (JsonNode)name)]),
            ["data"] = start.Data.Description,
            ["data_fingerprint"] = start.Data.Fingerprint(),
            ["train_examples"] = start.Data.Train.Count,
            ["test_examples"] = start.Data.Test.Count,
            ["epochs"] = settings.Epochs,
            ["steps_an_epoch"] = start.StepsAnEpoch,
            ["batch_size"] = settings.BatchSize,
            ["loss"] = start.Named.Recipe.Loss.ToString(),
            ["optimizer"] = settings.Optimizer,
            ["learning_rate"] = settings.LearningRate,
            ["schedule"] = start.Named.Recipe.CosineDecay ? "cosine" : "constant",
            ["seed"] = settings.Seed,
            ["limit_train"] = settings.LimitTrain,
            ["limit_test"] = settings.LimitTest,
            ["non_finite"] = settings.NonFinite.ToString(),
            ["command"] = settings.ToCommand(start.Job.Output + "-again"),
            ["threads"] = Threads.Count,
            ["version"] = BackpropCommand.Version,
            ["runtime"] = Machine.Runtime,
            ["system"] = Machine.System,
            ["architecture"] = Machine.Architecture,
            ["processor"] = Machine.Processor,
            ["vectors"] = Machine.Vectors,
        });
    }

    public static JsonObject Of(RunStep step) => Event("step", step.Step, new JsonObject
    {
        ["epoch"] = step.Epoch,
        ["loss"] = Number(step.Loss),
        ["learning_rate"] = step.LearningRate,
        ["gradient_norm"] = Number(step.GradientNorm),
        ["milliseconds"] = Number(Math.Round(step.Milliseconds, 4)),
    });

    public static JsonObject Of(RunEpoch epoch)
    {
        EpochRecord record = epoch.Record;
        JsonObject fields = Event("epoch", epoch.Step, new JsonObject
        {
            ["epoch"] = record.Epoch,
            ["train"] = ScoresOf(record.Train),
            ["validation"] = record.Validation is { } validation ? ScoresOf(validation) : null,
            ["learning_rate"] = record.LearningRate,
            ["seconds"] = Math.Round(record.Seconds, 4),
            ["validation_seconds"] = Math.Round(record.ValidationSeconds, 4),
        });
        if (epoch.Insight is not { } insight) return fields;
        fields["histograms"] = new JsonArray([.. insight.Histograms.Select(Of)]);
        if (insight.Confusion is { } confusion) fields["confusion"] = CountsOf(confusion);
        fields["mistakes"] = new JsonArray([.. insight.Mistakes.Select(Of)]);
        if (insight.Filters is { } filters) fields["filters"] = Of(filters);
        return fields;
    }

    public static JsonObject OfWarning(string message, long step) => Event("warning", step, new JsonObject { ["message"] = message });

    public static JsonObject Of(RunEnd end) => Event("end", end.Step, new JsonObject
    {
        ["seconds"] = Math.Round(end.History.Seconds, 4),
        ["stopped_because"] = end.History.StoppedBecause,
        ["weights_sha256"] = end.WeightsSha256,
    });

    public static JsonObject Of(RunStop stop) => Event("stop", stop.Step, new JsonObject { ["cause"] = stop.Cause.ToString().ToLowerInvariant(), ["message"] = stop.Message });

    private static JsonObject Event(string name, long step, JsonObject fields)
    {
        fields.Insert(0, "event", name);
        fields.Insert(1, "step", step);
        return fields;
    }

    private static JsonNode Of(Histogram histogram) => new JsonObject
    {
        ["kind"] = histogram.Kind.ToString().ToLowerInvariant(),
        ["name"] = histogram.Name,
        ["min"] = Rounded(histogram.Min),
        ["max"] = Rounded(histogram.Max),
        ["sum"] = Number(histogram.Sum), // all digits: the deviation is a small difference of these
        ["squares"] = Number(histogram.SumOfSquares),
        ["zeros"] = histogram.Zeros,
        ["counts"] = Numbers(histogram.Counts),
    };

    private static JsonNode Of(Mistake mistake) => new JsonObject
    {
        ["index"] = mistake.Index,
        ["actual"] = mistake.Actual,
        ["likeliest"] = new JsonArray([.. mistake.Likeliest.Select(each => (JsonNode)each.Class)]),
        ["probabilities"] = new JsonArray([.. mistake.Likeliest.Select(each => Rounded(each.Probability))]),
        ["picture"] = mistake.Picture is { } picture ? Convert.ToBase64String(picture.Pixels) : null,
    };

    private static JsonObject Of(FilterBank filters) => new()
    {
        ["name"] = filters.Name,
        ["largest"] = Rounded(filters.Largest),
        ["shape"] = Numbers(Shape.Create(filters.Pictures[0].Channels, filters.Pictures[0].Height, filters.Pictures[0].Width)),
        ["pictures"] = new JsonArray([.. filters.Pictures.Select(picture => (JsonNode)Convert.ToBase64String(picture.Pixels))]),
    };

    /// <summary>A row for each class that is true, a number for each that it was taken for.</summary>
    private static JsonArray CountsOf(ConfusionMatrix confusion)
    {
        var rows = new JsonArray();
        for (int actual = 0; actual < confusion.Classes; actual++)
        {
            var row = new JsonArray();
            for (int predicted = 0; predicted < confusion.Classes; predicted++) row.Add((JsonNode)confusion[actual, predicted]);
            rows.Add((JsonNode)row);
        }
        return rows;
    }

    private static JsonObject ScoresOf(Scores scores)
    {
        var fields = new JsonObject { ["loss"] = Number(scores.Loss) };
        foreach ((string name, double value) in scores.Metrics) fields[name] = Number(value);
        return fields;
    }

    private static JsonArray Numbers(Shape shape)
    {
        var lengths = new JsonArray();
        foreach (int length in shape) lengths.Add((JsonNode)length);
        return lengths;
    }

    private static JsonArray Numbers(long[] numbers)
    {
        var array = new JsonArray();
        foreach (long number in numbers) array.Add((JsonNode)number);
        return array;
    }

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    /// <summary>To as many digits as a picture can show.</summary>
    private static JsonNode? Rounded(double value) => Number(double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
}
