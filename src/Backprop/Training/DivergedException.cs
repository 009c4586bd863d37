namespace Backprop;

/// <summary>The loss, a gradient or a weight is not a number any more, or infinite.</summary>
public sealed class DivergedException : ArithmeticException
{
    private const string Remedy = "Remedy: a smaller learning rate, gradientClipping, inputs scaled to about −1…1, or look for NaN in the data.";

    private DivergedException(string message, int epoch, int step, NonFiniteOrigin? origin) : base(message) => (Epoch, Step, Origin) = (epoch, step, origin);

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>The step in the epoch, from 1.</summary>
    public int Step { get; }

    /// <summary>The operation that NaN or infinity came from; null where they were in the data or in the weights already.</summary>
    public NonFiniteOrigin? Origin { get; }

    internal static DivergedException AtStep(NonFiniteStep what, string where, int epoch, int step) =>
        new($"Fit: {what.Found} {where}. {what.Cause} The weights are those before this step. {Remedy}", epoch, step, what.Origin);

    internal static DivergedException AtWeight(string parameter, TensorRange range, string where, int epoch, int step) =>
        new($"Fit: the weight {parameter} has become {range} {where}, though the loss is finite. No checkpoint holds it. To see where it came from, train again with NonFinite.StopAtGradient. {Remedy}",
            epoch, step, origin: null);

    internal static DivergedException NothingLeft(string lastSkipped, int epoch, int steps) =>
        new($"Fit: all {steps} steps of epoch {epoch} were left out, for none had a finite loss and finite gradients. The last of them: {lastSkipped} {Remedy}", epoch, steps, origin: null);
}
