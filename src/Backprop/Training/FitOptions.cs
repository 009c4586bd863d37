namespace Backprop;

/// <summary>What <see cref="Trainer.Fit"/> was asked for.</summary>
internal sealed record FitOptions(Dataset Train, int Epochs, int BatchSize)
{
    public Dataset? Validation { get; init; }

    public IReadOnlyList<Metric>? Metrics { get; init; }

    public IReadOnlyList<ICallback> Callbacks { get; init; } = [];

    public Schedule? Schedule { get; init; }

    public ScheduleUnit ScheduleUnit { get; init; }

    public Action<Gradients>? GradientClipping { get; init; }

    public int AccumulationSteps { get; init; } = 1;

    public bool Shuffle { get; init; }

    public RandomSource? Random { get; init; }

    public bool ReadAhead { get; init; }

    public NonFinite NonFinite { get; init; }

    public Checkpoints? Checkpoints { get; init; }

    public IProgress<TrainingProgress>? Progress { get; init; }

    public CancellationToken CancellationToken { get; init; }
}
