using Backprop.Examples.ByHand;

namespace Backprop.Examples;

/// <summary>Four mistakes that are found in tutorials, each as an operation, and what the gradient check says of it.</summary>
public static class Errata
{
    /// <summary>Makes each mistake, has it caught, and mends it.</summary>
    public static void Run(TextWriter output)
    {
        OutputWeights(output);
        MeanSquare(output);
        Overwriting(output);
        SelfAccuracy(output);
    }

    private static void OutputWeights(TextWriter output)
    {
        Tensor x = Row(0.5);
        Parameter w1 = new(Row(0.1, -0.2, 0.3), "w1"), b1 = new(Row(0.2, 0.1, -0.3), "b1"), w2 = new(Row(0.4, 0.5, -0.6).Transpose(), "w2"), b2 = new(Row(0.1), "b2");
        output.WriteLine("1. In a 1-3-1 network the output's weights are updated with the network's input, not with the hidden values that they multiply.");
        GradientReport report = GradientCheck.Of(w => Output(new InputTimesDeltaOperation(x).Apply(Hidden(w), w[2]), w), [w1, b1, w2, b2]);
        Caught(output, report);
        output.WriteLine($"            in the network: {report.Worst!.Worst}");
        Mended(output, "the gradient of a weight is delta times its own input: h' delta",
            GradientCheck.Of(w => Output(Hidden(w).MatMul(w[2]), w), [w1, b1, w2, b2]));

        Tensor Hidden(IReadOnlyList<Tensor> w) => (x.MatMul(w[0]) + w[1]).Sigmoid();

        static Tensor Output(Tensor product, IReadOnlyList<Tensor> w) => (product + w[3]).Sigmoid();
    }

    private static void MeanSquare(TextWriter output)
    {
        Tensor two = Row(0.2, 0.9), five = Row(0.2, 0.9, 0.4, 0.7, 0.6);
        output.WriteLine("2. The mean square error's slope is taken as y - t, without its 2 / n.");
        GradientReport withTwo = GradientCheck.Of(() => new SlopeWithoutFactorOperation(Row(0, 1)), [two]);
        output.WriteLine($"   n = 2    {(withTwo.IsCorrect ? $"all {withTwo.Checked} slopes agree: 2 / n is 1, so that it also agrees with TensorFlow" : "caught")}");
        output.WriteLine("   n = 5");
        Caught(output, GradientCheck.Of(() => new SlopeWithoutFactorOperation(Row(0, 1, 0, 1, 0)), [five]));
        Mended(output, "2 (y - t) / n", GradientCheck.Of(y => Losses.Mse(y, Row(0, 1, 0, 1, 0)), five));
    }

    private static void Overwriting(TextWriter output)
    {
        Tensor x = Row(-1, 2, -3);
        output.WriteLine("3. ReLU's backward sets elements of the gradient it was given to 0, and returns that. Where a sum gave it to another branch too, as in x + relu(x), both are changed.");
        GradientReport report = GradientCheck.Of(t => t + new OverwritingReluOperation().Apply(t), x);
        Caught(output, report);
        output.WriteLine($"            of the sum: {report.Worst!.Worst}");
        Mended(output, "return a new tensor", GradientCheck.Of(t => t + new ReluOperation().Apply(t), x));
    }

    private static void SelfAccuracy(TextWriter output)
    {
        Tensor scores = Tensor.From(new double[,] { { 1, 3, 2 }, { 1, 2, 4 }, { 5, 1, 1 } }), labels = Tensor.From(0, 1, 2);
        output.WriteLine("4. The accuracy compares the labels with themselves: 100 %, whatever the network says.");
        var accuracy = new Accuracy();
        accuracy.Add(scores, labels);
        output.WriteLine($"   scores whose greatest is always a wrong class: the tutorial's {LabelsAgainst(labels, labels):P0}, against the predictions {LabelsAgainst(scores.ArgMax(1), labels):P0}, the library's {accuracy.Value:P0}");

        // An accuracy has steps and no slopes. Its expectation, the mean probability of the true class, has: and a result that depends on nothing is caught by them.
        Tensor oneHot = Tensor.Generate([3, 3], DType.Float64, i => i / 3 == i % 3 ? 1 : 0);
        Caught(output, GradientCheck.Of(s => new SelfAccuracyOperation(oneHot).Apply(s.Softmax()), scores));
        Mended(output, "compare the predictions with the labels", GradientCheck.Of(s => (s.Softmax() * oneHot).Sum() / 3, scores));
    }

    private static double LabelsAgainst(Tensor predictions, Tensor labels) => Enumerable.Range(0, 3).Count(i => predictions.At(i) == labels.At(i)) / 3.0;

    private static void Caught(TextWriter output, GradientReport report)
    {
        foreach (string fault in report.Faults) output.WriteLine($"   caught   {fault}");
    }

    private static void Mended(TextWriter output, string fix, GradientReport report)
    {
        output.WriteLine($"   fix      {fix}; then {(report.IsCorrect ? $"all {report.Checked} slopes agree" : $"STILL WRONG: {report}")}");
        output.WriteLine();
    }

    private static Tensor Row(params ReadOnlySpan<double> values) => Tensor.From(values, [1, values.Length]);

    /// <summary>Broken: y = h · W, with ∂L/∂W = xᵀ · ∂L/∂y for the network's input x, the same for each hidden value.</summary>
    private sealed class InputTimesDeltaOperation(Tensor x) : BinaryOperation
    {
        private Tensor _w = null!;

        protected override Tensor Forward(Tensor a, Tensor b)
        {
            _w = Save(b);
            return a.MatMul(b);
        }

        protected override (Tensor? A, Tensor? B) Backward(Tensor gradient) => (gradient.MatMul(_w.Transpose()), x.Transpose().MatMul(gradient).BroadcastTo(_w.Shape));
    }

    /// <summary>Broken: L = Σ (y − t)² / n, with ∂L/∂y = y − t.</summary>
    private sealed class SlopeWithoutFactorOperation(Tensor target) : UnaryOperation
    {
        private Tensor _y = null!;

        protected override Tensor Forward(Tensor x)
        {
            _y = Save(x);
            return (x - target).Pow(2).Mean();
        }

        protected override Tensor Backward(Tensor gradient) => gradient * (_y - target);
    }

    /// <summary>Broken: what the book's <c>dout[self.mask] = 0</c> does.</summary>
    private sealed class OverwritingReluOperation : UnaryOperation
    {
        private bool[] _mask = [];

        protected override Tensor Forward(Tensor x)
        {
            _mask = [.. x.ToDoubles().Select(value => value <= 0)];
            return x.Relu();
        }

        protected override Tensor Backward(Tensor gradient)
        {
            Span<double> dout = gradient.AsSpan<double>();
            for (int i = 0; i < dout.Length; i++)
            {
                if (_mask[i]) dout[i] = 0;
            }
            return gradient;
        }
    }

    /// <summary>Broken: the mean probability of the true class, Σ t · p / n, with the labels in the place of the predictions: Σ t · t / n.</summary>
    private sealed class SelfAccuracyOperation(Tensor t) : UnaryOperation
    {
        protected override Tensor Forward(Tensor x) => (t * t).Sum() / x.Shape[0];

        protected override Tensor Backward(Tensor gradient) => gradient * t / t.Shape[0];
    }
}
