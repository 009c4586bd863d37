using System.Diagnostics;

namespace Backprop.Cli.Runs;

/// <summary>Tells sinks what happens in a training. Of its steps it tells every one, or where there are more than 2,000 as many, evenly spread.</summary>
internal sealed class RunLog(TrainJob job, NamedModel named, DataSource data, IReadOnlyList<IRunSink> sinks) : ICallback
{
    private const int MostSteps = 2000;

    private int _stepsAnEpoch, _since;
    private long _every = 1, _clock;
    private double _lossSum, _gradientNorm = double.NaN;
    private bool _hasBegun;

    public void TrainingStarts(TrainingRun run)
    {
        _stepsAnEpoch = new DataLoader(data.Train, job.Settings.BatchSize!.Value).BatchCount;
        _every = Math.Max(1, ((long)_stepsAnEpoch * run.Epochs + MostSteps - 1) / MostSteps);
        _clock = Stopwatch.GetTimestamp();
    }

    public void Warned(TrainingRun run, TrainingWarning warning)
    {
        Begin(run, run.Step);
        foreach (IRunSink sink in sinks) sink.Warn(warning.Message);
    }

    public void GradientsReady(TrainingRun run, Gradients gradients)
    {
        if (IsTold(run.Step + 1)) _gradientNorm = gradients.Norm();
    }

    public void StepEnds(TrainingRun run)
    {
        Begin(run, run.Step - 1);
        if (double.IsFinite(run.Loss))
        {
            _lossSum += run.Loss;
            _since++;
        }
        if (!IsTold(run.Step)) return;
        long now = Stopwatch.GetTimestamp();
        var step = new RunStep(run.Epoch, run.Step, _lossSum / _since, run.Optimizer.LearningRate, _gradientNorm, Stopwatch.GetElapsedTime(_clock, now).TotalMilliseconds / Math.Max(1, _since));
        foreach (IRunSink sink in sinks) sink.Step(step);
        (_lossSum, _since, _gradientNorm, _clock) = (0, 0, double.NaN, Stopwatch.GetTimestamp());
    }

    public void EpochEnds(TrainingRun run, EpochRecord epoch)
    {
        foreach (IRunSink sink in sinks) sink.Epoch(new RunEpoch(epoch, run.Step));
        (_lossSum, _since, _clock) = (0, 0, Stopwatch.GetTimestamp()); // validation took its time
    }

    public void TrainingEnds(TrainingRun run)
    {
        if (!_hasBegun) return; // it was finished already
        var end = new RunEnd(run.History, run.Step, run.Model.WeightsSha256());
        foreach (IRunSink sink in sinks) sink.End(end);
    }

    private bool IsTold(long step) => step % _every == 0 || step == 1;

    /// <summary>Only now it is known at which step a resumed training has begun.</summary>
    private void Begin(TrainingRun run, long step)
    {
        if (_hasBegun) return;
        _hasBegun = true;
        foreach (IRunSink sink in sinks) sink.Begin(new RunStart(job, named, run.Model, data, _stepsAnEpoch, step));
    }
}
