namespace Backprop.Examples;

/// <summary>1-3-1: one input, three sigmoid neurons, one sigmoid output, taught to answer 0.1.</summary>
public static class ThreeNeurons
{
    /// <summary>How many starts there are.</summary>
    public const int Starts = 20;

    private const int Epochs = 520;
    private const double LearningRate = 0.1, Enough = 1e-3;

    private static readonly Tensor s_x = Tensor.From([0.5], [1, 1]), s_target = Tensor.From([0.1], [1, 1]);

    /// <summary>Trains it from 20 random starts.</summary>
    /// <param name="output">Where it tells how far each got.</param>
    /// <param name="seed">The first start.</param>
    public static void Run(TextWriter output, long seed = 0)
    {
        // Each layer learns from what it was given itself: the output's weights from the hidden values, not from x (see the demo `errata`).
        output.WriteLine($"1-3-1, sigmoid, learning rate {LearningRate}, {Epochs} epochs, target {s_target.Item()}");
        int reached = 0;
        for (long start = seed; start < seed + Starts; start++)
        {
            (double Loss, double Prediction)[] epochs = [.. Train(start)];
            if (epochs[^1].Loss < Enough) reached++;
            output.WriteLine($"  seed {start,2}  loss {epochs[0].Loss:F6} -> {epochs[^1].Loss:F6}  prediction {epochs[^1].Prediction:F4}");
        }
        output.WriteLine($"{reached} of {Starts} starts end with a loss below {Enough}.");
    }

    /// <summary>Trains it from one start; gives loss and prediction before each epoch, and after the last.</summary>
    public static IEnumerable<(double Loss, double Prediction)> Train(long seed)
    {
        Module model = Build(seed);
        var optimizer = new Sgd(model.Parameters, LearningRate);
        for (int epoch = 0; epoch <= Epochs; epoch++)
        {
            Tensor prediction = model.Forward(s_x), loss = Losses.Mse(prediction, s_target);
            yield return (loss.Item(), prediction.Item());
            if (epoch < Epochs) optimizer.Step(loss.Backward());
        }
    }

    /// <summary>The graph of the first epoch as a picture, with its numbers.</summary>
    public static Explanation Explain() => Explanation.Of(Build(seed: 0), s_x, s_target, Losses.Mse);

    private static Module Build(long seed)
    {
        var random = new RandomSource(seed);
        return new Sequential
        {
            { "hidden", new Linear(1, 3, random: random) }, new Sigmoid(),
            { "output", new Linear(3, 1, random: random) }, new Sigmoid(),
        }.To(DType.Float64);
    }
}
