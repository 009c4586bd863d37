using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Bench;

/// <summary>What a long training does to the memory: a line now and then, and at the end whether it was flat.</summary>
/// <remarks>
/// The trainer does it all: batches in a new order each epoch, the loss looked at in each step, the recipe's own optimizer. Steps are counted from when the runtime has taken what
/// it takes once: it compiles methods for some seconds, in which 100 000 steps of a small network are over; and it lets garbage gather, 16 MB of it where this was written,
/// before it collects any, which at 2 kB a step is 8000 steps. That room is filled before the first step that counts.
/// </remarks>
internal sealed class LongRun : ICallback
{
    private const int Samples = 40, Examples = 10_000, Collections = 3;
    private const double WarmUpSeconds = 3;

    private readonly Workload _workload;
    private readonly int _steps;
    private readonly Action<JsonObject> _tell;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<(double Memory, int Collections)> _samples = new(Samples);
    private long? _first; // step from which on it counts

    private LongRun(Workload workload, int steps, Action<JsonObject> tell) => (_workload, _steps, _tell) = (workload, steps, tell);

    /// <summary>Trains for so many steps, and tells of each fortieth of them.</summary>
    public static void Train(Workload workload, int steps, Action<JsonObject> tell, CancellationToken cancellation)
    {
        NamedModel named = NamedModels.Get(workload.Subject);
        var random = new RandomSource(1);
        Module model = named.Build(random);
        Tensor inputs = Tensor.Normal(Shape.Create(Examples).Concat(named.InputShape), random);
        var data = new TensorDataset(inputs, WorkloadStep.Targets(named, Examples, random));
        var run = new LongRun(workload, steps, tell);
        new Trainer(model, named.Recipe.LossFunction, named.Recipe.CreateOptimizer(model.Parameters)).Fit(
            data, epochs: int.MaxValue, workload.Batch ?? 1, callbacks: [run], random: random, cancellationToken: cancellation);
        run.Judge();
    }

    /// <inheritdoc/>
    public void StepEnds(TrainingRun run)
    {
        if (_first is null && Stopwatch.GetElapsedTime(_start).TotalSeconds > WarmUpSeconds)
        {
            FillYoungGeneration();
            _first = run.Step;
        }
        if (_first is not { } first) return;
        long step = run.Step - first;
        if (step >= _steps) run.Stop($"{_steps} steps are done");
        if (step == 0 || _samples.Count == Samples || step * Samples / _steps == (step - 1) * Samples / _steps) return;
        (double memory, int collections) = (Megabytes(Environment.WorkingSet), GC.CollectionCount(2));
        _samples.Add((memory, collections));
        _tell(new JsonObject
        {
            ["workload"] = _workload.ToString(),
            ["step"] = step,
            ["seconds"] = Math.Round(Stopwatch.GetElapsedTime(_start).TotalSeconds, 1),
            ["working_set_mb"] = memory,
            ["heap_mb"] = Megabytes(GC.GetTotalMemory(forceFullCollection: false)),
            ["collections"] = new JsonArray(GC.CollectionCount(0), GC.CollectionCount(1), collections),
        });
    }

    private static void FillYoungGeneration()
    {
        for (int last = GC.CollectionCount(0) + Collections; GC.CollectionCount(0) < last;) GC.KeepAlive(new byte[1024]);
    }

    /// <summary>The last quarter beside the second.</summary>
    private void Judge()
    {
        int quarter = _samples.Count / 4;
        if (quarter == 0) return; // too few steps
        double second = _samples.Skip(quarter).Take(quarter).Average(sample => sample.Memory), last = _samples.TakeLast(quarter).Average(sample => sample.Memory);
        _tell(new JsonObject
        {
            ["workload"] = _workload.ToString(),
            ["steps"] = _steps,
            ["second_quarter_mb"] = Math.Round(second, 1),
            ["last_quarter_mb"] = Math.Round(last, 1),
            ["growth_percent"] = Math.Round((last / second - 1) * 100, 2),
            ["gen2_since_second_quarter"] = _samples[^1].Collections - _samples[quarter - 1].Collections,
        });
    }

    private static double Megabytes(long bytes) => Math.Round(bytes / 1048576.0, 2);
}
