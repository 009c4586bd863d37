namespace Backprop;

/// <summary>Affine map <c>y = x·Wᵀ + b</c> over the last axis (Keras: Dense; the book: Affine).</summary>
/// <remarks>Shapes: x [..., inputs] → y [..., outputs]. Parameters: <c>weight</c> [outputs, inputs], <c>bias</c> [outputs], both uniform in ±1/√inputs at first.</remarks>
public sealed class Linear : Module
{
    /// <summary>An affine map with new weights.</summary>
    /// <param name="inputs">Features in, at least 1.</param>
    /// <param name="outputs">Features out, at least 1.</param>
    /// <param name="bias">Whether to add a bias.</param>
    /// <param name="random">Where the weights come from; null: <see cref="RandomSource.Current"/>.</param>
    public Linear(int inputs, int outputs, bool bias = true, RandomSource? random = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        Initializer uniform = Initializers.FanInUniform(inputs);
        Weight = AddParameter("weight", [outputs, inputs], uniform, random);
        Bias = bias ? AddParameter("bias", [outputs], uniform, random) : null;
    }

    /// <summary>W, [outputs, inputs].</summary>
    public Parameter Weight { get; }

    /// <summary>b, [outputs], if there is one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Linear(Weight, Bias);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Linear)).With("inputs", Weight.Shape[1]).With("outputs", Weight.Shape[0]).With("bias", Bias is not null, true);
}
