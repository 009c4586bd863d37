namespace Backprop.Tests;

public class SoftmaxOperationTests
{
    [Theory]
    [InlineData(-1), InlineData(0), InlineData(1)]
    public void Softmax_Backward_MatchesCentralDifferences(int axis)
    {
        GradientCheck.AssertCorrect(x => x[0].Softmax(axis), [Tensor.Normal([3, 4, 5], new RandomSource(1), 0, 2, DType.Float64)]);
        GradientCheck.AssertCorrect(x => x[0].LogSoftmax(axis), [Tensor.Normal([3, 4, 5], new RandomSource(2), 0, 2, DType.Float64)]);
    }

    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 3, 10, 1 }, { 500, 10, 1 }, { 7001, 10, 1 }, { 40, 5, 300 }, { 2, 5000, 1 }, { 1, 7, 3 }, { 2, 3, 300 }, { 2, 1, 257 }, { 0, 4, 1 }, { 4, 0, 1 }, { 2, 3, 0 }, { 4, 0, 2 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void Softmax_AnySize_IsThePlainFormula(int outer, int length, int inner)
    {
        Tensor x = Tensor.Normal([outer, length, inner], new RandomSource(3), 0, 5);
        Tensor dy = Tensor.Normal(x.Shape, new RandomSource(4));
        foreach (bool log in new[] { false, true })
        {
            (double[] y, double[] dx) = Plain(x.ToArray<float>(), dy.ToArray<float>(), outer, length, inner, log);
            x.RequireGradient();
            Tensor actual = log ? x.LogSoftmax(1) : x.Softmax(1);
            AssertClose(y, actual);
            AssertClose(dx, actual.Backward(dy)[x]);
        }
    }

    [Fact]
    public void Softmax_LargeLogits_StaysFinite()
    {
        Tensor x = Tensor.From<float>([1e4f, -1e4f, 0, 1e38f, 1e38f, -1e38f], [2, 3]);
        Assert.Equal([1, 0, 0, 0.5f, 0.5f, 0], x.Softmax().ToArray<float>());
        Assert.Equal([0, -2e4f, -1e4f], x.LogSoftmax().ToArray<float>()[..3]);
    }

    [Fact]
    public void Softmax_MinusInfinity_IsAChanceOfZero()
    {
        Tensor x = Tensor.From<double>([double.NegativeInfinity, 0, 0], [1, 3]).RequireGradient();
        Tensor y = x.Softmax();
        Assert.Equal([0, 0.5, 0.5], y.ToArray<double>());
        Assert.Equal(0, y.Backward(Tensor.From<double>([5, 1, 1], [1, 3]))[x].At(0, 0));
    }

    [Fact]
    public void Softmax_AxisThatIsNotThere_IsRefused() =>
        Assert.Contains("no axis 2", Assert.Throws<ShapeException>(() => Tensor.Zeros([2, 3]).Softmax(2)).Message);

    [Fact]
    public void Softmax_Integers_AreRefused() =>
        Assert.Contains("To(DType.Float32)", Assert.Throws<NotSupportedException>(() => Tensor.Zeros([2], DType.Int32).Softmax()).Message);

    private static (double[] Y, double[] Dx) Plain(float[] x, float[] dy, int outer, int length, int inner, bool log)
    {
        double[] y = new double[x.Length], dx = new double[x.Length];
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < inner; i++)
            {
                int[] line = [.. Enumerable.Range(0, length).Select(c => (o * length + c) * inner + i)];
                if (line.Length == 0) continue;
                double max = line.Max(at => x[at]), sum = line.Sum(at => Math.Exp(x[at] - max));
                foreach (int at in line) y[at] = log ? x[at] - max - Math.Log(sum) : Math.Exp(x[at] - max) / sum;
                double dot = line.Sum(at => log ? dy[at] : dy[at] * y[at]);
                foreach (int at in line) dx[at] = log ? dy[at] - Math.Exp(y[at]) * dot : y[at] * (dy[at] - dot);
            }
        }
        return (y, dx);
    }

    private static void AssertClose(double[] expected, Tensor actual)
    {
        float[] values = actual.ToArray<float>();
        for (int i = 0; i < expected.Length; i++) // float32: 24 bits, and sums over a line of up to 5000
            Assert.True(Math.Abs(values[i] - expected[i]) <= 2e-5 * (1 + Math.Abs(expected[i])), $"[{i}] {values[i]}, expected {expected[i]}");
    }
}
