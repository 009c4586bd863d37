namespace Backprop.Cli.Runs;

/// <summary>Somewhere that the events of a training go to. One that throws an <see cref="IOException"/> hears of nothing more, and is disposed; the training goes on.</summary>
internal interface IRunSink : IDisposable
{
    /// <summary>Before the first step of this process.</summary>
    void Begin(RunStart start);

    /// <summary>After some of the steps; see <see cref="RunLog"/>.</summary>
    void Step(RunStep step);

    /// <summary>After each epoch and its validation.</summary>
    void Epoch(RunEpoch epoch);

    /// <summary>Where something looks like a mistake.</summary>
    void Warn(string message);

    /// <summary>After the last epoch.</summary>
    void End(RunEnd end);

    /// <summary>Where a training is interrupted or fails instead.</summary>
    void Stop(RunStop stop);
}

/// <summary>What is trained, on what, and how.</summary>
/// <param name="Job">The options, complete.</param>
/// <param name="Named">The network's kind.</param>
/// <param name="Model">The network.</param>
/// <param name="Data">What it learns from and is judged by.</param>
/// <param name="StepsAnEpoch">How many steps an epoch has.</param>
/// <param name="Step">How many steps were done before this process began.</param>
internal sealed record RunStart(TrainJob Job, NamedModel Named, Module Model, DataSource Data, int StepsAnEpoch, long Step)
{
    /// <summary>When that is, in UTC: for all sinks the same.</summary>
    public DateTime Time { get; } = DateTime.UtcNow;

    /// <summary>How many epochs had ended before this process began. Where it begins between an epoch's last step and its end, that epoch is told of, again perhaps.</summary>
    public int EpochsEnded { get; init; }
}

/// <summary>A step that is told of.</summary>
/// <param name="Epoch">Its epoch, from 1.</param>
/// <param name="Step">Its number over all epochs, from 1.</param>
/// <param name="Loss">The mean loss of the steps since the last that was told of.</param>
/// <param name="LearningRate">The learning rate it was done with.</param>
/// <param name="GradientNorm">The length of all its gradients together; NaN if it was left out.</param>
/// <param name="Milliseconds">The time that one of those steps took, on average.</param>
internal sealed record RunStep(int Epoch, long Step, double Loss, double LearningRate, double GradientNorm, double Milliseconds);

/// <summary>An epoch that has ended.</summary>
/// <param name="Record">What it brought.</param>
/// <param name="Step">How many steps have been done.</param>
/// <param name="Insight">A close look at the model; null after most epochs of a long training, see <see cref="Inspector"/>.</param>
internal sealed record RunEpoch(EpochRecord Record, long Step, Insight? Insight);

/// <summary>A training that is over.</summary>
/// <param name="History">What it brought.</param>
/// <param name="Step">How many steps were done.</param>
/// <param name="WeightsSha256">The fingerprint of the weights.</param>
internal sealed record RunEnd(History History, long Step, string WeightsSha256);

/// <summary>A training that ended before its time.</summary>
/// <param name="Cause">Why.</param>
/// <param name="Message">In more words.</param>
/// <param name="Step">How many steps were done.</param>
internal sealed record RunStop(StopCause Cause, string Message, long Step);

/// <summary>Why a training ended before its time.</summary>
internal enum StopCause
{
    /// <summary>Somebody stopped it; it may be resumed.</summary>
    Interrupted,

    /// <summary>The loss, a gradient or a weight was not finite.</summary>
    Diverged,

    /// <summary>Something else went wrong.</summary>
    Failed,
}
