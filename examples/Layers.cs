using Backprop.Examples.ByHand;

namespace Backprop.Examples;

/// <summary>Each layer of the book, written by hand in <c>ByHand/</c>: its local derivative, the proof that it is right, and how far the library's own is from it.</summary>
public static class Layers
{
    /// <summary>Shows and checks them all.</summary>
    public static void Run(TextWriter output)
    {
        Tensor scores = Normal(4, 3), labels = Tensor.From(2, 0, 1, 1), oneHot = Tensor.Generate([4, 3], DType.Float64, i => labels.At(i / 3) == i % 3 ? 1 : 0);
        Tensor images = Normal(2, 2, 4, 4), filters = Normal(3, 2, 3, 3), zeros = Tensor.Zeros([3], DType.Float64), ones = Tensor.Ones([3], DType.Float64);

        Show(output, "Relu", "y = x where x > 0, else 0; dL/dx = dL/dy where x > 0, else 0",
            t => new ReluOperation().Apply(t[0]), t => t[0].Relu(), Normal(3, 4));
        Show(output, "Sigmoid", "y = 1 / (1 + exp(-x)); dL/dx = dL/dy y (1 - y)",
            t => new SigmoidOperation().Apply(t[0]), t => t[0].Sigmoid(), Normal(3, 4));
        Show(output, "Affine", "y = x W + b; dL/dx = dL/dy W', dL/dW = x' dL/dy, dL/db = sum of dL/dy over the batch (' is transposed)",
            t => new AffineOperation().Apply(t[0], t[1], t[2]), t => t[0].Linear(t[1].Transpose(), t[2]), Normal(4, 6), Normal(6, 3), Normal(3));
        Show(output, "Affine on images", "x [2, 2, 4, 4] is flattened to [2, 32], and dL/dx goes back into its shape",
            t => new AffineOperation().Apply(t[0], t[1], t[2]), t => t[0].Flatten().Linear(t[1].Transpose(), t[2]), images, Normal(32, 3), Normal(3));
        Show(output, "SoftmaxWithLoss, class numbers", "y = softmax(x), L = -sum of t log y / n; dL/dx = (y - t) / n",
            t => new SoftmaxWithLossOperation(labels).Apply(t[0]), t => Losses.CrossEntropy(t[0], labels), scores);
        Show(output, "SoftmaxWithLoss, one-hot", "the same, for a class number is a row of zeros with a one",
            t => new SoftmaxWithLossOperation(oneHot).Apply(t[0]), t => Losses.CrossEntropy(t[0], oneHot), scores);
        Show(output, "BatchNormalization", "y = g (x - mean) / sqrt(variance + eps) + b; the way back takes the mean and the variance along, for they depend on x too",
            t => Normalization(3, training: true).Apply(t[0], t[1], t[2]), t => t[0].BatchNorm(null, null, t[1], t[2], training: true, epsilon: 1e-6), Normal(6, 3), Normal(3), Normal(3));
        Show(output, "BatchNormalization on images", "each of the 32 activations has a mean of its own; the library's layer has one a channel, unless the images are flattened",
            t => Normalization(32, training: true).Apply(t[0], t[1], t[2]),
            t => t[0].Flatten().BatchNorm(null, null, t[1], t[2], training: true, epsilon: 1e-6).Reshape(t[0].Shape.AsSpan()), Normal(5, 2, 4, 4), Normal(32), Normal(32));
        Show(output, "BatchNormalization in evaluation", "the running mean and variance do not depend on x: dL/dx = dL/dy g / sqrt(variance + eps)",
            t => Normalization(3, training: false).Apply(t[0], t[1], t[2]), t => t[0].BatchNorm(zeros, ones, t[1], t[2], epsilon: 1e-6), Normal(6, 3), Normal(3), Normal(3));
        Show(output, "Convolution", "y = col W' + b, col = im2col(x); dL/dW = (dL/dy)' col, dL/dx = col2im(dL/dy W)",
            t => new ConvolutionOperation(stride: 1, padding: 1).Apply(t[0], t[1], t[2]), t => t[0].Conv2d(t[1], t[2], stride: 1, padding: 1), images, filters, Normal(3));
        Show(output, "Pooling", "y = greatest of each window; dL/dx = dL/dy where it was, else 0",
            t => new PoolingOperation(kernel: 2, stride: 2).Apply(t[0]), t => t[0].MaxPool2d(2), images);

        ShowDropout(output);
    }

    /// <summary>The book scales in evaluation and the library in training, so their numbers differ by a factor, and the masks are others.</summary>
    private static void ShowDropout(TextWriter output)
    {
        const double Ratio = 0.3;
        Tensor ones = Tensor.Ones([10_000], DType.Float64);
        output.WriteLine("Dropout");
        output.WriteLine("  y = x mask in training, x (1 - ratio) in evaluation; dL/dx = dL/dy mask, dL/dy (1 - ratio)");
        foreach (bool training in new[] { true, false })
        {
            Write(output, GradientCheck.Of(t => ByHand(t, training), Normal(3, 4)), training ? " in training" : " in evaluation");
        }
        output.WriteLine($"  mean of y for x = 1, ratio {Ratio}: {ByHand(ones, training: true).Mean().Item():F2} in training, {ByHand(ones, training: false).Mean().Item():F2} in evaluation");
        output.WriteLine($"  the library's divides by 1 - ratio in training: {ones.Dropout(Ratio, new RandomSource(1)).Mean().Item():F2}, and leaves x alone in evaluation: {ones.Mean().Item():F2}");

        static Tensor ByHand(Tensor x, bool training) => new DropoutOperation(Ratio, training, new RandomSource(1)).Apply(x);
    }

    private static void Show(
        TextWriter output, string name, string formula, Func<IReadOnlyList<Tensor>, Tensor> byHand, Func<IReadOnlyList<Tensor>, Tensor> library, params Tensor[] inputs)
    {
        output.WriteLine(name);
        output.WriteLine($"  {formula}");
        Write(output, GradientCheck.Of(byHand, inputs));

        foreach (Tensor input in inputs) input.RequireGradient();
        Tensor y = byHand(inputs), own = library(inputs), upstream = Tensor.Uniform(y.Shape, new RandomSource(2), -1, 1, DType.Float64);
        (Gradients g, Gradients ownG) = (y.Backward(upstream), own.Backward(upstream));
        output.WriteLine($"  the library's differs by at most {Largest(y.Detach() - own.Detach()):0.0e+0} forward, {inputs.Max(input => Largest(g[input] - ownG[input])):0.0e+0} backward");
        output.WriteLine();
    }

    private static void Write(TextWriter output, GradientReport report, string mode = "") =>
        output.WriteLine($"  {report.Subject}{mode}: {(report.IsCorrect ? $"all {report.Checked} slopes agree" : "WRONG")} with central differences, worst relative error {report.WorstRelativeError:0.0e+0}");

    private static BatchNormalizationOperation Normalization(int activations, bool training) =>
        new(Tensor.Zeros([activations], DType.Float64), Tensor.Ones([activations], DType.Float64), training);

    private static Tensor Normal(params ReadOnlySpan<int> lengths) => Tensor.Normal(Shape.Create(lengths), new RandomSource(lengths[0]), dtype: DType.Float64);

    private static double Largest(Tensor difference) => difference.Abs().Max().Item();
}
