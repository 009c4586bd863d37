namespace Backprop.Tests;

/// <summary>Metrics against numbers worked out by hand.</summary>
public class MetricsTests
{
    private static readonly float[] s_scores =
    [
        0.1f, 0.7f, 0.2f,  // says 1
        0.5f, 0.3f, 0.2f,  // says 0, then 1
        0.2f, 0.3f, 0.5f,  // says 2, then 1
        0.4f, 0.4f, 0.2f,  // a tie of 0 and 1: the first counts
    ];

    private static readonly Tensor s_prediction = Tensor.From(s_scores, [4, 3]);

    [Fact]
    public void Accuracy_ByHand()
    {
        var accuracy = new Accuracy();
        accuracy.Add(s_prediction, Tensor.From([1L, 1L, 2L, 1L]));
        Assert.Equal(0.5, accuracy.Value);
        accuracy.Add(s_prediction, Tensor.From([1, 0, 2, 0]));
        Assert.Equal(0.75, accuracy.Value);
        accuracy.Reset();
        Assert.True(double.IsNaN(accuracy.Value));
    }

    [Fact]
    public void Accuracy_BatchesOfDifferentSizes_CountByExample()
    {
        var accuracy = new Accuracy();
        accuracy.Add(s_prediction, Tensor.From([1, 0, 2, 0]));
        accuracy.Add(Tensor.From([1.0, 0.0], [1, 2]), Tensor.From([1]));
        Assert.Equal(0.8, accuracy.Value);
    }

    [Fact]
    public void Accuracy_Probabilities_TheirGreatestIsTrue()
    {
        var accuracy = new Accuracy();
        accuracy.Add(s_prediction, Tensor.From([0f, 1, 0, /**/ 1, 0, 0, /**/ 1, 0, 0, /**/ 0.6f, 0.4f, 0], [4, 3]));
        Assert.Equal(0.75, accuracy.Value);
    }

    [Fact]
    public void Accuracy_NaN_IsNeverRight()
    {
        var accuracy = new Accuracy();
        accuracy.Add(Tensor.From([float.NaN, float.NaN, 1, float.NaN], [2, 2]), Tensor.From([0, 0]));
        Assert.Equal(0, accuracy.Value);
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 1.0)]
    [InlineData(3, 1.0)]
    public void TopK_ByHand(int k, double expected)
    {
        var topK = new TopK(k);
        topK.Add(s_prediction, Tensor.From([1L, 1L, 2L, 1L]));
        Assert.Equal(expected, topK.Value);
        Assert.Equal($"top-{k}", topK.Name);
    }

    [Fact]
    public void ConfusionMatrix_ByHand()
    {
        var matrix = new ConfusionMatrix(3);
        matrix.Add(s_prediction, Tensor.From([1L, 1L, 2L, 1L]));
        Assert.Equal([0, 0, 0, 2, 1, 0, 0, 0, 1], Enumerable.Range(0, 9).Select(i => matrix[i / 3, i % 3]));
        Assert.Equal(0.5, matrix.Value);
        Assert.Equal(1, matrix.Precision(1));
        Assert.Equal(1.0 / 3, matrix.Recall(1));
        Assert.True(double.IsNaN(matrix.Recall(0)));
        Assert.Equal(["true     0   1   2", "0        0   0   0", "1        2   1   0", "2        0   0   1"], matrix.ToString().Split(Environment.NewLine));
    }

    [Fact]
    public void Errors_ByHand()
    {
        Tensor prediction = Tensor.From([1.0, 2, 5]), target = Tensor.From([2.0, 2, 3]);
        (MeanAbsoluteError mae, RootMeanSquareError rmse, var huber) = (new MeanAbsoluteError(), new RootMeanSquareError(), new LossMetric("mse", Losses.Mse));
        foreach (Metric metric in new Metric[] { mae, rmse, huber })
        {
            metric.Add(prediction, target);
            metric.Add(Tensor.From([0.0]), Tensor.From([3.0])); // the root is taken at the end, over all four
        }
        Assert.Equal((1 + 0 + 2 + 3) / 4.0, mae.Value);
        Assert.Equal(Math.Sqrt((1 + 0 + 4 + 9) / 4.0), rmse.Value, 1e-15);
        Assert.Equal((1 + 0 + 4 + 9) / 4.0, huber.Value, 1e-15);
    }

    [Fact]
    public void Accuracy_LabelOutOfRange_IsNamed()
    {
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => new Accuracy().Add(s_prediction, Tensor.From([0L, 1, 3, 0]))).Message;
        Assert.StartsWith("The label 3 at position 2 is not one of the 3 classes, 0 to 2", message);
    }

    [Theory]
    [InlineData(DType.Float32, "these targets (Float32) do not fit the scores")]
    [InlineData(DType.Int64, "these targets (Int64) do not fit the scores")]
    public void Accuracy_TargetsThatDoNotFit_AreRefused(DType dtype, string problem)
    {
        string message = Assert.Throws<ShapeException>(() => new Accuracy().Add(s_prediction, Tensor.Zeros([3], dtype))).Message;
        Assert.StartsWith($"Accuracy: {problem}.", message);
        Assert.Contains("[4, 3]", message);
        Assert.Contains("[3]", message);
    }

    [Fact]
    public void Rmse_ShapesThatWouldBroadcast_AreRefused() =>
        Assert.Throws<ShapeException>(() => new RootMeanSquareError().Add(Tensor.Zeros([4, 1]), Tensor.Zeros([4])));
}
