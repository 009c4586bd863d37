using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backprop.Cli;

/// <summary>A training as it was asked for; what is null was not said. A checkpoint keeps it, so that <c>--resume</c> needs no other option.</summary>
internal sealed record TrainSettings(
    string? Model, string? Data, int? Epochs, int? BatchSize, string? Optimizer, double? LearningRate, long? Seed, int? LimitTrain, int? LimitTest, NonFinite? NonFinite)
{
    private const string DefaultModel = "simple-convnet", MetadataKey = "backprop.train";

    /// <summary>With the model's own for what was not said.</summary>
    /// <exception cref="UsageException">There is no such model or optimizer.</exception>
    public TrainSettings Complete()
    {
        NamedModel named = Models.Get(Model ?? DefaultModel);
        OptimizerChoice choice = OptimizerChoice.Of(Optimizer, named.Recipe);
        return this with
        {
            Model = named.Name,
            Data = Data is null ? null : Path.GetFullPath(Data),
            Epochs = Epochs ?? named.Recipe.Epochs,
            BatchSize = BatchSize ?? named.Recipe.BatchSize,
            Optimizer = choice.Name,
            LearningRate = LearningRate ?? choice.LearningRate,
            Seed = Seed ?? 0,
            NonFinite = NonFinite ?? Backprop.NonFinite.StopAtLoss,
        };
    }

    /// <summary>Those of a training that is to go on, where they do not contradict these. Epochs, learning rate and what to do about NaN may be other ones from here on.</summary>
    /// <exception cref="UsageException">They do.</exception>
    public TrainSettings GoOn(TrainSettings begun)
    {
        Same("--model", Model, begun.Model);
        Same("--data", Data is null ? null : Path.GetFullPath(Data), begun.Data);
        Same("--batch-size", BatchSize, begun.BatchSize);
        Same("--optimizer", Optimizer, begun.Optimizer);
        Same("--seed", Seed, begun.Seed);
        Same("--limit-train", LimitTrain, begun.LimitTrain);
        Same("--limit-test", LimitTest, begun.LimitTest);
        return begun with { Epochs = Epochs ?? begun.Epochs, LearningRate = LearningRate ?? begun.LearningRate, NonFinite = NonFinite ?? begun.NonFinite };

        static void Same<T>(string option, T? asked, T? was)
        {
            if (asked is not null && !asked.Equals(was))
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--resume goes on with a training that was begun with {option} {was?.ToString() ?? "left out"}, not {asked}. Leave {option} out, or begin anew with another --output."));
            }
        }
    }

    /// <summary>The command that trains so; it says everything, so that it will mean the same when defaults have changed.</summary>
    public string ToCommand(string output)
    {
        (string Option, object? Value)[] options =
        [
            ("--model", Model), ("--data", Data), ("--epochs", Epochs), ("--batch-size", BatchSize), ("--optimizer", Optimizer), ("--learning-rate", LearningRate), ("--seed", Seed),
            ("--limit-train", LimitTrain), ("--limit-test", LimitTest), ("--non-finite", NonFinite is { } choice ? Options.WordOf(choice) : null), ("--output", output),
        ];
        return "backprop train" + string.Concat(options.Where(option => option.Value is not null).Select(option => string.Create(CultureInfo.InvariantCulture, $" {option.Option} {Quoted(option.Value!)}")));

        static string Quoted(object value)
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture)!;
            return text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '+' or ':') ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
        }
    }

    /// <summary>As the metadata of a checkpoint.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata() => new Dictionary<string, string>
    {
        [MetadataKey] = new JsonObject
        {
            ["model"] = Model,
            ["data"] = Data,
            ["epochs"] = Epochs,
            ["batch_size"] = BatchSize,
            ["optimizer"] = Optimizer,
            ["learning_rate"] = LearningRate,
            ["seed"] = Seed,
            ["limit_train"] = LimitTrain,
            ["limit_test"] = LimitTest,
            ["non_finite"] = NonFinite?.ToString(),
        }.ToJsonString(),
    };

    /// <summary>Those that a checkpoint keeps.</summary>
    /// <exception cref="DataFormatException">It has none: another program wrote it.</exception>
    public static TrainSettings Of(Checkpoint checkpoint)
    {
        string? text = checkpoint.Metadata.GetValueOrDefault(MetadataKey);
        try
        {
            if (text is not null && JsonNode.Parse(text) is JsonObject json)
            {
                return new TrainSettings(
                    (string?)json["model"], (string?)json["data"], (int?)json["epochs"], (int?)json["batch_size"], (string?)json["optimizer"], (double?)json["learning_rate"], (long?)json["seed"],
                    (int?)json["limit_train"], (int?)json["limit_test"], Enum.Parse<NonFinite>((string?)json["non_finite"] ?? "")).Complete();
            }
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException or UsageException)
        {
            throw Bad(error);
        }
        throw Bad(cause: null);

        DataFormatException Bad(Exception? cause) =>
            new(checkpoint.Path, sizeof(ulong), $"the metadata's {MetadataKey} does not say how this training was begun: 'backprop train' did not write it.", cause);
    }
}
