namespace Backprop.Cli.Figures;

/// <summary>Every activation that works element by element, with its derivative as the backward pass has it.</summary>
internal static class ActivationCurves
{
    private const double Reach = 4, Low = -1.5, High = 2.5;
    private const double Jump = 0.15; // between neighbouring points; the steepest smooth slope, SELU's, changes by 0.12

    /// <summary>The layers, with the names that are written above.</summary>
    public static IReadOnlyList<(string Name, Module Layer)> All { get; } =
    [
        ("ReLU", new Relu()), ("Leaky ReLU, slope 0.1", new LeakyRelu(0.1)), ("ELU", new Elu()), ("SELU", new Selu()), ("GELU", new Gelu()), ("SiLU (swish)", new Silu()),
        ("Sigmoid", new Sigmoid()), ("Tanh", new Tanh()), ("Softplus", new Softplus()), ("Hard sigmoid", new HardSigmoid()), ("Hard swish", new HardSwish()),
    ];

    public static Figure Create() => new("Every activation function with its derivative", 3, [.. All.Select(PanelOf)], PanelWidth: 165, PanelHeight: 120);

    private static Panel PanelOf((string Name, Module Layer) activation)
    {
        double[] xs = [.. Curve.Over(-Reach, Reach, x => x).Select(point => point.X)];
        Tensor x = Tensor.From(xs).RequireGradient(), y = activation.Layer.Forward(x);
        Tensor slopes = y.Sum().Backward()[x]; // each y depends on its own x alone
        return new Panel(activation.Name, new Axis("x", -Reach, Reach), new Axis("", Low, High),
        [
            new Line(Look.First, "y, the activation", [.. xs.Zip(y.ToArray<double>())]),
            new Line(Look.Second, "∂y/∂x, its derivative", [.. Broken(xs.Zip(slopes.ToArray<double>()))]),
        ]);
    }

    /// <summary>The same points, with a gap where a slope jumps, as it does at a kink.</summary>
    private static IEnumerable<(double X, double Y)> Broken(IEnumerable<(double X, double Y)> slopes)
    {
        double last = double.NaN;
        foreach ((double x, double y) in slopes)
        {
            if (Math.Abs(y - last) > Jump) yield return (x, double.NaN);
            yield return (x, last = y);
        }
    }
}
