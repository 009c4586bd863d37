using System.Globalization;

namespace Backprop;

/// <summary>A few inputs of a model and what it made of them, by which a file can be tried when it is opened.</summary>
/// <param name="Inputs">[n, ...].</param>
/// <param name="Outputs">What the model gave for them in evaluation, [n, ...].</param>
public sealed record ModelExamples(Tensor Inputs, Tensor Outputs)
{
    /// <summary>
    /// How far an output may be from what it was, as a part of the largest output. Another processor has vectors of another width and sums in another order, which moves outputs by
    /// some 1e-6 of the largest (Float32); a weight or a layer that is another moves them by far more than a thousandth.
    /// </summary>
    private const double Single = 1e-3, Double = 1e-11;

    /// <summary>Inputs, with what the model makes of them now.</summary>
    public static ModelExamples Of(Module module, Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(inputs);
        return new ModelExamples(inputs.Keep(), module.Predict(inputs).Keep());
    }

    /// <summary>What differs when the module is run on the inputs; null if nothing does.</summary>
    internal string? Difference(Module module)
    {
        Tensor got = module.Predict(Inputs);
        if (got.Shape != Outputs.Shape || got.DType != Outputs.DType) return $"the model gives {got.DType} {got.Shape}, and when it was saved it gave {Outputs.DType} {Outputs.Shape}";
        double part = Outputs.DType == DType.Float32 ? Single : Outputs.DType == DType.Float64 ? Double : 0, largest = 0;
        for (int i = 0; i < Outputs.ElementCount; i++)
        {
            if (Math.Abs(Outputs.ElementAt(i)) is var size && double.IsFinite(size) && size > largest) largest = size;
        }
        double tolerance = part * largest, worst = tolerance;
        int where = -1;
        for (int i = 0; i < Outputs.ElementCount; i++)
        {
            (double expected, double found) = (Outputs.ElementAt(i), got.ElementAt(i));
            double distance = expected.Equals(found) ? 0 : Math.Abs(expected - found);
            if (distance <= worst) continue;
            (worst, where) = (double.IsNaN(distance) ? double.PositiveInfinity : distance, i);
        }
        if (where < 0) return null;
        return Tell(where, got.ElementAt(where), Outputs.ElementAt(where), tolerance);
    }

    private string Tell(int where, double got, double was, double tolerance)
    {
        int length = Outputs.ElementCount / Outputs.Shape[0];
        return string.Create(CultureInfo.InvariantCulture,
            $"output {where % length} of example {where / length} is {got:G6}, and was {was:G6} when the model was saved; {tolerance:G2} of difference would pass, because another processor sums in another order");
    }
}
