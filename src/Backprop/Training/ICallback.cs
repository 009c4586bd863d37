namespace Backprop;

/// <summary>Something to do at certain moments of a training; all of them may be left out.</summary>
public interface ICallback
{
    /// <summary>Before the first step.</summary>
    void TrainingStarts(TrainingRun run) { }

    /// <summary>Before the first step of each epoch, or of what is left of one that is resumed; <see cref="TrainingRun.Step"/> tells where the training is. Not counted as its time.</summary>
    void EpochStarts(TrainingRun run) { }

    /// <summary>In the first step, where something looks like a mistake; <see cref="History.Warnings"/> has it already.</summary>
    void Warned(TrainingRun run, TrainingWarning warning) { }

    /// <summary>Before each step of the optimizer: the gradients that it will follow, clipped and averaged. Not called for a step that is left out.</summary>
    void GradientsReady(TrainingRun run, Gradients gradients) { }

    /// <summary>After each step of the optimizer; <see cref="TrainingRun.Step"/> counts it already.</summary>
    void StepEnds(TrainingRun run) { }

    /// <summary>With each batch of the validation set, in the order of the set, after the last step of an epoch; neither tensor outlives the call, unless it is kept.</summary>
    void Validated(TrainingRun run, Tensor prediction, Tensor target) { }

    /// <summary>After each epoch and its validation; the epoch is the last of <see cref="TrainingRun.History"/>.</summary>
    void EpochEnds(TrainingRun run, EpochRecord epoch) { }

    /// <summary>After the last epoch. Not called where training ends in an exception or is cancelled.</summary>
    void TrainingEnds(TrainingRun run) { }
}

/// <summary>A training under way, as a callback sees it.</summary>
public sealed class TrainingRun
{
    private readonly IReadOnlyList<ICallback> _callbacks;

    internal TrainingRun(Module model, Optimizer optimizer, int epochs, IReadOnlyList<ICallback> callbacks)
    {
        _callbacks = callbacks;
        Model = model;
        Optimizer = optimizer;
        Epochs = epochs;
    }

    /// <summary>What is trained.</summary>
    public Module Model { get; }

    /// <summary>What trains it; its learning rate may be changed.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>How many epochs there are to be.</summary>
    public int Epochs { get; }

    /// <summary>The epoch that is under way, from 1.</summary>
    public int Epoch { get; internal set; } = 1;

    /// <summary>The loss of the last step's examples, before it; NaN for a step that was left out, and before the first.</summary>
    public double Loss { get; internal set; } = double.NaN;

    /// <summary>How many steps of the optimizer have been done, over all epochs.</summary>
    public long Step { get; internal set; }

    /// <summary>How many of them left the weights alone, for their loss or gradients were not finite; see <see cref="NonFinite.Skip"/>.</summary>
    public long StepsLeftOut { get; internal set; }

    /// <summary>The epochs that have ended.</summary>
    public History History { get; } = new();

    /// <summary>Ends the training after this epoch.</summary>
    /// <param name="reason">Why, for <see cref="History.StoppedBecause"/>.</param>
    public void Stop(string reason) => History.StoppedBecause ??= reason;

    internal void Warn(string message)
    {
        var warning = new TrainingWarning(message);
        History.Add(warning);
        foreach (ICallback callback in _callbacks) callback.Warned(this, warning);
    }
}
