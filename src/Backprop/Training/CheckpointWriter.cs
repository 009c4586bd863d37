using System.Diagnostics;

namespace Backprop;

/// <summary>Writes the checkpoints of one training as they fall due, and no other training's meanwhile.</summary>
internal sealed class CheckpointWriter : IDisposable
{
    private readonly Checkpoints _checkpoints;
    private readonly TrainingLoop _training;
    private readonly FileStream _lock;
    private long _lastTime = Stopwatch.GetTimestamp(), _lastStep = -1;

    /// <exception cref="IOException">The folder can't be made, or another process trains into it.</exception>
    public CheckpointWriter(Checkpoints checkpoints, TrainingLoop training)
    {
        (_checkpoints, _training) = (checkpoints, training);
        Directory.CreateDirectory(checkpoints.Folder);
        string path = Path.Combine(checkpoints.Folder, "lock");
        try
        {
            _lock = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose); // of a process that is killed the system lets go
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new IOException($"{checkpoints.Folder}: another training writes its checkpoints there. Wait for it, or choose another folder.", error);
        }
    }

    /// <summary>Goes on from the newest checkpoint, or clears the place of those of a training that is over, or never did a step.</summary>
    /// <exception cref="InvalidOperationException">It is under way.</exception>
    public void Resume()
    {
        Checkpoint? newest = _checkpoints.Newest();
        if (newest is { IsFinished: false, Step: > 0 } && !_checkpoints.Resume)
        {
            throw new InvalidOperationException(
                $"{_checkpoints.Folder} has checkpoints of a training that is not finished, {newest.Step} steps of it are done. Go on with it by Resume = true, choose another folder, or delete them.");
        }
        foreach (string left in Directory.EnumerateFiles(_checkpoints.Folder, "*" + AtomicFile.Extension)) File.Delete(left); // by a process that was killed while it wrote
        if (!_checkpoints.Resume)
        {
            foreach (string path in _checkpoints.NewestFirst()) File.Delete(path);
            File.Delete(_checkpoints.BestPath);
        }
        else if (newest is not null)
        {
            newest.Restore(_training);
            _lastStep = newest.Step;
        }
        Write(); // a training that is killed in its first step is one to go on with, too
    }

    /// <summary>Writes one if it is due.</summary>
    public void StepEnds()
    {
        bool isDue = _checkpoints.Steps is { } steps && _training.StepsDone % steps == 0;
        if (isDue || Stopwatch.GetElapsedTime(_lastTime) >= _checkpoints.Interval) Write();
    }

    /// <summary>Writes the best one if this epoch was.</summary>
    public void EpochEnds(EpochRecord epoch)
    {
        IEnumerable<EpochRecord> before = _training.History.Epochs.SkipLast(1);
        double best = before.Aggregate(double.NaN, (best, record) => _checkpoints.Monitor.IsBetter(_checkpoints.Monitor.Read(record), best) ? _checkpoints.Monitor.Read(record) : best);
        if (_checkpoints.Monitor.IsBetter(_checkpoints.Monitor.Read(epoch), best)) Try(() => Save(_checkpoints.BestPath));
    }

    /// <summary>Writes one of the training's end.</summary>
    public void Finish()
    {
        _lastStep = -1; // that of the last step does not know the end
        Write();
    }

    /// <summary>Writes one now, unless the last is of this very step.</summary>
    public void Write()
    {
        if (_lastStep == _training.StepsDone) return;
        Try(() =>
        {
            Save(_checkpoints.PathOf(_training.StepsDone));
            _lastStep = _training.StepsDone;
            foreach (string old in _checkpoints.NewestFirst().Skip(_checkpoints.Keep)) File.Delete(old);
        });
        _lastTime = Stopwatch.GetTimestamp(); // after a failure too: a full disk is not asked at each step
    }

    public void Dispose() => _lock.Dispose();

    private void Save(string path)
    {
        _training.CheckWeights();
        Checkpoint.Save(path, _training, _checkpoints.Metadata);
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException error) when (_checkpoints.Trouble is not null)
        {
            _checkpoints.Trouble(error);
        }
    }
}
