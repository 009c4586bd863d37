using System.Globalization;

namespace Backprop;

/// <summary>Looks for what people do wrong without an error, once in a training, when the loss of the first batch is there.</summary>
internal static class FirstBatchChecks
{
    private const int MostExamples = 16; // are looked at
    private const int LeastPixels = 16, LeastBright = 100; // small whole numbers may be anything; as many and as great are pixels

    /// <summary>Refuses an optimizer that would leave the model as it is.</summary>
    /// <exception cref="ArgumentException">It was made of another model's parameters.</exception>
    public static void CheckOptimizer(Module model, Optimizer optimizer)
    {
        var own = new HashSet<Parameter>(model.Parameters, ReferenceEqualityComparer.Instance);
        if (optimizer.Groups.Any(group => group.Parameters.Any(own.Contains))) return;
        string name = optimizer.GetType().Name;
        throw new ArgumentException($"Fit: the {name} has none of the model's {own.Count} parameters: it was made of another model's, and would train nothing. Make it of these: new {name}(model.Parameters, …).");
    }

    /// <summary>Tells the run what looks wrong.</summary>
    public static void Run(TrainingRun run, Tensor inputs, Tensor prediction, Tensor loss)
    {
        if (Pixels(inputs) is { } range)
        {
            run.Warn($"Fit: the inputs look like pixels as they are, whole numbers {range}. Networks learn from numbers of about −1…1: divide by 255 (Preprocessing.UnitInterval), " +
                "or make mean 0 and deviation 1 of them (Preprocessing.Standardize).");
        }
        if (loss.Origin is { } origin && origin.Name.EndsWith("CrossEntropy", StringComparison.Ordinal) && AreProbabilities(prediction))
        {
            run.Warn("Fit: the model's outputs look like probabilities, each row positive and with sum 1, and CrossEntropy takes logits: it applies softmax itself, and twice it hardly learns. " +
                "Leave out the Softmax at the end of the model; outputs.Softmax(1) makes probabilities of what it predicts.");
        }
        if (Shared(run.Model, run.Model.Outermost, "") is var (path, part))
        {
            run.Warn($"Fit: the module \"{path}\", {part.Description}, is part of another model too ({part.Outermost.Description.Type}), which is changed by this training. " +
                "If that is not meant, make each model layers of its own.");
        }
    }

    private static string? Pixels(Tensor inputs)
    {
        if (!inputs.DType.IsFloatingPoint || inputs.Rank < 2 || inputs.ElementCount / inputs.Shape[0] < LeastPixels) return null;
        (double least, double most) = (double.PositiveInfinity, double.NegativeInfinity);
        for (int i = 0, count = inputs.ElementCount / inputs.Shape[0] * Math.Min(inputs.Shape[0], MostExamples); i < count; i++)
        {
            double x = inputs.ElementAt(i);
            if (!(x >= 0 && x <= byte.MaxValue && Math.Floor(x) == x)) return null;
            (least, most) = (Math.Min(least, x), Math.Max(most, x));
        }
        return most < LeastBright ? null : string.Create(CultureInfo.InvariantCulture, $"from {least} to {most}");
    }

    private static bool AreProbabilities(Tensor prediction)
    {
        const double Rounding = 1e-3;
        if (prediction.Rank != 2 || prediction.Shape[1] < 2) return false;
        int classes = prediction.Shape[1];
        for (int row = 0; row < Math.Min(prediction.Shape[0], MostExamples); row++)
        {
            double sum = 0;
            for (int c = 0; c < classes; c++)
            {
                double p = prediction.ElementAt(row * classes + c);
                if (!(p >= 0)) return false;
                sum += p;
            }
            if (Math.Abs(sum - 1) > Rounding) return false;
        }
        return true;
    }

    /// <summary>The first part that was made a part of another model before it became one of this.</summary>
    private static (string Path, Module Part)? Shared(Module module, Module outermost, string path)
    {
        foreach ((string name, Module child) in module.Children)
        {
            string place = path.Length == 0 ? name : $"{path}.{name}";
            if (child.Outermost != outermost) return (place, child);
            if (Shared(child, outermost, place) is { } shared) return shared;
        }
        return null;
    }
}
