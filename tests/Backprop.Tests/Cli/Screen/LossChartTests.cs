using Backprop.Cli.Screen;

namespace Backprop.Tests;

public class LossChartTests
{
    [Fact]
    public void StraightLine_HasItsAxes_AndTheValidationInItsPlace()
    {
        var chart = new LossChart();
        for (int i = 0; i <= 400; i++) chart.Train(i / 100.0, 4 - 0.75 * i / 100.0);
        chart.Validate(2, 2);
        string[] lines = chart.Draw(4, 40, 16, unicode: false, color: false);
        Assert.Equal(16, lines.Length);
        Assert.Equal("  loss   .. training   o validation", lines[0]);
        Assert.Equal(["4", "3", "2", "1", "0"], lines[1..14].Where(line => char.IsDigit(line[0])).Select(line => line[..1]));
        Assert.Equal('o', lines.Single(line => line.StartsWith("2 +", StringComparison.Ordinal))[3 + 30 / 2]);
        Assert.EndsWith(" epochs", lines[14]);
        Assert.Equal(["0", "2", "4"], lines[15].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Characters_AreBraille_OrPlain()
    {
        var chart = new LossChart();
        chart.Train(0, 1);
        chart.Train(1, 0.5);
        Assert.All(string.Concat(chart.Draw(1, 50, 10, unicode: false, color: false)), character => Assert.InRange(character, ' ', '~'));
        Assert.Contains(string.Concat(chart.Draw(1, 50, 10, unicode: true, color: false)), character => character is > '\u2800' and <= '\u28FF');
    }

    [Fact]
    public void LossesOfManyMagnitudes_GetALogarithmicAxis()
    {
        var chart = new LossChart();
        for (int i = 0; i < 100; i++) chart.Train(i / 100.0, Math.Pow(10, -4 * i / 100.0));
        string[] lines = chart.Draw(1, 80, 16, unicode: false, color: false);
        Assert.Contains("loss (log)", lines[0]);
        Assert.Equal(5, lines.Count(line => line.Contains(" +", StringComparison.Ordinal) && !line.Contains("--", StringComparison.Ordinal))); // 1 to 1e-4
    }

    [Theory]
    [InlineData(40, 7)]
    [InlineData(60, 12)]
    [InlineData(200, 40)]
    public void Lines_AreAsManyAsAskedFor_AndNoWider(int width, int height)
    {
        var chart = new LossChart();
        for (int i = 0; i < 5000; i++) chart.Train(i / 50.0, 1e5 / (1 + i));
        chart.Train(50, double.NaN);
        chart.Train(50, double.PositiveInfinity);
        chart.Validate(100, 3e5);
        foreach (bool unicode in new[] { true, false })
        {
            string[] lines = chart.Draw(100, width, height, unicode, color: false);
            Assert.Equal(height, lines.Length);
            Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-3.0)]
    [InlineData(1e-9)]
    public void OneValue_HasAnAxisToo(double loss)
    {
        var chart = new LossChart();
        Assert.True(chart.IsEmpty);
        chart.Train(0.5, loss);
        Assert.False(chart.IsEmpty);
        Assert.Single(string.Concat(chart.Draw(1, 60, 10, unicode: true, color: false)), character => character is > '\u2800' and <= '\u28FF' and not '⠤');
    }

    [Fact]
    public void Curve_OfAMillionPoints_KeepsAThousand_AndTheirMeans()
    {
        var curve = new LossCurve();
        for (int i = 0; i < 1_000_000; i++) curve.Add(i, i % 2);
        Assert.InRange(curve.Points.Count, 256, 1024);
        Assert.All(curve.Points, point => Assert.Equal(0.5, point.Y, 12));
        Assert.Equal(curve.Points.Select(point => point.X).Order(), curve.Points.Select(point => point.X));
    }
}
