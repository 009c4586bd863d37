using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Backprop.Benchmarks;

/// <summary>What all benchmarks share: the number of threads, random numbers to work on, and memory that is used again, as in the steps of a training.</summary>
[MemoryDiagnoser]
public abstract class Benchmark
{
    private readonly StepMemory _memory = new();

    /// <summary>How all are run: in this very process, since the library's kernels are internal, and briefly: rounds of a quarter of a second.</summary>
    public static IConfig Config { get; } = DefaultConfig.Instance
        .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationTime(TimeInterval.FromMilliseconds(250)).WithMinIterationCount(5).WithMaxIterationCount(15))
        .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));

    /// <summary>Threads that compute.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Runs before the first round.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Backprop.Threads.Count = Threads;
        Prepare(new RandomSource(1));
    }

    /// <summary>Makes the operands.</summary>
    protected abstract void Prepare(RandomSource random);

    /// <summary>Until the scope is disposed of, results lie in memory of the call before.</summary>
    protected StepScope Step() => _memory.Begin();

    /// <summary>Uniform in [−1, 1).</summary>
    private protected static float[] Numbers(int count, RandomSource random) => Tensor.Uniform([count], random, -1, 1).ToArray<float>();
}
