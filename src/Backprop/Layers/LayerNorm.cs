namespace Backprop;

/// <summary>Layer normalization: <c>y = (x − μ) / √(v + ε) · γ + β</c> with mean and variance over the last axes of each example.</summary>
/// <remarks>
/// Shapes: x [..., normalized shape]; y has that of x. Parameters: <c>weight</c> γ and <c>bias</c> β of the normalized shape, 1 and 0 at first. Training and
/// evaluation are the same. Keras' ε is 1e-3. J. Ba, J. Kiros, G. Hinton, "Layer normalization" (2016).
/// </remarks>
public sealed class LayerNorm : Module
{
    private readonly Shape _normalizedShape;
    private readonly double _epsilon;

    /// <summary>A normalization of the last axis.</summary>
    /// <param name="features">The length of the last axis.</param>
    /// <param name="epsilon">ε, added to the variance.</param>
    /// <param name="affine">Whether to scale by γ and add β (PyTorch: <c>elementwise_affine</c>).</param>
    public LayerNorm(int features, double epsilon = 1e-5, bool affine = true) : this(Shape.Create(features), epsilon, affine) { }

    /// <summary>A normalization of the last axes.</summary>
    /// <param name="normalizedShape">Their lengths.</param>
    /// <param name="epsilon">ε, added to the variance.</param>
    /// <param name="affine">Whether to scale by γ and add β (PyTorch: <c>elementwise_affine</c>).</param>
    public LayerNorm(Shape normalizedShape, double epsilon = 1e-5, bool affine = true)
    {
        if (normalizedShape.Rank == 0 || normalizedShape.ElementCount == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(normalizedShape), $"LayerNorm: {normalizedShape} has no elements to normalize; give the lengths of the last axes.");
        }
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        (_normalizedShape, _epsilon) = (normalizedShape, epsilon);
        if (!affine) return;
        Weight = AddParameter("weight", normalizedShape, Initializers.Ones);
        Bias = AddParameter("bias", normalizedShape, Initializers.Zeros);
    }

    /// <summary>γ, of the normalized shape, if there is one.</summary>
    public Parameter? Weight { get; }

    /// <summary>β, of the normalized shape, if there is one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.LayerNorm(_normalizedShape, Weight, Bias, _epsilon);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(LayerNorm))
        .With("normalizedShape", _normalizedShape).With("epsilon", _epsilon, 1e-5).With("affine", Weight is not null, true);
}
