using System.Globalization;

namespace Backprop;

/// <summary>A step whose loss or gradients are not finite, and why: the answer of that very step, repeated under a trace.</summary>
/// <param name="Found">What was seen first: <c>the loss is NaN</c>.</param>
/// <param name="Cause">Where it comes from, a sentence.</param>
/// <param name="Origin">The operation, if it was one.</param>
internal sealed record NonFiniteStep(string Found, string Cause, NonFiniteOrigin? Origin)
{
    /// <summary>Repeats the step, whose model must be as it was before.</summary>
    public static NonFiniteStep Explain(string found, Module model, Func<Tensor, Tensor, Tensor> loss, Batch batch)
    {
        if (!batch.Inputs.IsFinite) return new(found, $"The batch's inputs have it already: {TensorRange.Of(batch.Inputs)}, first in {FirstExample(batch.Inputs)}.", null);
        if (!batch.Targets.IsFinite) return new(found, $"The batch's targets have it already: {TensorRange.Of(batch.Targets)}, first in {FirstExample(batch.Targets)}.", null);
        foreach ((string name, Tensor tensor) in model.State)
        {
            if (!tensor.IsFinite)
            {
                return new(found, $"The weight {name} is {TensorRange.Of(tensor)}, of an earlier step whose loss was finite and whose gradients were not: NonFinite.StopAtGradient stops there.", null);
            }
        }
        using StepMemory.Outside outside = StepMemory.Suspend(); // nothing is recycled before it was looked at
        var trace = new NonFiniteTrace();
        using (trace.Open())
        {
            Tensor inputs = Tensor.Zeros(batch.Inputs.Shape, batch.Inputs.DType);
            inputs.CopyFrom(batch.Inputs);
            if (inputs.DType.IsFloatingPoint) inputs.RequireGradient(); // so that what is done before the first parameter is recorded too
            Tensor result = loss(model.Forward(inputs), batch.Targets);
            if (trace.Origin is null && result.IsFinite) result.Backward();
        }
        return trace.Origin is { } origin
            ? new(found, $"{origin}.", origin)
            : new(found, "Repeated, the step stays finite: something in it depends on more than weights, batch and the model's random sources.", null);
    }

    private static string FirstExample(Tensor tensor)
    {
        int position = 0;
        while (double.IsFinite(tensor.ElementAt(position))) position++;
        return string.Create(CultureInfo.InvariantCulture, $"example {position / (tensor.ElementCount / tensor.Shape[0])} of {tensor.Shape[0]}");
    }
}
