using System.Globalization;

namespace Backprop.Cli.Figures;

/// <summary>The square of an error, and its tangents at two predictions: on either side of the target the slope has the sign that leads back to it.</summary>
internal static class MseTangents
{
    private const double Target = 0.5, From = -0.25, To = 1.25;
    private static readonly double[] s_predictions = [0.1, 0.8];

    public static Figure Create()
    {
        var marks = new List<Mark> { new Line(Look.First, $"loss = (prediction − {Target.ToString(CultureInfo.InvariantCulture)})²", [.. Curve.Over(From, To, p => Loss(p).Item())]) };
        foreach ((double at, Look look) in s_predictions.Zip([Look.Second, Look.Fourth]))
        {
            (double loss, double slope) = Tangent(at);
            string text = string.Create(CultureInfo.InvariantCulture, $"tangent at {at}: slope 2 · ({at} − {Target}) = {slope:0.0}, so the prediction {(slope < 0 ? "rises" : "falls")}").Replace("= -", "= −", StringComparison.Ordinal);
            marks.Add(new Line(look, text, [(From, loss + slope * (From - at)), (To, loss + slope * (To - at))]));
            marks.Add(new Dots(look, null, [(at, loss)]));
        }
        return new Figure("The curve of the squared error with its tangents at two predictions", 1,
            [new Panel("Squared error and its tangents", new Axis("prediction", From, To), new Axis("loss", -0.1, 0.6), marks)], PanelWidth: 480, PanelHeight: 260);
    }

    /// <summary>The loss at a prediction, and its slope there, from the backward pass.</summary>
    public static (double Loss, double Slope) Tangent(double prediction)
    {
        Tensor p = Tensor.Scalar(prediction, DType.Float64).RequireGradient(), loss = Loss(p);
        return (loss.Item(), loss.Backward()[p].Item());
    }

    private static Tensor Loss(double prediction) => Loss(Tensor.Scalar(prediction, DType.Float64));

    private static Tensor Loss(Tensor prediction) => Losses.Mse(prediction, Tensor.Scalar(Target, DType.Float64));
}
