namespace Backprop.Cli;

/// <summary>The model files that the command reads and writes.</summary>
internal static class ModelFile
{
    private const int ExampleCount = 3;

    /// <summary>Reads a file.</summary>
    /// <param name="path">A model file; or weights alone, where the network is named.</param>
    /// <param name="architecture">The named network whose weights they are; needed only where the file does not say.</param>
    /// <exception cref="UsageException">Neither the file nor the name says which network it is of.</exception>
    /// <exception cref="IOException">The file is not there, damaged, or of another network.</exception>
    public static Model Open(string path, string? architecture)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"{path}: there is no such file. 'backprop train' writes one to runs/MODEL/model.safetensors.", path);
        if (architecture is not null)
        {
            NamedModel named = Models.Get(architecture);
            Module module = named.Build(new RandomSource(0));
            module.Load(path);
            return Model.Of(named, module);
        }
        try
        {
            return Model.Load(path);
        }
        catch (DataFormatException) when (IsSilent(path))
        {
            throw new UsageException($"{path} has weights alone, and does not say of which network: name it with --architecture.");
        }
    }

    /// <summary>What a training brought, ready to be saved. The same training gives the same file: there is no path, no clock and no machine in it.</summary>
    public static Model Of(NamedModel named, Module module, DataSource data, Recipe recipe, string optimizer, long seed, History history) => Model.Of(named, module, data.Train.ClassNames) with
    {
        Training = new TrainingSummary(history.Epochs.Count)
        {
            Examples = data.Train.Count,
            Data = data.Kind,
            Optimizer = optimizer,
            LearningRate = recipe.LearningRate,
            BatchSize = recipe.BatchSize,
            Seed = seed,
            Scores = new OrderedDictionary<string, double>(
            [
                new("train_loss", history.Last.Train.Loss), new("test_loss", history.Last.Validation!.Loss),
                .. history.Last.Validation.Metrics.Select(metric => KeyValuePair.Create($"test_{metric.Key}", metric.Value)),
            ]),
        },
        Examples = ModelExamples.Of(module, data.Test.Take(ExampleCount).ReadAll().Inputs),
    };

    /// <summary>The loss and the metrics by which a model is judged.</summary>
    public static (Func<Tensor, Tensor, Tensor> Loss, IReadOnlyList<Metric> Metrics) Judge(Model model) =>
        model.ClassNames.Count > 0 ? (Losses.CrossEntropy, [new Accuracy()]) : (Losses.Mse, []);

    private static bool IsSilent(string path)
    {
        try
        {
            return !SafeTensors.LoadMetadata(path).Keys.Any(key => key.StartsWith("backprop.", StringComparison.Ordinal));
        }
        catch (DataFormatException)
        {
            return false;
        }
    }
}
