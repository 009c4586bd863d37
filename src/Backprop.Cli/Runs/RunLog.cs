namespace Backprop.Cli.Runs;

/// <summary>Tells sinks what happens in a training. Of its steps it tells every one, or where there are more than 2,000 about as many: evenly spread, the first and the last among them.</summary>
/// <param name="job">The training.</param>
/// <param name="named">Its model's kind.</param>
/// <param name="data">What it learns from and is judged by.</param>
/// <param name="sinks">Who is told, in this order.</param>
/// <param name="trouble">Hears why a sink is told no more.</param>
/// <param name="clock">Tells the time; null: the system's clock.</param>
internal sealed class RunLog(TrainJob job, NamedModel named, DataSource data, IEnumerable<IRunSink> sinks, Action<IOException> trouble, TimeProvider? clock = null) : ICallback, IDisposable
{
    private const int MostSteps = 2000;

    private readonly List<IRunSink> _sinks = [.. sinks];
    private readonly Inspector _inspector = new(named, data);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private int _stepsAnEpoch, _since, _finite; // steps since the last that was told of, and those of them whose loss is finite
    private long _every = 1, _last, _step, _began, _elapsed; // time of those steps: until the clock was last looked at, and since when it is to be added
    private double _lossSum, _gradientNorm = double.NaN;
    private bool _hasBegun;

    public void TrainingStarts(TrainingRun run)
    {
        _stepsAnEpoch = new DataLoader(data.Train, job.Settings.BatchSize!.Value).BatchCount;
        _last = (long)_stepsAnEpoch * run.Epochs;
        _every = Math.Max(1, (_last + MostSteps - 1) / MostSteps);
    }

    /// <summary>Only now it is known at which step a resumed training has begun.</summary>
    public void EpochStarts(TrainingRun run)
    {
        if (!_hasBegun)
        {
            (_hasBegun, _step) = (true, run.Step);
            var start = new RunStart(job, named, run.Model, data, _stepsAnEpoch, run.Step) { EpochsEnded = run.Epoch - 1 };
            Tell(sink => sink.Begin(start));
        }
        _began = _clock.GetTimestamp();
    }

    public void Warned(TrainingRun run, TrainingWarning warning) => Tell(sink => sink.Warn(warning.Message));

    public void GradientsReady(TrainingRun run, Gradients gradients)
    {
        long step = run.Step + 1;
        if (IsTold(step)) _gradientNorm = gradients.Norm();
        if (step % _stepsAnEpoch == 0 && Inspector.LooksAt(run.Epoch, run.Epochs)) _inspector.Take(run.Model, gradients);
    }

    public void StepEnds(TrainingRun run)
    {
        _step = run.Step;
        _since++;
        if (double.IsFinite(run.Loss))
        {
            _lossSum += run.Loss;
            _finite++;
        }
        bool isTold = IsTold(run.Step);
        if (isTold || run.Step % _stepsAnEpoch == 0) _elapsed += _clock.GetTimestamp() - _began; // what comes between two epochs is no step's time
        if (!isTold) return;
        var step = new RunStep(run.Epoch, run.Step, _lossSum / _finite, run.Optimizer.LearningRate, _gradientNorm, _clock.GetElapsedTime(0, _elapsed).TotalMilliseconds / _since);
        Tell(sink => sink.Step(step));
        (_lossSum, _since, _finite, _gradientNorm, _elapsed, _began) = (0, 0, 0, double.NaN, 0, _clock.GetTimestamp());
    }

    public void Validated(TrainingRun run, Tensor prediction, Tensor target)
    {
        if (Inspector.LooksAt(run.Epoch, run.Epochs)) _inspector.Take(prediction, target);
    }

    public void EpochEnds(TrainingRun run, EpochRecord epoch)
    {
        Insight? insight = Inspector.LooksAt(run.Epoch, run.Epochs) ? _inspector.Look(run.Model) : null;
        Tell(sink => sink.Epoch(new RunEpoch(epoch, run.Step, insight)));
    }

    public void TrainingEnds(TrainingRun run)
    {
        if (!_hasBegun) return; // it was finished already
        var end = new RunEnd(run.History, run.Step, run.Model.WeightsSha256());
        Tell(sink => sink.End(end));
    }

    /// <summary>The training has thrown something.</summary>
    public void Stop(StopCause cause, string message)
    {
        if (_hasBegun) Tell(sink => sink.Stop(new RunStop(cause, message, _step)));
    }

    public void Dispose()
    {
        Tell(sink => sink.Dispose());
        _sinks.Clear();
    }

    private bool IsTold(long step) => step % _every == 0 || step == 1 || step == _last;

    /// <summary>Nobody loses a training for what is written about it.</summary>
    private void Tell(Action<IRunSink> tell)
    {
        for (int i = 0; i < _sinks.Count; i++)
        {
            try
            {
                tell(_sinks[i]);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                IRunSink failed = _sinks[i];
                _sinks.RemoveAt(i--);
                trouble(error as IOException ?? new IOException(error.Message, error));
                try
                {
                    failed.Dispose();
                }
                catch (IOException) { } // of the same cause
            }
        }
    }
}
