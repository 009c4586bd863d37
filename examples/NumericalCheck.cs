namespace Backprop.Examples;

/// <summary>784-50-10 on a batch of digits: each of its 39 760 gradients by backpropagation, against the one that trying it out gives.</summary>
public static class NumericalCheck
{
    private static readonly string[] s_bookNames = ["W1", "b1", "W2", "b2"];

    /// <summary>Prints the mean absolute difference of each parameter, as the book does, and the largest, which the mean hides.</summary>
    /// <param name="output">Where the differences are shown.</param>
    /// <param name="seed">What digits and weights depend on.</param>
    /// <param name="batch">How many digits.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static void Run(TextWriter output, long seed = 0, int batch = 100, CancellationToken cancellation = default)
    {
        var random = new RandomSource(seed);
        (Tensor images, Tensor labels) = GeneratedDigits.Images(batch, seed).Rescale(1.0 / 255, 0).ReadAll();
        var model = new Sequential
        {
            new Flatten(),
            { "affine1", new Linear(784, 50, random: random) }, new Relu(),
            { "affine2", new Linear(50, 10, random: random) },
        };
        foreach (Parameter parameter in model.Parameters) // the book's start: weights 0.01 · N(0, 1), biases 0
        {
            (parameter.Rank > 1 ? Initializers.BookNormal : Initializers.Zeros)(parameter, random);
        }

        // Numerical: (L(w + h) - L(w - h)) / 2h, for each w. By backpropagation: one pass for all of them.
        GradientReport report = GradientCheck.Of(model, images, labels, Losses.CrossEntropy, new GradientCheckOptions { IncludeInput = false, CancellationToken = cancellation });

        output.WriteLine($"784-50-10, ReLU, softmax with loss, {batch} digits, float64: |backpropagation - numerical gradient|");
        output.WriteLine();
        output.WriteLine("      mean        largest     of");
        foreach ((string name, TensorReport tensor) in s_bookNames.Zip(report.Tensors))
        {
            output.WriteLine($"{name}    {tensor.MeanAbsoluteDifference:0.00e+0}    {tensor.LargestAbsoluteDifference:0.00e+0}    {tensor.Checked} in {tensor.Shape}");
        }
        output.WriteLine();

        // One gradient that is off by 1e-5, in 39 200: the mean still looks right.
        TensorReport first = report.Tensors[0];
        double mean = first.MeanAbsoluteDifference + 1e-5 / first.Checked;
        output.WriteLine($"Were a single one of W1's gradients wrong by 1e-5, the mean would be {mean:0.0e+0}, and still look right. So look at the largest:");
        output.WriteLine($"worst relative error {report.WorstRelativeError:0.0e+0}; {report.Checked} slopes checked, {report.Kinks} of them at a kink of ReLU; {(report.IsCorrect ? "all agree" : "NOT ALL AGREE")}");
    }
}
