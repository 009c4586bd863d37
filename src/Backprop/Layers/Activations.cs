namespace Backprop;

/// <summary><c>max(x, 0)</c>, element by element; slope 0 at 0 (Keras, the book: ReLU).</summary>
public sealed class Relu : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Relu();
}

/// <summary>x where it is positive, else <c>negativeSlope · x</c> (Keras: LeakyReLU, there with slope 0.3).</summary>
/// <param name="negativeSlope">What negative numbers are multiplied by; also the slope at 0.</param>
public sealed class LeakyRelu(double negativeSlope = 0.01) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.LeakyRelu(negativeSlope);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(LeakyRelu)).With("negativeSlope", negativeSlope);
}

/// <summary>x where it is positive, else <c>α(eˣ − 1)</c>. D. Clevert et al. (2016).</summary>
/// <param name="alpha">What very negative numbers come to, as −α.</param>
public sealed class Elu(double alpha = 1) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Elu(alpha);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Elu)).With("alpha", alpha);
}

/// <summary>The exponential unit that keeps mean 0 and variance 1 through many layers. G. Klambauer et al. (2017).</summary>
public sealed class Selu : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Selu();
}

/// <summary><c>x · Φ(x)</c>, Φ the normal distribution function. D. Hendrycks, K. Gimpel (2016).</summary>
/// <param name="form">Exact, or the faster approximation by tanh.</param>
public sealed class Gelu(GeluForm form = GeluForm.Exact) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Gelu(form);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Gelu)).With("form", form);
}

/// <summary><c>x · σ(x)</c> (Keras: silu or swish).</summary>
public sealed class Silu : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Silu();
}

/// <summary><c>σ(x) = 1 / (1 + e⁻ˣ)</c>, element by element. Not in front of <c>Losses.BceWithLogits</c>, which takes logits.</summary>
public sealed class Sigmoid : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Sigmoid();
}

/// <summary>The hyperbolic tangent, element by element.</summary>
public sealed class Tanh : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Tanh();
}

/// <summary><c>log(1 + e^βx) / β</c>: a smooth ReLU.</summary>
/// <param name="beta">How sharp the bend is.</param>
public sealed class Softplus(double beta = 1) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Softplus(beta);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Softplus)).With("beta", beta);
}

/// <summary><c>x/6 + 1/2</c>, limited to [0, 1] (PyTorch: Hardsigmoid).</summary>
public sealed class HardSigmoid : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.HardSigmoid();
}

/// <summary><c>x · hardsigmoid(x)</c> (PyTorch: Hardswish). A. Howard et al. (2019).</summary>
public sealed class HardSwish : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.HardSwish();
}

/// <summary>Probabilities along an axis: <c>exp(xᵢ) / Σⱼ exp(xⱼ)</c>. Not in front of <c>Losses.CrossEntropy</c>, which takes logits.</summary>
/// <param name="axis">Whose elements come to sum to 1; −1 is the last.</param>
public sealed class Softmax(int axis = -1) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Softmax(axis);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Softmax)).With("axis", axis);
}

/// <summary>Log-probabilities along an axis: <c>xᵢ − log Σⱼ exp(xⱼ)</c>, in front of <c>Losses.Nll</c>.</summary>
/// <param name="axis">Along which probabilities sum to 1; −1 is the last.</param>
public sealed class LogSoftmax(int axis = -1) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.LogSoftmax(axis);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(LogSoftmax)).With("axis", axis);
}
