using System.Globalization;

namespace Backprop.Cli.Figures;

/// <summary>What comes out of each of five layers before any training, by the way their weights begin: saturated, all alike, or spread as they should be.</summary>
/// <remarks>1,000 rows of 100 standard normal numbers through layers of 100 without bias: the experiment of the book, after X. Glorot, Y. Bengio (2010) and K. He et al. (2015).</remarks>
internal static class InitialActivations
{
    private const int Rows = 1000, Width = 100, Bins = 30;
    private const double MostShare = 0.35;

    public const int Depth = 5;

    public static IReadOnlyList<(string Name, Initializer Weights, Func<Tensor, Tensor> Activation, double From, double To)> All { get; } =
    [
        ("Sigmoid, deviation 1", Initializers.Normal(0, 1), x => x.Sigmoid(), 0, 1),
        ("Sigmoid, deviation 0.01", Initializers.BookNormal, x => x.Sigmoid(), 0, 1),
        ("Sigmoid, Xavier", Initializers.BookXavier, x => x.Sigmoid(), 0, 1),
        ("ReLU, deviation 0.01", Initializers.BookNormal, x => x.Relu(), 0, 2),
        ("ReLU, Xavier", Initializers.BookXavier, x => x.Relu(), 0, 2),
        ("ReLU, He", Initializers.BookHe, x => x.Relu(), 0, 2),
    ];

    public static Figure Create() => new("Histograms of the activations of five layers, for six ways to begin their weights", Depth,
        [.. All.SelectMany((way, row) => Layers(way.Weights, way.Activation).Select((layer, column) => new Panel(
            column == 0 ? way.Name : "",
            new Axis(row == All.Count - 1 ? $"activation, layer {column + 1}" : "", way.From, way.To), new Axis(column == 0 ? "share" : "", 0, MostShare),
            [new Bars(Look.First, string.Create(CultureInfo.InvariantCulture, $"share of the activations; what is above {MostShare} is cut off"), way.From, way.To, Shares(layer, way.From, way.To))])))], PanelWidth: 84, PanelHeight: 66);

    /// <summary>The activations of each layer.</summary>
    public static IEnumerable<double[]> Layers(Initializer weights, Func<Tensor, Tensor> activation)
    {
        var random = new RandomSource(1);
        Tensor x = Tensor.Normal([Rows, Width], random);
        for (int layer = 0; layer < Depth; layer++)
        {
            var linear = new Linear(Width, Width, bias: false, random: random);
            weights(linear.Weight, random);
            x = activation(linear.Predict(x));
            yield return [.. x.ToArray<float>().Select(value => (double)value)];
        }
    }

    private static double[] Shares(double[] values, double from, double to)
    {
        double[] shares = new double[Bins];
        foreach (double value in values)
        {
            if (value <= to) shares[Math.Min(Bins - 1, (int)((value - from) / (to - from) * Bins))] += 1.0 / values.Length;
        }
        return shares;
    }
}
