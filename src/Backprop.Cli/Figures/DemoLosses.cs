using Backprop.Examples;

namespace Backprop.Cli.Figures;

/// <summary>How the loss of each demo that trains falls: the demos themselves are run.</summary>
internal static class DemoLosses
{
    private const int CnnWindow = 100; // steps

    public static Figure Create()
    {
        (double, double)[] whole = Curve.Of(Neuron.Train(loss => loss).Select(epoch => epoch.Loss)), halved = Curve.Of(Neuron.Train(loss => loss / 2).Select(epoch => epoch.Loss));
        return new Figure("The falling loss of each demo that trains", 2,
        [
            PanelOf("neuron", "epoch", 1e-6, 0.1, new Line(Look.First, "the demo's own", whole), new Line(Look.Second, "with the tutorial's slope, of loss / 2", halved)),
            PanelOf("three-neurons", "epoch", 1e-6, 1, [.. Enumerable.Range(0, ThreeNeurons.Starts).Select(start => new Line(Look.First, null, Curve.Of(ThreeNeurons.Train(start).Select(epoch => epoch.Loss)), IsThin: true))]),
            PanelOf("fit", "epoch", 1e-6, 1, new Line(Look.First, null, Curve.Of(Fit.Train().Select(epoch => epoch.Loss)))),
            PanelOf("cnn, means of 100 steps", "step", 0.1, 10, new Line(Look.First, null, [.. Cnn.LossCurve().Select((loss, i) => ((i + 1.0) * CnnWindow, loss))])),
        ], PanelWidth: 260, PanelHeight: 150);
    }

    private static Panel PanelOf(string name, string unit, double low, double high, params Line[] lines) =>
        new(name, new Axis(unit, 0, lines.Max(line => line.Points[^1].X)), new Axis("loss", low, high, IsLogarithmic: true), lines);
}
