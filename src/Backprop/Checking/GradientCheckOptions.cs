namespace Backprop;

/// <summary>How a gradient check goes about it.</summary>
public sealed record GradientCheckOptions
{
    /// <summary>
    /// The largest error that counts as agreement, relative to the greater of the two slopes. On top comes what a difference of rounded numbers cannot tell:
    /// slopes so small that rounding alone could make up this error are compared with the rounding instead.
    /// </summary>
    public double Tolerance
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "GradientCheck: the tolerance must be positive.");
    } = 1e-6;

    /// <summary>How many elements of each tensor to check, drawn by the seed; null for all of them. Each costs two forward passes.</summary>
    public int? SampleSize
    {
        get;
        init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "GradientCheck: a sample has at least 1 element; null checks all.");
    }

    /// <summary>Draws the upstream gradient and the sample.</summary>
    public long Seed { get; init; }

    /// <summary>Whether a module's input is checked too, besides its parameters.</summary>
    public bool IncludeInput { get; init; } = true;

    /// <summary>Sources of random numbers that the function draws from. They are set back before each pass, so that a dropout drops the same elements. Those of a module are found without this.</summary>
    public IReadOnlyList<RandomSource> RandomSources { get; init; } = [];

    /// <summary>Hears of each tensor when it has been compared.</summary>
    public IProgress<TensorReport>? Progress { get; init; }

    /// <summary>Ends the check early, by an <see cref="OperationCanceledException"/>; all is put back then too.</summary>
    public CancellationToken CancellationToken { get; init; }
}
