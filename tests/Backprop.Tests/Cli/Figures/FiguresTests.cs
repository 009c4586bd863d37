using System.Text.RegularExpressions;
using System.Xml.Linq;
using Backprop.Cli.Figures;

namespace Backprop.Tests;

public sealed partial class FiguresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Figures_AreWritten_EachAWellFormedSmallFile()
    {
        CommandRun run = CommandRun.Of("figures", "--output", _folder["all"]);
        Assert.Equal(0, run.Code);
        string[] files = Directory.GetFiles(_folder["all"]);
        Assert.Equal(["activations.svg", "initialization.svg", "losses.svg", "mse-tangents.svg", "optimizers.svg"], files.Select(Path.GetFileName).Order());
        Assert.All(files, file =>
        {
            Assert.InRange(new FileInfo(file).Length, 1000, 70_000);
            XElement svg = XDocument.Load(file).Root!;
            Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
            Assert.NotEmpty(svg.Elements().Single(element => element.Name.LocalName == "title").Value);
        });
    }

    [Fact]
    public void OneFigure_CanBeNamed_AndAnUnknownNameIsRefused()
    {
        Assert.Equal(0, CommandRun.Of("figures", "optimizers", "--output", _folder["one"]).Code);
        Assert.Equal("optimizers.svg", Path.GetFileName(Assert.Single(Directory.GetFiles(_folder["one"]))));
        CommandRun wrong = CommandRun.Of("figures", "optimisers", "--output", _folder["none"]);
        Assert.Equal(2, wrong.Code);
        Assert.Contains("is called 'optimisers'; did you mean 'optimizers'?", wrong.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["none"]));
    }

    [Theory]
    [InlineData(0.1, 0.16, -0.8)]
    [InlineData(0.8, 0.09, 0.6)]
    [InlineData(0.5, 0, 0)]
    public void Tangents_HaveTheSlopeOfTheSquaredError(double prediction, double loss, double slope)
    {
        Assert.Equal(loss, MseTangents.Tangent(prediction).Loss, 1e-12);
        Assert.Equal(slope, MseTangents.Tangent(prediction).Slope, 1e-12);
    }

    [Fact]
    public void Activations_AreAllThatWorkElementByElement()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "src", "Backprop", "Layers", "Activations.cs"));
        IEnumerable<string> known = LayerClass().Matches(source).Select(match => match.Groups[1].Value).Except(["Softmax", "LogSoftmax"]);
        Assert.Equal(known.Order(), ActivationCurves.All.Select(activation => activation.Layer.GetType().Name).Order());
    }

    [Fact]
    public void ReluSlope_IsBrokenAtItsKink_AndSmoothSlopesAreWhole()
    {
        IReadOnlyList<Panel> panels = ActivationCurves.Create().Panels;
        Assert.Equal(1, Gaps("ReLU"));
        Assert.Equal(1, Gaps("SELU"));
        Assert.Equal(2, Gaps("Hard swish"));
        Assert.All(["Sigmoid", "Tanh", "GELU", "SiLU (swish)", "Softplus", "ELU"], name => Assert.Equal(0, Gaps(name)));

        int Gaps(string name) => ((Line)panels.Single(panel => panel.Title == name).Marks[1]).Points.Count(point => double.IsNaN(point.Y));
    }

    [Fact]
    public void Losses_FallInEveryDemo() => Assert.All(DemoLosses.Create().Panels.SelectMany(panel => panel.Marks).Cast<Line>(), line => Assert.InRange(line.Points[^1].Y, 0, line.Points[0].Y / 2));

    [Fact]
    public void InitialActivations_VanishWithSmallWeights_AndKeepTheirSpreadWithTheRightOnes()
    {
        Assert.InRange(SpreadOfLast("ReLU, deviation 0.01"), 0, 1e-4);
        Assert.InRange(SpreadOfLast("Sigmoid, deviation 0.01"), 0, 0.05);
        Assert.InRange(SpreadOfLast("Sigmoid, deviation 1"), 0.35, 0.5); // at both ends
        Assert.InRange(SpreadOfLast("Sigmoid, Xavier"), 0.05, 0.25);
        Assert.InRange(SpreadOfLast("ReLU, He"), 2 * SpreadOfLast("ReLU, Xavier"), 2);

        static double SpreadOfLast(string name)
        {
            (_, Initializer weights, Func<Tensor, Tensor> activation, _, _) = InitialActivations.All.Single(way => way.Name == name);
            double[] last = InitialActivations.Layers(weights, activation).Last();
            double mean = last.Average();
            return Math.Sqrt(last.Average(value => (value - mean) * (value - mean)));
        }
    }

    [Fact]
    public void OptimizerPaths_BeginWithTheStepThatIsKnown_AndAllComeNearer()
    {
        IReadOnlyList<(double X, double Y)> sgd = OptimizerPaths.Path(p => new Sgd([p], 0.95));
        Assert.Equal((-7, 2), sgd[0]);
        Assert.Equal(-7 + 0.95 * 7 / 10, sgd[1].X, 1e-12); // ∂f/∂x = x/10
        Assert.Equal(2 - 0.95 * 4, sgd[1].Y, 1e-12); // ∂f/∂y = 2y
        Assert.All(OptimizerPaths.All, optimizer =>
        {
            (double x, double y) = OptimizerPaths.Path(optimizer.Create)[^1];
            Assert.InRange(x * x / 20 + y * y, 0, 0.2); // 6.45 at the start
        });
    }

    [Theory]
    [InlineData(0, 1, 5, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(-4, 4, 4, "−4 −2 0 2 4")]
    [InlineData(-0.25, 1.25, 4, "0 0.5 1")]
    [InlineData(0, 3000, 4, "0 1000 2000 3000")]
    public void Ticks_AreRoundNumbersWithinTheAxis(double from, double to, int most, string expected)
    {
        var axis = new Axis("", from, to);
        Assert.Equal(expected, string.Join(' ', axis.Ticks(most).Select(axis.Text)));
    }

    [Fact]
    public void Ticks_OfALogarithmicAxis_ArePowersOfTen()
    {
        var axis = new Axis("", 1e-6, 10, IsLogarithmic: true);
        Assert.Equal("10⁻⁶ 10⁻⁴ 0.01 1", string.Join(' ', axis.Ticks(5).Select(axis.Text)));
        Assert.Equal(0.5, new Axis("", 0.01, 100, IsLogarithmic: true).Place(1), 1e-12);
    }

    [GeneratedRegex(@"public sealed class (\w+)")]
    private static partial Regex LayerClass();
}
