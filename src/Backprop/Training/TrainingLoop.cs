using System.Diagnostics;
using System.Globalization;

namespace Backprop;

/// <summary>One training: the loop over epochs and steps, and how far it has come. What a checkpoint keeps of it is in the other half.</summary>
internal sealed partial class TrainingLoop
{
    private readonly Module _model;
    private readonly Func<Tensor, Tensor, Tensor> _loss;
    private readonly Optimizer _optimizer;
    private readonly StepMemory _memory;
    private readonly FitOptions _options;
    private readonly TrainingRun _run;
    private readonly ScoreBoard _board;
    private readonly DataLoader _loader;
    private readonly StepUndo _undo;
    private readonly int _steps;
    private int _epoch = 1, _stepsDone; // of this epoch
    private double _seconds; // that this epoch's steps took before it was resumed
    private long _epochStart;
    private string _lastSkipped = "";
    private bool _isChecked;

    public TrainingLoop(Module model, Func<Tensor, Tensor, Tensor> loss, Optimizer optimizer, StepMemory memory, FitOptions options)
    {
        (_model, _loss, _optimizer, _memory, _options) = (model, loss, optimizer, memory, options);
        _run = new TrainingRun(model, optimizer, options.Epochs, options.Callbacks);
        _board = new ScoreBoard(options.Metrics);
        _loader = new DataLoader(options.Train, options.BatchSize, options.Shuffle, options.Random, readAhead: options.ReadAhead);
        _undo = new StepUndo(model);
        _steps = (_loader.BatchCount - 1) / options.AccumulationSteps + 1;
    }

    public History History => _run.History;

    public History Run()
    {
        FirstBatchChecks.CheckOptimizer(_model, _optimizer);
        using CheckpointWriter? checkpoints = _options.Checkpoints is null ? null : new CheckpointWriter(_options.Checkpoints, this);
        bool wasTraining = _model.Training;
        _model.Train();
        try
        {
            foreach (ICallback callback in _options.Callbacks) callback.TrainingStarts(_run);
            checkpoints?.Resume();
            while (_epoch <= _options.Epochs && _run.History.StoppedBecause is null)
            {
                TrainEpoch(checkpoints);
                EndEpoch(checkpoints);
            }
            checkpoints?.Finish();
            foreach (ICallback callback in _options.Callbacks) callback.TrainingEnds(_run);
        }
        finally
        {
            if (!wasTraining) _model.Evaluate();
        }
        return _run.History;
    }

    private void TrainEpoch(CheckpointWriter? checkpoints)
    {
        _run.Epoch = _epoch;
        foreach (ICallback callback in _options.Callbacks) callback.EpochStarts(_run);
        _epochStart = Stopwatch.GetTimestamp();
        _loader.Epoch = _epoch - 1;
        using IEnumerator<Batch> batches = _loader.EnumerateFrom(_stepsDone * _options.AccumulationSteps);
        while (_stepsDone < _steps)
        {
            if (_options.CancellationToken.IsCancellationRequested)
            {
                checkpoints?.Write();
                _options.CancellationToken.ThrowIfCancellationRequested();
            }
            if (_options.Schedule is { } schedule) Follow(schedule, _options.ScheduleUnit == ScheduleUnit.Step ? _run.Step : _epoch - 1);
            using (_memory.Begin()) Step(batches);
            _stepsDone++;
            _run.Step++;
            foreach (ICallback callback in _options.Callbacks) callback.StepEnds(_run);
            _options.Progress?.Report(new TrainingProgress(_epoch, _options.Epochs, _stepsDone, _steps, _board.Loss, _board.Metrics, _optimizer.LearningRate));
            checkpoints?.StepEnds();
        }
        if (_board.Examples == 0) throw DivergedException.NothingLeft(_lastSkipped, _epoch, _steps);
    }

    private void Step(IEnumerator<Batch> batches)
    {
        long wanted = (long)_options.AccumulationSteps * _options.BatchSize, examples = Math.Min(wanted, _options.Train.Count - _stepsDone * wanted);
        Gradients? gradients = null;
        double mean = 0;
        bool leftOut = false;
        for (int part = 0; part < _options.AccumulationSteps && batches.MoveNext(); part++)
        {
            if (leftOut) continue; // its batches are passed over
            Batch batch = batches.Current;
            _undo.Take();
            Tensor prediction = _model.Forward(batch.Inputs);
            Tensor loss = _loss(prediction, batch.Targets);
            double value = loss.Item();
            if (!_isChecked) FirstBatchChecks.Run(_run, batch.Inputs, prediction, loss);
            _isChecked = true;
            if (!double.IsFinite(value))
            {
                leftOut = LeaveOut($"the loss is {(double.IsNaN(value) ? "NaN" : "infinite")}", batch);
                continue;
            }
            Gradients partial = _options.AccumulationSteps == 1 ? loss.Backward() : loss.Backward(Tensor.Full(loss.Shape, (double)batch.Targets.Shape[0] / examples, loss.DType));
            if (_options.NonFinite != NonFinite.StopAtLoss && NonFiniteGradient(partial) is { } parameter)
            {
                leftOut = LeaveOut($"the gradient of {parameter} is not finite", batch);
                continue;
            }
            mean += value * batch.Targets.Shape[0] / examples;
            _board.Add(value, prediction, batch.Targets);
            if (gradients is null) gradients = partial;
            else gradients.Add(partial);
        }
        _run.Loss = leftOut ? double.NaN : mean;
        if (leftOut) return;
        _options.GradientClipping?.Invoke(gradients!);
        foreach (ICallback callback in _options.Callbacks) callback.GradientsReady(_run, gradients!);
        _optimizer.Step(gradients!);
    }

    /// <summary>Takes the model back to before this batch, and finds out what is wrong with it: to stop, or to go on without it.</summary>
    /// <exception cref="DivergedException">It is to be stopped.</exception>
    private bool LeaveOut(string found, Batch batch)
    {
        _undo.Restore();
        NonFiniteStep step = NonFiniteStep.Explain(found, _model, _loss, batch);
        _undo.Restore();
        if (_options.NonFinite != NonFinite.Skip) throw DivergedException.AtStep(step, Place(), _epoch, _stepsDone + 1);
        _run.StepsLeftOut++;
        _lastSkipped = $"{step.Found}. {step.Cause}";
        return true;
    }

    private string? NonFiniteGradient(Gradients gradients)
    {
        foreach (ParameterGroup group in _optimizer.Groups)
        {
            foreach (Parameter parameter in group.Parameters)
            {
                if (gradients.TryPeek(parameter, out Tensor? gradient) && !gradient.IsFinite) return parameter.Name;
            }
        }
        return null;
    }

    private void EndEpoch(CheckpointWriter? checkpoints)
    {
        CheckWeights();
        double seconds = _seconds + Stopwatch.GetElapsedTime(_epochStart).TotalSeconds;
        Scores trained = _board.Read();
        long start = Stopwatch.GetTimestamp();
        Scores? validated = Validate(checkpoints);
        var record = new EpochRecord(_epoch, trained, validated, _optimizer.LearningRate, seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
        _run.History.Add(record);
        foreach (ICallback callback in _options.Callbacks) callback.EpochEnds(_run, record);
        _board.Reset();
        (_epoch, _stepsDone, _seconds) = (_epoch + 1, 0, 0);
        checkpoints?.EpochEnds(record);
    }

    private Scores? Validate(CheckpointWriter? checkpoints)
    {
        if (_options.Validation is null) return null;
        KeyValuePair<string, Tensor>[] sums = [.. _board.State]; // the metrics are about to be used for the validation set
        try
        {
            return Evaluation.Watched(_model, _loss, _options.Validation, Math.Max(_options.BatchSize, Evaluation.BatchSize), _options.Metrics, Show, _options.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            _board.LoadState(new Dictionary<string, Tensor>(sums));
            checkpoints?.Write();
            throw;
        }

        void Show(Tensor prediction, Tensor target)
        {
            foreach (ICallback callback in _options.Callbacks) callback.Validated(_run, prediction, target);
        }
    }

    /// <summary>Holds that no weight is NaN or infinite, which a finite loss does not promise: the last gradients may have been.</summary>
    public void CheckWeights()
    {
        foreach ((string name, Tensor tensor) in _model.State)
        {
            if (!tensor.IsFinite) throw DivergedException.AtWeight(name, TensorRange.Of(tensor), Place(), _epoch, _stepsDone);
        }
    }

    private string Place() =>
        string.Create(CultureInfo.InvariantCulture, $"in epoch {_epoch}, step {Math.Min(_stepsDone + 1, _steps)} of {_steps}, at learning rate {_optimizer.LearningRate}");

    private void Follow(Schedule schedule, long t)
    {
        _optimizer.LearningRate = schedule.At(t);
        if (schedule is OneCycle cycle && _optimizer is IHasMomentum withMomentum) withMomentum.Momentum = cycle.MomentumAt(t);
    }
}
