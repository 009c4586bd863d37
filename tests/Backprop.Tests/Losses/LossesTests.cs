namespace Backprop.Tests;

public class LossesTests
{
    private static Tensor Normal(Shape shape, int seed) => Tensor.Normal(shape, new RandomSource(seed), 0, 1, DType.Float64);

    private static Tensor Probabilities(Shape shape, int seed) => Tensor.Uniform(shape, new RandomSource(seed), 0.1, 0.9, DType.Float64);

    public static TheoryData<Reduction> Reductions => [Reduction.None, Reduction.Sum, Reduction.Mean, Reduction.BatchMean];

    [Theory, MemberData(nameof(Reductions))]
    public void Loss_Pointwise_MatchesCentralDifferencesInInputAndTarget(Reduction reduction)
    {
        foreach (Func<Tensor, Tensor, Tensor> loss in new Func<Tensor, Tensor, Tensor>[]
        {
            (x, t) => Losses.Mse(x, t, reduction), (x, t) => Losses.L1(x, t, reduction), (x, t) => Losses.SmoothL1(x, t, 0.7, reduction), (x, t) => Losses.SmoothL1(x, t, 0, reduction),
            (x, t) => Losses.Huber(x, t, 0.7, reduction), (x, t) => Losses.BceWithLogits(x, t, reduction: reduction), (x, t) => Losses.KlDiv(x, t, logTarget: true, reduction),
        })
        {
            GradientCheck.AssertCorrect(x => loss(x[0], x[1]), [Normal([3, 7], 1), Normal([3, 7], 2)]);
        }
        GradientCheck.AssertCorrect(x => Losses.Bce(x[0], x[1], reduction: reduction), [Probabilities([3, 7], 3), Probabilities([3, 7], 4)]);
        GradientCheck.AssertCorrect(x => Losses.Bce(x[0], x[1], x[2], reduction), [Probabilities([3, 7], 3), Probabilities([3, 7], 4), Probabilities([7], 5)]);
        GradientCheck.AssertCorrect(
            x => Losses.BceWithLogits(x[0], x[1], x[2], x[3], reduction), [Normal([3, 7], 3), Probabilities([3, 7], 4), Probabilities([7], 5), Probabilities([3, 1], 6)]);
        GradientCheck.AssertCorrect(x => Losses.KlDiv(x[0], x[1], logTarget: false, reduction), [Normal([3, 7], 5), Probabilities([3, 7], 6)]);
    }

    [Theory, MemberData(nameof(Reductions))]
    public void Loss_OfClasses_MatchesCentralDifferences(Reduction reduction)
    {
        Tensor weights = Probabilities([4], 1);
        foreach (Shape shape in new Shape[] { [6, 4], [2, 4, 3], [2, 4, 2, 3] })
        {
            Shape positions = shape[..1].Concat(shape[2..]);
            Tensor labels = Tensor.Generate(positions, DType.Int64, i => i == 2 ? -100 : i * 7 % 4), probabilities = Probabilities(shape, 2);
            foreach (Tensor? weight in new[] { null, weights })
            {
                foreach (double smoothing in new[] { 0, 0.2 })
                {
                    GradientCheck.AssertCorrect(x => Losses.CrossEntropy(x[0], labels, weight, labelSmoothing: smoothing, reduction: reduction), [Normal(shape, 3)]);
                    GradientCheck.AssertCorrect(x => Losses.CrossEntropy(x[0], probabilities, weight, labelSmoothing: smoothing, reduction: reduction), [Normal(shape, 4)]);
                }
                GradientCheck.AssertCorrect(x => Losses.Nll(x[0], labels, weight, reduction: reduction), [Normal(shape, 5)]);
            }
        }
    }

    [Fact]
    public void Loss_WithoutSettings_FitsTheTrainersDelegate()
    {
        Func<Tensor, Tensor, Tensor>[] losses =
            [Losses.CrossEntropy, Losses.Nll, Losses.Mse, Losses.L1, Losses.SmoothL1, Losses.Huber, Losses.Bce, Losses.BceWithLogits, Losses.KlDiv];
        Assert.Equal(9, losses.Length);
        Assert.Equal(Math.Log(10), losses[0](Tensor.Zeros([5, 10], DType.Float64), Tensor.Zeros([5], DType.Int32)).Item(), 1e-14);
    }

    [Fact]
    public void CrossEntropy_OfLogits_IsNllOfLogSoftmax()
    {
        Tensor x = Normal([5, 7, 3], 1), labels = Tensor.Generate([5, 3], DType.Int32, i => i % 7), weights = Probabilities([7], 2);
        Assert.Equal(Losses.Nll(x.LogSoftmax(1), labels, weights).Item(), Losses.CrossEntropy(x, labels, weights).Item(), 1e-12);
    }

    [Fact]
    public void CrossEntropy_OneHotProbabilities_AreTheLabels()
    {
        Tensor x = Normal([5, 7], 1), labels = Tensor.Generate([5], DType.Int64, i => i), oneHot = Tensor.Generate([5, 7], DType.Float64, i => i / 7 == i % 7 ? 1 : 0);
        foreach (double smoothing in new[] { 0, 0.1 })
            Assert.Equal(Losses.CrossEntropy(x, labels, labelSmoothing: smoothing).Item(), Losses.CrossEntropy(x, oneHot, labelSmoothing: smoothing).Item(), 1e-12);
    }

    [Fact]
    public void CrossEntropy_HugeLogits_IsExact()
    {
        Tensor x = Tensor.From<float>([1e4f, 0, -1e4f], [1, 3]).RequireGradient();
        Tensor loss = Losses.CrossEntropy(x, Tensor.From<int>(2));
        Assert.Equal(2e4, loss.Item());
        Assert.Equal([1, 0, -1], loss.Backward()[x].ToArray<float>());
    }

    [Fact]
    public void CrossEntropy_MaskedClass_CostsNothingWhereTheTargetIsZero()
    {
        Tensor x = Tensor.From<double>([double.NegativeInfinity, 0, 0], [1, 3]);
        Assert.Equal(Math.Log(2), Losses.CrossEntropy(x, Tensor.From<double>([0, 0.5, 0.5], [1, 3])).Item(), 1e-15);
    }

    [Fact]
    public void CrossEntropy_EverythingIgnored_IsNotANumberAsInPyTorch()
    {
        Tensor x = Normal([2, 3], 1).RequireGradient(), labels = Tensor.Full([2], -100, DType.Int64);
        Assert.True(double.IsNaN(Losses.CrossEntropy(x, labels).Item()));
        Tensor sum = Losses.CrossEntropy(x, labels, reduction: Reduction.Sum);
        Assert.Equal(0, sum.Item());
        Assert.Equal(new double[6], sum.Backward()[x].ToArray<double>());
    }

    [Fact]
    public void CrossEntropy_IgnoredRowOfNaN_HasNoGradient()
    {
        Tensor x = Tensor.From<double>([double.NaN, 1, 2, 3], [2, 2]).RequireGradient();
        Assert.Equal([0, 0], Losses.CrossEntropy(x, Tensor.From<int>(7, 1), ignoreIndex: 7).Backward()[x].ToArray<double>()[..2]);
    }

    [Fact]
    public void CrossEntropy_Unbatched_IsABatchOfOne()
    {
        Tensor x = Tensor.From<double>(1, 2, 3);
        Assert.Equal(Losses.CrossEntropy(Tensor.From<double>([1, 2, 3], [1, 3]), Tensor.From<int>(1)).Item(), Losses.CrossEntropy(x, Tensor.Scalar(1, DType.Int32)).Item());
    }

    [Fact]
    public void CrossEntropy_InAStepScope_IsThatWithoutOne()
    {
        Tensor x = Normal([500, 10], 1).RequireGradient(), labels = Tensor.Generate([500], DType.Int64, i => i % 10);
        Tensor loss = Losses.CrossEntropy(x, labels, labelSmoothing: 0.1);
        double[] expected = loss.Backward()[x].ToArray<double>();
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++)
        {
            using StepScope scope = memory.Begin();
            Tensor again = Losses.CrossEntropy(x, labels, labelSmoothing: 0.1);
            using (Autograd.NoGradient()) Assert.Equal(loss.Item(), Losses.CrossEntropy(x, labels, labelSmoothing: 0.1).Item());
            Assert.Equal(loss.Item(), again.Item());
            Assert.Equal(expected, again.Backward()[x].ToArray<double>());
        }
    }

    [Theory]
    [InlineData(10, "subtract 1")]
    [InlineData(12, "too few outputs")]
    [InlineData(-1, "ignoreIndex")]
    public void CrossEntropy_LabelOutOfRange_NamesPositionValueClassesAndRemedy(int label, string remedy)
    {
        Tensor labels = Tensor.From<long>([0, 1, 2, label], [2, 2]);
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => Losses.CrossEntropy(Tensor.Zeros([2, 10, 2]), labels)).Message;
        Assert.StartsWith($"CrossEntropy: label {label} at [1, 1] names no class.", message);
        Assert.Contains("10 classes", message);
        Assert.Contains(remedy, message);
    }

    [Fact]
    public void CrossEntropy_LabelsAsFloats_AreToldFromProbabilities()
    {
        Assert.Contains("To(DType.Int64)", Assert.Throws<ShapeException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10]), Tensor.Zeros([4]))).Message);
        Assert.Contains("probabilities of the logits' shape", Assert.Throws<ShapeException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10]), Tensor.Zeros([4, 9]))).Message);
        Assert.Contains("To(DType.Float32)", Assert.Throws<ArgumentException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10]), Tensor.Zeros([4, 10], DType.Float64))).Message);
        Assert.Contains("Detach()", Assert.Throws<NotSupportedException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10]), Tensor.Zeros([4, 10]).RequireGradient())).Message);
        Assert.Contains("To(DType.Int64)", Assert.Throws<ArgumentException>(() => Losses.Nll(Tensor.Zeros([4, 10]), Tensor.Zeros([4]))).Message);
    }

    [Fact]
    public void CrossEntropy_OneHotIntegers_AreTold() =>
        Assert.Contains("ArgMax(1)", Assert.Throws<ShapeException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10]), Tensor.Zeros([4, 10], DType.Int64))).Message);

    [Fact]
    public void CrossEntropy_ShapesThatDoNotFit_ShowBothAndTheRemedy()
    {
        string message = Assert.Throws<ShapeException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10]), Tensor.Zeros([4, 1], DType.Int64))).Message;
        Assert.Contains("[4, 10]", message);
        Assert.Contains("[4, 1]", message);
        Assert.Contains("Reshape([4])", message);
        Assert.Contains("[10]", Assert.Throws<ShapeException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10]), Tensor.Zeros([4], DType.Int64), Tensor.Ones([9]))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10]), Tensor.Zeros([4], DType.Int64), labelSmoothing: 1.5));
        Assert.Throws<NotSupportedException>(() => Losses.CrossEntropy(Tensor.Zeros([4, 10], DType.Int32), Tensor.Zeros([4], DType.Int64)));
        Assert.Throws<ShapeException>(() => Losses.CrossEntropy(Tensor.Scalar(1), Tensor.Scalar(1, DType.Int64)));
    }

    [Fact]
    public void Mse_ShapesThatDiffer_AreNotBroadcast()
    {
        Assert.Contains("Reshape([4, 1])", Assert.Throws<ShapeException>(() => Losses.Mse(Tensor.Zeros([4, 1]), Tensor.Zeros([4]))).Message);
        Assert.Contains("To(DType.Float32)", Assert.Throws<ArgumentException>(() => Losses.Mse(Tensor.Zeros([4]), Tensor.Zeros([4], DType.Int64))).Message);
    }

    [Fact]
    public void Bce_InputThatIsNoProbability_IsNamed() => Assert.Contains("[0, 2]",
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Bce(Tensor.From<float>([0, 1, 1.5f], [1, 3]), Tensor.Zeros([1, 3]))).Message);

    [Fact]
    public void Bce_WeightsLargerThanTheInput_AreRefused() =>
        Assert.Contains("broadcast to the input", Assert.Throws<ShapeException>(() => Losses.Bce(Tensor.Ones([3]), Tensor.Ones([3]), Tensor.Ones([2, 3]))).Message);

    [Fact]
    public void Bce_CertainAndWrong_StaysFinite()
    {
        Tensor x = Tensor.From<float>(0, 1).RequireGradient();
        Tensor loss = Losses.Bce(x, Tensor.From<float>(1, 0), reduction: Reduction.Sum);
        Assert.Equal(200, loss.Item());
        Assert.All(loss.Backward()[x].ToArray<float>(), slope => Assert.True(float.IsFinite(slope)));
    }

    [Fact]
    public void BceWithLogits_Extremes_StayExact()
    {
        Tensor x = Tensor.From<float>(1e4f, -1e4f, 30, -30).RequireGradient(), target = Tensor.From<float>(0, 1, 1, 0);
        Tensor loss = Losses.BceWithLogits(x, target, reduction: Reduction.None);
        float tiny = MathF.Exp(-30); // which 1 + e^−30 alone would round away
        Assert.Equal([1e4f, 1e4f, tiny, tiny], loss.ToArray<float>(), (a, b) => Math.Abs(a - b) <= 1e-6 * b);
        Assert.Equal([1, -1], loss.Backward(Tensor.Ones([4]))[x].ToArray<float>()[..2]);
    }

    [Fact]
    public void KlDiv_TargetOfZero_AddsNothing()
    {
        Tensor x = Tensor.From<double>([Math.Log(0.5), double.NegativeInfinity], [1, 2]).RequireGradient(), target = Tensor.From<double>([1, 0], [1, 2]).RequireGradient();
        Tensor loss = Losses.KlDiv(x, target, logTarget: false, Reduction.BatchMean);
        Assert.Equal(Math.Log(2), loss.Item(), 1e-15);
        Gradients gradients = loss.Backward();
        Assert.Equal([-1, 0], gradients[x].ToArray<double>());
        Assert.Equal(0, gradients[target].At(0, 1));
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(7), InlineData(1023), InlineData(1024), InlineData(1025), InlineData(5003)]
    public void Mse_AnySize_IsThePlainFormula(int count)
    {
        Tensor x = Tensor.Normal([count], new RandomSource(1), 3), t = Tensor.Normal([count], new RandomSource(2));
        double expected = x.ToArray<float>().Zip(t.ToArray<float>(), (a, b) => ((double)a - b) * ((double)a - b)).Sum();
        Assert.Equal(expected, Losses.Mse(x, t, Reduction.Sum).Item(), 1e-6 * expected); // 24 bits
        Assert.Equal(expected / count, Losses.Mse(x, t).Item(), 1e-6 * expected); // 0/0 without elements
        Assert.Equal(x.Shape, Losses.Mse(x, t, Reduction.None).Shape);
    }
}
