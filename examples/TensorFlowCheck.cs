namespace Backprop.Examples;

/// <summary>2-4-8-2 with ReLU, sigmoid and sigmoid: the gradients by the chain rule, written out, by the library's graph, and by another library.</summary>
public static class TensorFlowCheck
{
    /// <summary>Takes all gradients three ways, and shows how far they are apart.</summary>
    public static void Run(TextWriter output)
    {
        Tensor x = ReferenceNetwork.Inputs, target = ReferenceNetwork.Targets;
        (Tensor w1, Tensor b1, Tensor w2, Tensor b2, Tensor w3, Tensor b3) =
            (Given("fc1.weight"), Given("fc1.bias"), Given("fc2.weight"), Given("fc2.bias"), Given("fc3.weight"), Given("fc3.bias"));

        // Forward. Weights are [out, in], as PyTorch has them; Linear is x · Wᵀ + b.
        Tensor h1 = x.Linear(w1, b1).Relu();
        Tensor h2 = h1.Linear(w2, b2).Sigmoid();
        Tensor y = h2.Linear(w3, b3).Sigmoid();
        double loss = (y - target).Pow(2).Mean().Item();

        // Backward by hand. Delta is the gradient before an activation: what comes from behind, times the activation's slope.
        Tensor delta3 = 2.0 / y.ElementCount * (y - target) * y * (1 - y);      // mean square: 2 (y - t) / n; sigmoid: y (1 - y)
        Tensor delta2 = delta3.MatMul(w3) * h2 * (1 - h2);
        Tensor delta1 = delta2.MatMul(w2) * Tensor.Generate(h1.Shape, h1.DType, i => h1.AsSpan<double>()[i] > 0 ? 1 : 0); // ReLU: 1 where it lets through
        var byHand = new Dictionary<string, Tensor>
        {
            ["fc1.weight"] = delta1.Transpose().MatMul(x), // delta, times what the layer was given
            ["fc1.bias"] = delta1.Sum(axis: 0),
            ["fc2.weight"] = delta2.Transpose().MatMul(h1),
            ["fc2.bias"] = delta2.Sum(axis: 0),
            ["fc3.weight"] = delta3.Transpose().MatMul(h2),
            ["fc3.bias"] = delta3.Sum(axis: 0),
        };

        // Backward by the library: the same network as layers.
        var model = new Sequential
        {
            { "fc1", new Linear(2, 4) }, new Relu(),
            { "fc2", new Linear(4, 8) }, new Sigmoid(),
            { "fc3", new Linear(8, 2) }, new Sigmoid(),
        };
        model.To(DType.Float64).LoadState(ReferenceNetwork.Parameters);
        Gradients gradients = Losses.Mse(model.Forward(x), target).Backward();

        output.WriteLine("2-4-8-2, a batch of 4, mean square error. The reference is another library's gradients, PyTorch 1.13.1 in float64.");
        output.WriteLine($"loss {loss}, reference {ReferenceNetwork.Loss}");
        output.WriteLine();
        output.WriteLine("gradient of    largest     chain rule by hand differs by    the library differs by");
        double worst = 0;
        foreach (Parameter parameter in model.Parameters)
        {
            Tensor reference = ReferenceNetwork.Gradients[parameter.Name];
            double hand = Largest(byHand[parameter.Name] - reference), library = Largest(gradients[parameter] - reference);
            worst = Math.Max(worst, Math.Max(hand, library));
            output.WriteLine($"{parameter.Name,-12}   {Largest(reference):F6}    {hand,-29:0.0e+0}    {library:0.0e+0}");
        }
        output.WriteLine($"largest difference {worst:0.0e+0}");

        static Tensor Given(string name) => ReferenceNetwork.Parameters[name];
    }

    private static double Largest(Tensor tensor) => tensor.Abs().Max().Item();
}
