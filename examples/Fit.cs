namespace Backprop.Examples;

/// <summary>4-16-8-3 with ReLU, ReLU and sigmoid, fitted to one answer: three layers, trained by the loop that trains every network.</summary>
public static class Fit
{
    private const int Epochs = 520;
    private const double LearningRate = 0.5;

    private static readonly Tensor s_target = Tensor.From([0.1f, 0.1f, 0.6f], [1, 3]);

    /// <summary>Trains it, and shows what it has learnt.</summary>
    /// <param name="output">Where progress is told.</param>
    /// <param name="seed">What input and first weights depend on.</param>
    public static void Run(TextWriter output, long seed = 0)
    {
        foreach ((int epoch, (double loss, Tensor prediction)) in Train(seed).Index())
        {
            if (epoch % 100 == 0 || epoch == Epochs) output.WriteLine($"epoch {epoch,3}  loss {loss:0.000e+0}  prediction {Row(prediction)}");
        }
        output.WriteLine($"           target          {Row(s_target),27}");
    }

    /// <summary>Trains it; gives loss and prediction before each epoch, and after the last.</summary>
    /// <param name="seed">What input and first weights depend on.</param>
    public static IEnumerable<(double Loss, Tensor Prediction)> Train(long seed = 0)
    {
        (Sequential model, Tensor x) = Begin(seed);
        var optimizer = new Sgd(model.Parameters, LearningRate);

        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            Tensor prediction = model.Forward(x);               // forward: the graph is built
            Tensor loss = Losses.Mse(prediction, s_target);
            yield return (loss.Item(), prediction);
            Gradients gradients = loss.Backward();              // backward: it is walked from its end
            optimizer.Step(gradients);                          // each weight goes a step down
        }
        Tensor fitted = model.Predict(x);
        yield return (Losses.Mse(fitted, s_target).Item(), fitted);
    }

    /// <summary>The graph of the first epoch as a picture, with its numbers.</summary>
    public static Explanation Explain()
    {
        (Sequential model, Tensor x) = Begin(seed: 0);
        return Explanation.Of(model, x, s_target, Losses.Mse);
    }

    private static (Sequential Model, Tensor X) Begin(long seed)
    {
        var random = new RandomSource(seed);
        var model = new Sequential(
            new Linear(4, 16, random: random), new Relu(),
            new Linear(16, 8, random: random), new Relu(),
            new Linear(8, 3, random: random), new Sigmoid());
        return (model, Tensor.Uniform([1, 4], random));
    }

    private static string Row(Tensor row) => $"[{row.At(0, 0):F5}, {row.At(0, 1):F5}, {row.At(0, 2):F5}]";
}
