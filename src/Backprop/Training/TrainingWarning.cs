namespace Backprop;

/// <summary>Something that lets a training run and is most often a mistake. Found on the first batch; see <see cref="History.Warnings"/> and <see cref="ICallback.Warned"/>.</summary>
/// <param name="Message">What was found, and the remedy.</param>
public sealed record TrainingWarning(string Message)
{
    /// <summary>The message.</summary>
    public override string ToString() => Message;
}
