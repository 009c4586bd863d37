using System.CommandLine;
using System.Globalization;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop data</c>: makes data sets, and looks at them.</summary>
internal static class DataCommand
{
    private const int ShownByDefault = 12;

    public static Command Create(Terminal terminal, CancellationToken _) => new("data", "Make data sets, and look at them.") { Generate(terminal), Show(terminal) };

    private static Command Generate(Terminal terminal)
    {
        Option<string?> output = Options.Text("--output", "DIR", "Where the four files are written");
        output.Required = true;
        Option<int?> train = Options.Count("--train", $"Training images [default: {DataSource.GeneratedTrain}]"), test = Options.Count("--test", $"Test images [default: {DataSource.GeneratedTest}]");
        Option<long?> seed = Options.Seed("What the training images depend on [default: 0]; the test images are always the same");
        var command = new Command("generate", "Draw digits, and write them as files in MNIST's format, to be used with --data DIR.") { output, train, test, seed };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetRequiredValue(output)!;
            using var made = new OutputFolder(folder);
            Write(terminal, folder, "train", GeneratedDigits.Images(parsed.GetValue(train) ?? DataSource.GeneratedTrain, parsed.GetValue(seed) ?? 0));
            Write(terminal, folder, "t10k", GeneratedDigits.Images(parsed.GetValue(test) ?? DataSource.GeneratedTest, GeneratedDigits.TestSeed));
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        Option<string?> data = Options.Text("--data", "DIR", "A folder of data files [default: digits that are generated]");
        Option<int?> count = Options.Count("--count", $"How many images [default: {ShownByDefault}]"), from = Options.Count("--from", "The first to be shown [default: 0]", least: 0);
        Option<long?> seed = Options.Seed("What generated digits depend on [default: 0]");
        var test = new Option<bool>("--test") { Description = "Show the test set, not the training set" };
        var command = new Command("show", "Draw images in the terminal.") { data, count, from, seed, test };
        command.SetAction(parsed =>
        {
            (int first, int shown) = (parsed.GetValue(from) ?? 0, parsed.GetValue(count) ?? ShownByDefault);
            ImageDataset images = parsed.GetValue(data) is { } folder
                ? (parsed.GetValue(test) ? DataFolder.LoadImages(folder).Test : DataFolder.LoadImages(folder).Train)
                : GeneratedDigits.Images(first + shown, parsed.GetValue(test) ? GeneratedDigits.TestSeed : parsed.GetValue(seed) ?? 0);
            if (first >= images.Count) throw new UsageException($"data show: --from {first} is beyond the last of {images.Count} images.");
            PictureStrip.Write(terminal, [.. Enumerable.Range(first, Math.Min(shown, images.Count - first)).Select(index => Picture(images, index))]);
        });
        return command;
    }

    private static void Write(Terminal terminal, string folder, string part, ImageDataset images)
    {
        byte[] pixels = new byte[images.Count * GeneratedDigits.PixelCount], labels = new byte[images.Count];
        for (int i = 0; i < images.Count; i++)
        {
            images.Pixels(i).CopyTo(pixels.AsSpan(i * GeneratedDigits.PixelCount));
            labels[i] = (byte)images.Label(i);
        }
        Write(terminal, Path.Combine(folder, $"{part}-images-idx3-ubyte.gz"), new IdxFile([images.Count, GeneratedDigits.Side, GeneratedDigits.Side], pixels));
        Write(terminal, Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"), new IdxFile([images.Count], labels));
    }

    private static void Write(Terminal terminal, string path, IdxFile file)
    {
        file.Write(path);
        terminal.Out.WriteLine($"{path}  {file.Shape}");
    }

    private static Picture Picture(ImageDataset images, int index)
    {
        (int height, int width) = (images.InputShape[1], images.InputShape[2]);
        byte[] pixels = images.Pixels(index).ToArray();
        string caption = string.Create(CultureInfo.InvariantCulture, $"{index}: {images.ClassNames[images.Label(index)]}");
        return new Picture(height, width, caption, (row, column) =>
        {
            int at = row * width + column, plane = height * width;
            return pixels.Length == plane ? (pixels[at], pixels[at], pixels[at]) : (pixels[at], pixels[plane + at], pixels[2 * plane + at]);
        });
    }
}
