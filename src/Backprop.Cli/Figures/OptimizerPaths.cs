namespace Backprop.Cli.Figures;

/// <summary>How optimizers go down a bowl that is steep one way and flat the other: <c>f = x²/20 + y²</c> from (−7, 2).</summary>
/// <remarks>The function, the start and the rates of SGD, momentum, AdaGrad and Adam are those of the book.</remarks>
internal static class OptimizerPaths
{
    private const int Steps = 30;
    private static readonly double[] s_start = [-7, 2];

    public static IReadOnlyList<(string Name, Func<Parameter, Optimizer> Create)> All { get; } =
    [
        ("SGD, rate 0.95", p => new Sgd([p], 0.95)),
        ("Momentum 0.9, rate 0.1", p => new Sgd([p], 0.1, momentum: 0.9)),
        ("Nesterov 0.9, rate 0.1", p => new Sgd([p], 0.1, momentum: 0.9, nesterov: true)),
        ("AdaGrad, rate 1.5", p => new Adagrad([p], 1.5)),
        ("RMSprop, rate 0.3", p => new RmsProp([p], 0.3, alpha: 0.9)),
        ("Adam, rate 0.3", p => new Adam([p], 0.3)),
    ];

    public static Figure Create() => new("The paths of six optimizers on an elongated bowl", 2,
        [.. All.Select((optimizer, i) => PanelOf(optimizer.Name, Path(optimizer.Create), isLast: i >= All.Count - 2))], PanelWidth: 260, PanelHeight: 130);

    /// <summary>The points of 30 steps.</summary>
    public static IReadOnlyList<(double X, double Y)> Path(Func<Parameter, Optimizer> create)
    {
        var place = new Parameter(Tensor.From(s_start), "place");
        Optimizer optimizer = create(place);
        Tensor steepness = Tensor.From([1.0 / 20, 1.0]);
        var points = new List<(double, double)> { (s_start[0], s_start[1]) };
        for (int step = 0; step < Steps; step++)
        {
            optimizer.Step((steepness * place * place).Sum().Backward());
            points.Add((place.At(0), place.At(1)));
        }
        return points;
    }

    private static Panel PanelOf(string name, IReadOnlyList<(double X, double Y)> path, bool isLast) => new(name, new Axis(isLast ? "x" : "", -10, 10), new Axis("y", -4, 4),
    [
        .. new[] { 0.1, 0.5, 1, 2, 4, 7, 11 }.Select(height => new Line(Look.Faint, "lines of equal height of x²/20 + y²", Ellipse(height))),
        new Line(Look.First, "the way of 30 steps", path),
        new Dots(Look.First, null, path),
        new Dots(Look.Second, "the lowest point", [(0, 0)]),
    ]);

    private static (double X, double Y)[] Ellipse(double height) =>
        [.. Curve.Over(0, 2 * Math.PI, angle => angle, segments: 48).Select(point => (Math.Sqrt(20 * height) * Math.Cos(point.X), Math.Sqrt(height) * Math.Sin(point.X)))];
}
