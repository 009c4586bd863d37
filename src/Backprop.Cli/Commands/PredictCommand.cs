using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop predict</c>: what a saved model says about one picture, or about each of a test set.</summary>
internal static class PredictCommand
{
    private const int Shown = 3; // classes, of a picture

    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var image = new Argument<string?>("IMAGE") { Description = "A picture, PNG or PGM", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> model = Options.ModelFile(), architecture = Options.Architecture();
        Option<string?> data = Options.Text("--data", "DIR", "A folder of data files, whose test set is used");
        Option<int?> limitTest = Options.Count("--limit-test", "Use at most so many test examples"), threads = Options.Threads();
        Option<bool> json = Options.Json();
        var command = new Command("predict", "Say what a saved model takes a picture, or each of a test set, for.") { image, model, architecture, data, limitTest, threads, json };
        command.SetAction(parsed =>
        {
            Options.UseThreads(parsed.GetValue(threads));
            (string? picture, string? folder) = (parsed.GetValue(image), parsed.GetValue(data));
            if (picture is null == folder is null) throw new UsageException("predict needs either an IMAGE or --data DIR.");
            Model saved = ModelFile.Open(parsed.GetRequiredValue(model)!, parsed.GetValue(architecture));
            if (saved.ClassNames.Count == 0) throw new UsageException($"{saved.Name ?? "The model"} tells no classes apart: predict has nothing to say.");
            Func<JsonObject> line = picture is not null
                ? OfPicture(terminal, saved, picture)
                : OfSet(terminal, saved, DataSource.For(saved, folder, parsed.GetValue(limitTest)).Test, cancellation);
            if (parsed.GetValue(json)) terminal.Out.WriteLine(line().ToJsonString());
        });
        return command;
    }

    private static Func<JsonObject> OfPicture(Terminal terminal, Model saved, string path)
    {
        IReadOnlyList<ClassProbability> classes = saved.Classify(ImageFile.Read(path), done => terminal.Say($"{path}: {done}"));
        for (int i = 0; i < Math.Min(Shown, classes.Count); i++)
        {
            terminal.Out.WriteLine($"{classes[i].Name,-12} {classes[i].Probability.ToString("F4", CultureInfo.InvariantCulture)}");
        }
        ClassProbability best = classes[0];
        return () => new JsonObject
        {
            ["model"] = saved.Name,
            ["image"] = path,
            ["prediction"] = best.Name,
            ["class"] = best.Class,
            ["probability"] = (float)best.Probability,
            ["probabilities"] = new JsonArray([.. classes.OrderBy(each => each.Class).Select(each => (JsonNode)(float)each.Probability)]),
        };
    }

    private static Func<JsonObject> OfSet(Terminal terminal, Model saved, Dataset data, CancellationToken cancellation)
    {
        Tensor probabilities = saved.ToProbabilities(Evaluation.Predictions(saved.Module, data, cancellationToken: cancellation));
        int[] labels = data.ReadAll().Targets.ToArray<int>();
        int classes = saved.ClassNames.Count, right = 0;
        var predictions = new JsonArray();
        terminal.Out.WriteLine("index\tprediction\tprobability\tlabel");
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = probabilities.AsSpan<float>().Slice(i * classes, classes);
            int best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(row);
            if (best == labels[i]) right++;
            predictions.Add((JsonNode)best);
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i}\t{saved.ClassNames[best]}\t{row[best]:F4}\t{saved.ClassNames[labels[i]]}"));
        }
        return () => new JsonObject
        {
            ["model"] = saved.Name,
            ["test_images"] = labels.Length,
            ["test_accuracy"] = (double)right / labels.Length,
            ["predictions"] = predictions,
        };
    }
}
