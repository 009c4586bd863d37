namespace Backprop.Examples;

/// <summary>The smallest network: one input, one sigmoid neuron, one target, 520 epochs of gradient descent.</summary>
public static class Neuron
{
    private const double X = 0.11313136923799194, Target = 0.8484027350076178, LearningRate = 0.3;
    private const int Epochs = 520;

    private const double StartW = 0.5, StartB = 0.8606797939467599; // what is known of the tutorial's start is w x + b, and so all but its last two digits

    /// <summary>Trains it twice: with the slope of the tutorial's table, and with that of the loss the table shows.</summary>
    public static void Run(TextWriter output)
    {
        // The table's loss is the mean square, L = (p - t)², whose slope is 2 (p - t). Its update uses (p - t): the slope of L / 2.
        output.WriteLine("prediction = sigmoid(w x + b), loss = (prediction - target)^2");
        output.WriteLine();
        output.WriteLine("As the tutorial's table has it: loss and prediction before each update, which leaves out the factor 2 and so descends loss / 2.");
        Print(output, Train(loss => loss / 2));

        output.WriteLine();
        output.WriteLine("With the slope of the loss itself each step goes twice as far:");
        Print(output, Train(loss => loss));
    }

    /// <summary>Trains it; gives loss and prediction of each epoch, before its update.</summary>
    /// <param name="descended">What of the loss the update follows the slope of.</param>
    public static IEnumerable<(double Loss, double Prediction)> Train(Func<Tensor, Tensor> descended)
    {
        Tensor w = Leaf(StartW), b = Leaf(StartB);
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            Tensor prediction = Predict(w, b), loss = Loss(prediction);
            yield return (loss.Item(), prediction.Item());

            Gradients g = descended(loss).Backward();
            w = (w - LearningRate * g[w]).Detach().RequireGradient(); // a new leaf: the next epoch's graph begins here
            b = (b - LearningRate * g[b]).Detach().RequireGradient();
        }
    }

    /// <summary>The graph of the first epoch as a picture, with its numbers.</summary>
    public static Explanation Explain()
    {
        Tensor w = Leaf(StartW), b = Leaf(StartB), loss = Loss(Predict(w, b));
        return loss.Explain([w, b]);
    }

    private static Tensor Predict(Tensor w, Tensor b) => (w * X + b).Sigmoid();

    private static Tensor Loss(Tensor prediction) => (prediction - Target).Pow(2);

    private static Tensor Leaf(double value) => Tensor.Scalar(value, DType.Float64).RequireGradient();

    private static void Print(TextWriter output, IEnumerable<(double Loss, double Prediction)> epochs)
    {
        foreach ((int epoch, (double loss, double prediction)) in epochs.Index())
        {
            if (epoch % 100 == 0 || epoch == Epochs - 1) output.WriteLine($"  epoch {epoch,3}  loss {loss,-22}  prediction {prediction}");
        }
    }
}
