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
        Option<string?> weights = Options.Weights(), data = Options.Text("--data", "DIR", "A folder of data files, whose test set is used");
        Option<string?> model = Options.Text("--model", "NAME", "The network, where the file does not say");
        Option<int?> limitTest = Options.Count("--limit-test", "Use at most so many test examples"), threads = Options.Threads();
        Option<bool> json = Options.Json();
        var command = new Command("predict", "Say what a saved model takes a picture, or each of a test set, for.") { image, weights, data, model, limitTest, threads, json };
        command.SetAction(parsed =>
        {
            Options.UseThreads(parsed.GetValue(threads));
            (string? picture, string? folder) = (parsed.GetValue(image), parsed.GetValue(data));
            if (picture is null == folder is null) throw new UsageException("predict needs either an IMAGE or --data DIR.");
            SavedModel saved = SavedModel.Load(parsed.GetRequiredValue(weights)!, parsed.GetValue(model));
            if (saved.Named.Recipe.Loss != LossKind.CrossEntropy) throw new UsageException($"{saved.Named.Name} tells no classes apart: predict has nothing to say.");
            Func<JsonObject> line = picture is not null
                ? OfPicture(terminal, saved, picture)
                : OfSet(terminal, saved, DataSource.For(saved.Named, saved.Preprocessing, folder, seed: 0, limitTrain: 0, parsed.GetValue(limitTest)).Test, cancellation);
            if (parsed.GetValue(json)) terminal.Out.WriteLine(line().ToJsonString());
        });
        return command;
    }

    private static Func<JsonObject> OfPicture(Terminal terminal, SavedModel saved, string path)
    {
        Image image = ImageFitting.Fit(ImageFile.Read(path), saved.Named.InputShape, digit: saved.Named.Data == DataKind.Digits, done => terminal.Say($"{path}: {done}"));
        byte[] pixels = image.Pixels.ToArray();
        Tensor input = Tensor.Generate(Shape.Create(1).Concat(saved.Named.InputShape), DType.Float32, i => saved.Preprocessing.Scale * pixels[i] + saved.Preprocessing.Shift);
        float[] probabilities = saved.Module.Predict(input).Softmax(1).ToArray<float>();
        int[] order = new int[probabilities.Length];
        for (int c = 0; c < order.Length; c++) order[c] = c;
        Array.Sort(order, (a, b) => probabilities[a] != probabilities[b] ? probabilities[b].CompareTo(probabilities[a]) : a.CompareTo(b));
        for (int i = 0; i < Math.Min(Shown, order.Length); i++)
        {
            terminal.Out.WriteLine($"{saved.Classes[order[i]],-12} {probabilities[order[i]].ToString("F4", CultureInfo.InvariantCulture)}");
        }
        int best = order[0];
        return () => new JsonObject
        {
            ["model"] = saved.Named.Name,
            ["image"] = path,
            ["prediction"] = saved.Classes[best],
            ["class"] = best,
            ["probability"] = probabilities[best],
            ["probabilities"] = new JsonArray([.. probabilities.Select(p => (JsonNode)p)]),
        };
    }

    private static Func<JsonObject> OfSet(Terminal terminal, SavedModel saved, Dataset data, CancellationToken cancellation)
    {
        Tensor logits = Evaluation.Predictions(saved.Module, data, cancellationToken: cancellation), probabilities = logits.Softmax(1);
        int[] labels = data.ReadAll().Targets.ToArray<int>();
        int classes = saved.Classes.Count, right = 0;
        var predictions = new JsonArray();
        terminal.Out.WriteLine("index\tprediction\tprobability\tlabel");
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = probabilities.AsSpan<float>().Slice(i * classes, classes);
            int best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(row);
            if (best == labels[i]) right++;
            predictions.Add((JsonNode)best);
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i}\t{saved.Classes[best]}\t{row[best]:F4}\t{saved.Classes[labels[i]]}"));
        }
        return () => new JsonObject
        {
            ["model"] = saved.Named.Name,
            ["test_images"] = labels.Length,
            ["test_accuracy"] = (double)right / labels.Length,
            ["predictions"] = predictions,
        };
    }
}
