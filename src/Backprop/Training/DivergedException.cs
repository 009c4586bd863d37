namespace Backprop;

/// <summary>The loss is not a number any more, or infinite. The weights are those before the step.</summary>
public sealed class DivergedException : ArithmeticException
{
    /// <summary>Says where training broke.</summary>
    internal DivergedException(double loss, int epoch, int step, int steps, double learningRate) : base(
        $"Fit: the loss is {(double.IsNaN(loss) ? "NaN" : "infinite")} in epoch {epoch}, step {step} of {steps}, at learning rate {learningRate}. The weights are those before this step. " +
        "Remedy: a smaller learning rate, gradientClipping, inputs scaled to about −1…1, or look for NaN in the data.")
    {
        (Epoch, Step) = (epoch, step);
    }

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>The step in the epoch, from 1.</summary>
    public int Step { get; }
}
