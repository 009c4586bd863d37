namespace Backprop.Examples;

/// <summary>The CNN that many tutorials build from scratch: convolution 3x3 to 8 channels, pooling, softmax; one image a step.</summary>
public static class Cnn
{
    private const double LearningRate = 0.005;
    private const int Epochs = 3, Window = 100;

    /// <summary>Trains it, with the mean loss and accuracy of each 100 steps, and tests it.</summary>
    /// <param name="output">Where progress is told.</param>
    /// <param name="dataFolder">A folder of MNIST files; null: digits that the library draws.</param>
    /// <param name="seed">What weights, order and drawn digits depend on.</param>
    /// <param name="count">How many images it learns from, and by how many others it is judged.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static void Run(TextWriter output, string? dataFolder = null, long seed = 0, int count = 1_000, CancellationToken cancellation = default)
    {
        (ImageDataset train, ImageDataset test) = dataFolder is null ? GeneratedDigits.Load(count, count, seed) : Mnist.Load(dataFolder);
        var random = new RandomSource(seed);
        Sequential model = Build(random);
        int last = 0;
        foreach ((int epoch, int step, double loss, double accuracy) in Train(model, Prepared(train, count), random, cancellation))
        {
            if (epoch != last) output.WriteLine($"--- Epoch {last = epoch} ---");
            output.WriteLine($"[Step {step,4}] Past {Window} steps: Average Loss {loss:F3} | Accuracy: {100 * accuracy:F0}%");
        }

        Scores result = Evaluation.Of(model, Losses.CrossEntropy, Prepared(test, count), metrics: [new Accuracy()], cancellationToken: cancellation);
        output.WriteLine("--- Test, on digits it has not seen ---");
        output.WriteLine($"Loss: {result.Loss:F3}");
        output.WriteLine($"Accuracy: {result["accuracy"]:F3}");
    }

    /// <summary>Trains it on digits that the library draws; gives the mean loss of each 100 steps.</summary>
    public static IEnumerable<double> LossCurve(long seed = 0, int count = 1_000, CancellationToken cancellation = default)
    {
        var random = new RandomSource(seed);
        return Train(Build(random), Prepared(GeneratedDigits.Load(count, count, seed).Train, count), random, cancellation).Select(window => window.Loss);
    }

    private static Sequential Build(RandomSource random)
    {
        var conv = new Conv2d(1, 8, kernelSize: 3, random: random);     // 28x28 -> 8 of 26x26
        var fc = new Linear(8 * 13 * 13, 10, random: random);           // pooled to 8 of 13x13 -> ten scores

        // Weights start as N(0, 1) over the number of inputs, biases as 0.
        Initializers.Normal(0, 1.0 / 9)(conv.Weight, random);
        Initializers.Normal(0, 1.0 / fc.Weight.Shape[1])(fc.Weight, random);
        foreach (Parameter bias in new[] { conv.Bias!, fc.Bias! }) Initializers.Zeros(bias, random);
        return new Sequential(conv, new MaxPool2d(2), new Flatten(), fc);
    }

    private static IEnumerable<(int Epoch, int Step, double Loss, double Accuracy)> Train(Sequential model, Dataset digits, RandomSource random, CancellationToken cancellation)
    {
        var optimizer = new Sgd(model.Parameters, LearningRate);
        var loader = new DataLoader(digits, batchSize: 1, shuffle: true, random);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            (double loss, int correct, int step) = (0, 0, 0);
            foreach ((Tensor image, Tensor label) in loader)
            {
                cancellation.ThrowIfCancellationRequested();
                Tensor scores = model.Forward(image);
                Tensor error = Losses.CrossEntropy(scores, label);      // softmax included: the scores go in as they are
                optimizer.Step(error.Backward());

                loss += error.Item();
                if (scores.ArgMax(axis: 1).At(0) == label.At(0)) correct++;
                if (++step % Window != 0) continue;
                yield return (epoch, step, loss / Window, (double)correct / Window);
                (loss, correct) = (0, 0);
            }
        }
    }

    private static Dataset Prepared(ImageDataset images, int count) => images.Rescale(1.0 / 255, -0.5).Take(Math.Min(count, images.Count)); // pixels in [-0.5, 0.5]
}
