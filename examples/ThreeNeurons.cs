namespace Backprop.Examples;

/// <summary>1-3-1: one input, three sigmoid neurons, one sigmoid output, taught to answer 0.1.</summary>
public static class ThreeNeurons
{
    private const int Epochs = 520, Starts = 20;
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
            (double first, double last, double prediction) = Train(start);
            if (last < Enough) reached++;
            output.WriteLine($"  seed {start,2}  loss {first:F6} -> {last:F6}  prediction {prediction:F4}");
        }
        output.WriteLine($"{reached} of {Starts} starts end with a loss below {Enough}.");
    }

    private static (double First, double Last, double Prediction) Train(long seed)
    {
        var random = new RandomSource(seed);
        var model = new Sequential
        {
            { "hidden", new Linear(1, 3, random: random) }, new Sigmoid(),
            { "output", new Linear(3, 1, random: random) }, new Sigmoid(),
        };
        model.To(DType.Float64);
        double first = Loss().Item();
        var optimizer = new Sgd(model.Parameters, LearningRate);
        for (int epoch = 0; epoch < Epochs; epoch++) optimizer.Step(Loss().Backward());
        return (first, Loss().Item(), model.Predict(s_x).Item());

        Tensor Loss() => Losses.Mse(model.Forward(s_x), s_target);
    }
}
