using System.Text;

namespace Backprop.Fuzz;

/// <summary>Checkpoints: safetensors files of a training at rest, with a checksum over all that they hold.</summary>
/// <param name="resumed">Whether the training is taken up again from there, too.</param>
internal sealed class CheckpointFormat(bool resumed) : FuzzedFormat
{
    private const int Examples = 6, Epochs = 3;

    private readonly byte[]?[] _sound = new byte[]?[2 * Epochs]; // made once, each after another step

    public override string Name => resumed ? "checkpoint-resumed" : "checkpoint";

    public override IReadOnlyList<string> Words { get; } =
    [
        .. Json.Words, "training.step", "training.epoch", "training.steps_of_epoch", "random.0", "shuffle.seed", "model.0.weight", "optimizer.", "history.", "epoch.", "callback.0.", "checkpoint.version", "checkpoint.finished", "checkpoint.sha256",
        "checkpoint.setting.examples", "F32", "F64", "I64", "BOOL", "Adam", "Sgd",
    ];

    public override Part Make(RandomSource random)
    {
        int number = random.Next(_sound.Length);
        return SafeTensorsFormat.Parse(_sound[number] ??= Save(number + 1), random);
    }

    /// <summary>Gives a changed file the checksum of what it now holds: otherwise no change but of the checksum itself would ever be looked at.</summary>
    public override void Finish(byte[] file)
    {
        ReadOnlySpan<byte> key = "\"checkpoint.sha256\":\""u8;
        int place = file.AsSpan().IndexOf(key) + key.Length;
        if (place < key.Length || file.Length < place + 64) return;
        try
        {
            SafeTensorsFile read = SafeTensors.Load(new MemoryStream(file), Name);
            string sum = StateHash.Of(read.Tensors, read.Metadata.Where(text => text.Key != "checkpoint.sha256"));
            Encoding.ASCII.GetBytes(sum).CopyTo(file, place);
        }
        catch (DataFormatException)
        {
            // the reader will find the same
        }
    }

    public override void Read(byte[] file, string name)
    {
        Checkpoint checkpoint = Checkpoint.Load(new MemoryStream(file), name);
        Check(checkpoint.Metadata.Keys.All(key => !key.StartsWith("checkpoint.", StringComparison.Ordinal)), "the library's own metadata are said to be the caller's");
        if (!resumed) return;
        try
        {
            var restore = new Restore(checkpoint);
            restore.Training = Training(null, restore);
            restore.Training.Run();
        }
        catch (DivergedException)
        {
            // weights that were changed may be any numbers
        }
    }

    /// <summary>A sound checkpoint of another training is refused with an error of its own; a number where the optimizer has as many as its parameter, in the first step.</summary>
    public override bool IsRefusal(Exception error) => base.IsRefusal(error)
        || (error is ArgumentException && error.Message.StartsWith(Name, StringComparison.Ordinal)) || (error is ShapeException && error.Message.StartsWith("Optimizer state", StringComparison.Ordinal));

    /// <summary>Tensors and texts: each has a colon at least.</summary>
    public override long Objects(byte[] file) => file.AsSpan().Count((byte)':');

    /// <summary>As for other safetensors files; and the memory of the training itself.</summary>
    public override long BytesAllowed(byte[] file) => base.BytesAllowed(file) + 12L * file.Length + (resumed ? 1 << 20 : 0);

    private static byte[] Save(int steps)
    {
        string folder = Directory.CreateTempSubdirectory("backprop-fuzz-").FullName;
        try
        {
            using var stop = new CancellationTokenSource();
            var checkpoints = new Checkpoints(folder) { Steps = steps };
            try
            {
                Training(checkpoints, new Stop(steps, stop), stop.Token).Run();
            }
            catch (OperationCanceledException)
            {
                // after the step that was asked for
            }
            return File.ReadAllBytes(checkpoints.NewestFirst()[0]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TrainingLoop Training(Checkpoints? checkpoints, ICallback callback, CancellationToken cancellation = default)
    {
        var random = new RandomSource(1);
        var model = new Sequential(new Linear(3, 4, random: random), new BatchNorm1d(4), new Relu(), new Dropout(0.2, random), new Linear(4, 2, random: random));
        var data = new TensorDataset(Tensor.Normal([Examples, 3], random), Tensor.Generate([Examples], DType.Int32, i => i % 2));
        return new TrainingLoop(model, (y, labels) => Losses.CrossEntropy(y, labels), new Adam(model.Parameters, learningRate: 1e-3), new StepMemory(), new FitOptions(data, Epochs, BatchSize: 3)
        {
            Metrics = [new Accuracy()],
            Callbacks = [new EarlyStopping(2), callback],
            Random = random,
            Shuffle = true,
            Checkpoints = checkpoints,
            CancellationToken = cancellation,
        });
    }

    /// <summary>Ends a training after some steps.</summary>
    private sealed class Stop(int steps, CancellationTokenSource source) : ICallback
    {
        public void StepEnds(TrainingRun run)
        {
            if (run.Step == steps) source.Cancel();
        }
    }

    /// <summary>Takes a training that has just begun to where a checkpoint was.</summary>
    private sealed class Restore(Checkpoint checkpoint) : ICallback
    {
        public TrainingLoop? Training { get; set; }

        public void TrainingStarts(TrainingRun run) => checkpoint.Restore(Training!);
    }
}
