namespace Backprop;

/// <summary>Batch normalization: <c>y = (x − μ) / √(v + ε) · γ + β</c>, channel by channel.</summary>
/// <remarks>
/// In training μ and v are the batch's own, and the running values move towards them; in evaluation they are the running values.
/// Parameters: <c>weight</c> γ and <c>bias</c> β [channels], 1 and 0 at first. Buffers: <c>running_mean</c> and <c>running_var</c> [channels], 0 and 1 at first, and
/// <c>num_batches_tracked</c>, Int64. The batch is divided by v with divisor n, running_var hears of v with divisor n − 1.
/// Keras: momentum is the part that is kept, 0.99, and ε is 1e-3. The book: momentum 0.9 is kept, ε is 1e-6, running_var starts at 0, and images are normalized
/// value by value instead of channel by channel.
/// S. Ioffe, C. Szegedy, "Batch normalization" (2015).
/// </remarks>
public abstract class BatchNorm : Module
{
    private readonly int _channels;
    private readonly double _epsilon;
    private readonly double? _momentum;

    private protected BatchNorm(int channels, double epsilon, double? momentum, bool affine, bool trackRunningStatistics)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        if (momentum is < 0 or > 1) throw new ArgumentOutOfRangeException(nameof(momentum), momentum, $"{GetType().Name}: momentum is the weight of the new batch, from 0 to 1.");
        (_channels, _epsilon, _momentum) = (channels, epsilon, momentum);
        if (affine)
        {
            Weight = AddParameter("weight", [channels], Initializers.Ones);
            Bias = AddParameter("bias", [channels], Initializers.Zeros);
        }
        if (trackRunningStatistics)
        {
            RunningMean = AddBuffer("running_mean", [channels], 0);
            RunningVariance = AddBuffer("running_var", [channels], 1);
            BatchesTracked = AddBuffer("num_batches_tracked", Shape.Scalar, 0, DType.Int64);
        }
    }

    /// <summary>γ, [channels], if there is one.</summary>
    public Parameter? Weight { get; }

    /// <summary>β, [channels], if there is one.</summary>
    public Parameter? Bias { get; }

    /// <summary>The mean that evaluation uses, [channels], if it is tracked.</summary>
    public Tensor? RunningMean { get; }

    /// <summary>The variance that evaluation uses, [channels], if it is tracked.</summary>
    public Tensor? RunningVariance { get; }

    /// <summary>How many batches the running values come from, a scalar, if they are tracked.</summary>
    public Tensor? BatchesTracked { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Compute(x, rectify: false);

    /// <summary>This layer and the ReLU behind it in one pass, and in training one node of the graph; null where it can't be: running values, recorded.</summary>
    internal Tensor? Rectified(Tensor x)
    {
        if (BatchesTracked is not null && !Training && Autograd.IsRecording) return null;
        try
        {
            return Compute(x, rectify: true);
        }
        catch (ShapeException e)
        {
            AddName(e);
            throw;
        }
    }

    private Tensor Compute(Tensor x, bool rectify)
    {
        CheckShape(x.Shape);
        if (x.Shape[1] != _channels) ShapeException.Throw(GetType().Name, $"the input has {x.Shape[1]} channels, and this layer {_channels}", $"[n, {_channels}, ...]", ("input", x.Shape));
        if (BatchesTracked is null) return x.BatchNorm(null, null, Weight, Bias, training: true, 0, _epsilon, rectify);
        if (!Training) return x.BatchNorm(RunningMean, RunningVariance, Weight, Bias, training: false, 0, _epsilon, rectify);
        Span<long> batches = BatchesTracked.AsSpan<long>();
        Tensor y = x.BatchNorm(RunningMean, RunningVariance, Weight, Bias, training: true, _momentum ?? 1.0 / (batches[0] + 1), _epsilon, rectify);
        batches[0]++;
        return y;
    }

    /// <summary>Whether this is nothing but a scale and a shift of what a convolution gives: in evaluation, by running values.</summary>
    internal bool Folds(Tensor weight) => !Training && RunningMean is { } mean && mean.DType == weight.DType && weight.Shape[0] == _channels;

    /// <summary>The scale and shift that this makes of what comes in, and of what a bias added to that: <c>γ / √(v + ε)</c> and <c>β + (bias − μ) · scale</c>.</summary>
    internal (Tensor Scale, Tensor Shift) Fold(Tensor? bias) => BatchNormExtensions.Fold(RunningMean!, RunningVariance!, Weight, Bias, bias, _epsilon);

    /// <summary>Refuses an input that has not the axes this layer is for.</summary>
    private protected abstract void CheckShape(Shape x);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(GetType().Name)
        .With(GetType() == typeof(BatchNorm1d) ? "features" : "channels", _channels).With("epsilon", _epsilon, 1e-5).With("momentum", _momentum, 0.1)
        .With("affine", Weight is not null, true).With("trackRunningStatistics", BatchesTracked is not null, true);
}

/// <summary>Batch normalization of features [n, features], or of channels of lines [n, channels, length]. See <see cref="BatchNorm"/>.</summary>
/// <inheritdoc cref="BatchNorm" path="/remarks"/>
public sealed class BatchNorm1d : BatchNorm
{
    /// <summary>A normalization that has seen no batch yet.</summary>
    /// <param name="features">The length of axis 1.</param>
    /// <param name="epsilon">ε, added to the variance.</param>
    /// <param name="momentum">The weight of the new batch in the running values, in [0, 1]; null: all batches weigh the same.</param>
    /// <param name="affine">Whether to scale by γ and add β.</param>
    /// <param name="trackRunningStatistics">Whether to keep running values; without them evaluation uses the batch's own too.</param>
    public BatchNorm1d(int features, double epsilon = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStatistics = true)
        : base(features, epsilon, momentum, affine, trackRunningStatistics) { }

    private protected override void CheckShape(Shape x)
    {
        if (x.Rank is not (2 or 3)) ShapeException.Throw(nameof(BatchNorm1d), $"the input has {x.Rank} axes", "[n, features] or [n, channels, length]; BatchNorm2d is for images", ("input", x));
    }
}

/// <summary>Batch normalization of the channels of images [n, channels, height, width]. See <see cref="BatchNorm"/>.</summary>
/// <inheritdoc cref="BatchNorm" path="/remarks"/>
public sealed class BatchNorm2d : BatchNorm
{
    /// <summary>A normalization that has seen no batch yet.</summary>
    /// <param name="channels">The length of axis 1.</param>
    /// <param name="epsilon">ε, added to the variance.</param>
    /// <param name="momentum">The weight of the new batch in the running values, in [0, 1]; null: all batches weigh the same.</param>
    /// <param name="affine">Whether to scale by γ and add β.</param>
    /// <param name="trackRunningStatistics">Whether to keep running values; without them evaluation uses the batch's own too.</param>
    public BatchNorm2d(int channels, double epsilon = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStatistics = true)
        : base(channels, epsilon, momentum, affine, trackRunningStatistics) { }

    private protected override void CheckShape(Shape x)
    {
        if (x.Rank != 4) ShapeException.Throw(nameof(BatchNorm2d), $"the input has {x.Rank} axes", "[n, channels, height, width]; BatchNorm1d is for features", ("input", x));
    }
}
