using Backprop.Cli.Runs;

namespace Backprop.Cli.TensorBoard;

/// <summary>
/// Writes the events of a training for TensorBoard, as two runs, <c>train</c> and <c>validation</c>, whose curves it lays over one another: scalars of steps and epochs, and of the epochs that are
/// looked at closely histograms of weights, activations and gradients, the first layer's filters and the worst mistakes; and the graph of the layers.
/// </summary>
internal sealed class EventFiles(string folder) : IRunSink
{
    private const int MosaicWidth = 8, Enlarged = 4;

    private EventFile? _train, _validation;
    private int _batchSize;

    public void Begin(RunStart start)
    {
        long next = start.Step == 0 ? 0 : start.Step + 1; // an epoch that ends again is told of again, in the same numbers: to void it would be to void its last step
        _batchSize = start.Job.Settings.BatchSize!.Value;
        _train = new EventFile(Path.Combine(folder, "train"), next);
        _validation = new EventFile(Path.Combine(folder, "validation"), next);
        if (start.Step == 0 || _train.IsFirst) _train.Graph(LayerGraph.Of(ModelSummary.Of(start.Model, start.Data.Test.Read(0).Inputs)));
        Flush();
    }

    public void Step(RunStep step)
    {
        _train!.Scalar(step.Step, "step/loss", step.Loss);
        _train.Scalar(step.Step, "step/learning_rate", step.LearningRate);
        _train.Scalar(step.Step, "step/gradient_norm", step.GradientNorm);
        _train.Scalar(step.Step, "step/images_per_second", _batchSize / step.Milliseconds * 1000);
        _train.Flush();
    }

    public void Epoch(RunEpoch epoch)
    {
        Write(_train!, epoch.Step, epoch.Record.Train);
        _train!.Scalar(epoch.Step, "epoch/images_per_second", epoch.Record.Train.Examples / epoch.Record.Seconds);
        if (epoch.Record.Validation is { } validation) Write(_validation!, epoch.Step, validation);
        if (epoch.Insight is { } insight) Write(epoch.Step, insight);
        Flush();
    }

    public void Warn(string message) { }

    public void End(RunEnd end) => Flush();

    public void Stop(RunStop stop) => Flush();

    public void Dispose()
    {
        _train?.Dispose();
        _validation?.Dispose();
    }

    private static void Write(EventFile file, long step, Scores scores)
    {
        file.Scalar(step, "epoch/loss", scores.Loss);
        foreach ((string metric, double value) in scores.Metrics) file.Scalar(step, $"epoch/{metric}", value);
    }

    private void Write(long step, Insight insight)
    {
        foreach (Histogram histogram in insight.Histograms)
        {
            if (histogram.Count > 0) _train!.Histogram(step, $"{histogram.Kind.ToString().ToLowerInvariant()}/{histogram.Name}", histogram);
        }
        if (insight.Filters is { } filters) _train!.Image(step, $"filters/{filters.Name}", Mosaic(filters.Pictures));
        Image[] mistakes = [.. insight.Mistakes.Select(mistake => mistake.Picture).OfType<Image>()];
        if (mistakes.Length > 0) _validation!.Image(step, "mistakes/the_most_confident", Mosaic(mistakes));
    }

    private void Flush()
    {
        _train!.Flush();
        _validation!.Flush();
    }

    /// <summary>Pictures of one size in rows, each pixel enlarged, with a grey line in between.</summary>
    private static Image Mosaic(IReadOnlyList<Image> pictures)
    {
        (int channels, int cellWidth, int cellHeight) = (pictures[0].Channels, pictures[0].Width * Enlarged + 1, pictures[0].Height * Enlarged + 1);
        int columns = Math.Min(pictures.Count, MosaicWidth), rows = (pictures.Count + columns - 1) / columns, width = columns * cellWidth - 1, height = rows * cellHeight - 1;
        byte[] pixels = new byte[channels * height * width];
        Array.Fill(pixels, (byte)128);
        for (int i = 0; i < pictures.Count; i++)
        {
            Image picture = pictures[i];
            for (int channel = 0; channel < channels; channel++)
            {
                for (int y = 0; y < cellHeight - 1; y++)
                {
                    int to = (channel * height + i / columns * cellHeight + y) * width + i % columns * cellWidth, from = (channel * picture.Height + y / Enlarged) * picture.Width;
                    for (int x = 0; x < cellWidth - 1; x++) pixels[to + x] = picture.Pixels[from + x / Enlarged];
                }
            }
        }
        return new Image(width, height, channels, pixels);
    }
}
