namespace Backprop.Tests;

/// <summary>What a step of the trainer leaves for the garbage collector. Alone, because one test watches the heap of the whole process.</summary>
[Collection("Threads")]
public class WasteTests
{
    private const long LargeObject = 85_000; // bytes, from which on an object goes to the large object heap

    [Theory]
    [InlineData("neuron", 1)]
    [InlineData("tiny-mlp", 1)]
    [InlineData("mlp", 100)]
    [InlineData("mlp-wide", 4)]
    [InlineData("batchnorm-mlp", 100)]
    [InlineData("seed-cnn", 1)]
    [InlineData("seed-cnn", 64)]
    [InlineData("simple-convnet", 8)]
    [InlineData("deep-convnet", 4)]
    [InlineData("resnet20", 2)] // with 77 operations; 79 kB before tensors were used again, 13 kB before operations were
    public void Trainer_SteadyStep_AllocatesUnder4KB(string name, int batchSize)
    {
        int threads = Threads.Count;
        Threads.Count = 1; // so that all is on the thread that is watched
        try
        {
            NamedModel named = NamedModels.Get(name);
            var meter = new AllocationMeter();
            Train(named, named.Build(new RandomSource(1)), batchSize, epochs: 3, steps: 10, meter);
            long[] steady = [.. meter.OfStep.Skip(10).Order()];
            Assert.InRange(steady[steady.Length / 2], 1, 4096 - 1); // the median: at times the runtime takes some for itself
            Assert.InRange(steady[^1], 1, LargeObject - 1);
        }
        finally
        {
            Threads.Count = threads;
        }
    }

    [Fact]
    public void Trainer_10000Steps_NeedNoMoreMemoryThan100()
    {
        NamedModel named = NamedModels.Get("tiny-mlp");
        Module model = named.Build(new RandomSource(1));
        var heap = new HeapAfter(100, 10_000);
        Train(named, model, batchSize: 1, epochs: 5, steps: 2000, heap);
        Assert.InRange(heap.Bytes[1] - heap.Bytes[0], long.MinValue, 128 * 1024); // one object left over in each step would be 240 kB; the test runner's own objects are some 40
    }

    private static void Train(NamedModel named, Module model, int batchSize, int epochs, int steps, ICallback watch)
    {
        var random = new RandomSource(2);
        int count = steps * batchSize;
        Tensor inputs = Tensor.Normal(Shape.Create(count).Concat(named.InputShape), random);
        Tensor targets = named.Recipe.Loss == LossKind.Mse
            ? Tensor.Uniform([count, named.Classes], random)
            : Tensor.Generate([count], DType.Int32, _ => random.Next(named.Classes));
        Metric[] metrics = named.Recipe.Loss == LossKind.Mse ? [new RootMeanSquareError()] : [new Accuracy()];
        new Trainer(model, named.Recipe.LossFunction, named.Recipe.CreateOptimizer(model.Parameters)).Fit(
            new TensorDataset(inputs, targets), epochs, batchSize, metrics: metrics, callbacks: [watch], schedule: named.Recipe.CreateSchedule((long)epochs * steps), random: random);
    }

    /// <summary>The bytes that this thread allocates from the end of one step to the end of the next in the same epoch.</summary>
    private sealed class AllocationMeter : ICallback
    {
        private long _before;

        public List<long> OfStep { get; } = new(1000);

        public void StepEnds(TrainingRun run)
        {
            if (run.Step % 10 != 1) OfStep.Add(GC.GetAllocatedBytesForCurrentThread() - _before);
            _before = GC.GetAllocatedBytesForCurrentThread();
        }
    }

    /// <summary>The bytes in use after some steps.</summary>
    private sealed class HeapAfter(params int[] steps) : ICallback
    {
        public List<long> Bytes { get; } = [];

        public void StepEnds(TrainingRun run)
        {
            if (steps.Contains((int)run.Step)) Bytes.Add(GC.GetTotalMemory(forceFullCollection: true));
        }
    }
}
