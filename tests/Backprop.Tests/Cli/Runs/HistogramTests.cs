using Backprop.Cli.Runs;

namespace Backprop.Tests;

public class HistogramTests
{
    [Fact]
    public void Of_Numbers_CountsEachInItsBin()
    {
        Histogram histogram = Of(-1, -0.99, 0, 0, 0.5, 2);
        Assert.Equal((-1, 2, 6, 2), (histogram.Min, histogram.Max, histogram.Count, histogram.Zeros));
        Assert.Equal(0.51, histogram.Sum, 1e-6);
        Assert.Equal(1 + 0.9801 + 0.25 + 4, histogram.SumOfSquares, 1e-6);
        Assert.Equal([(0, 2L), (10, 2L), (15, 1L), (29, 1L)], Filled(histogram)); // bins are 0.1 wide
        Assert.Equal((-1, 0, 2), (histogram.Edge(0), histogram.Edge(10), histogram.Edge(Histogram.Bins)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3.5)]
    public void Of_EqualNumbers_IsOneBin(double value)
    {
        Histogram histogram = Of(value, value, value);
        Assert.Equal((value, value, 3, value == 0 ? 3 : 0), (histogram.Min, histogram.Max, histogram.Count, histogram.Zeros));
        Assert.Equal([(0, 3L)], Filled(histogram));
    }

    [Fact]
    public void Of_NumbersThatAreNotFinite_LeavesThemOut()
    {
        Histogram histogram = Of(double.NaN, 1, double.PositiveInfinity, 2, double.NegativeInfinity);
        Assert.Equal((1, 2, 2), (histogram.Min, histogram.Max, histogram.Count));
        Assert.Equal(0, Of(double.NaN).Count);
    }

    [Theory]
    [InlineData(float.MaxValue)] // the range is infinite
    [InlineData(float.Epsilon)] // a bin's width is 0
    public void Of_ExtremeNumbers_LosesNone(float most) => Assert.Equal(3, Of(-most, 0, most).Count);

    [Fact]
    public void Of_Float64_IsTheSame() => Assert.Equal(Of(1, 2, 4).Counts, Histogram.Of(HistogramKind.Weight, "w", Tensor.From<double>([1, 2, 4])).Counts);

    private static Histogram Of(params double[] numbers) => Histogram.Of(HistogramKind.Weight, "w", Tensor.From<float>([.. numbers.Select(number => (float)number)]));

    private static IEnumerable<(int, long)> Filled(Histogram histogram) => histogram.Counts.Index().Where(bin => bin.Item > 0);
}
