namespace Backprop;

/// <summary>Group normalization: <c>y = (x − μ) / √(v + ε) · γ + β</c> with mean and variance over each block of channels of each example.</summary>
/// <remarks>
/// Shapes: x [n, channels, ...]; y has that of x. Parameters: <c>weight</c> γ and <c>bias</c> β [channels], 1 and 0 at first. As many groups as channels make
/// instance normalization. Training and evaluation are the same. Keras' ε is 1e-3. Y. Wu, K. He, "Group normalization" (2018).
/// </remarks>
public sealed class GroupNorm : Module
{
    private readonly int _groups, _channels;
    private readonly double _epsilon;

    /// <summary>A normalization of groups of channels.</summary>
    /// <param name="groups">Into how many blocks the channels are split; divides their number.</param>
    /// <param name="channels">The length of axis 1.</param>
    /// <param name="epsilon">ε, added to the variance.</param>
    /// <param name="affine">Whether to scale by γ and add β.</param>
    public GroupNorm(int groups, int channels, double epsilon = 1e-5, bool affine = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        if (groups < 1 || channels % groups != 0) throw new ArgumentOutOfRangeException(nameof(groups), groups, $"GroupNorm: {groups} groups do not divide {channels} channels.");
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        (_groups, _channels, _epsilon) = (groups, channels, epsilon);
        if (!affine) return;
        Weight = AddParameter("weight", [channels], Initializers.Ones);
        Bias = AddParameter("bias", [channels], Initializers.Zeros);
    }

    /// <summary>γ, [channels], if there is one.</summary>
    public Parameter? Weight { get; }

    /// <summary>β, [channels], if there is one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.GroupNorm(_groups, Weight, Bias, _epsilon);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(GroupNorm))
        .With("groups", _groups).With("channels", _channels).With("epsilon", _epsilon, 1e-5).With("affine", Weight is not null, true);
}
