using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y = (x − μ) / √(v + ε) · γ + β</c>, μ and v over a block of channels and all that follows, for each example by itself.</summary>
/// <remarks>
/// Shapes: x [n, channels, ...], γ and β [channels] → y as x. As many groups as channels make instance normalization, one group normalizes each example as a whole.
/// With x̂ = (x − μ) / √(v + ε), g = ∂L/∂y · γ and m elements in a group: ∂L/∂x = (g − Σg / m − x̂ · Σ(g·x̂) / m) / √(v + ε), ∂L/∂γ = Σ ∂L/∂y · x̂, ∂L/∂β = Σ ∂L/∂y.
/// Saves x, μ, 1/√(v + ε), and γ. Source: Y. Wu, K. He, "Group Normalization" (2018).
/// </remarks>
internal sealed class GroupNormOperation<T>(AffineInputs affine, int groups, double epsilon) : NaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor _x = null!, _mean = null!, _inverse = null!;
    private Tensor? _gamma;
    private GroupLayout _layout;

    public override OperationFormula Formula => affine.Formula("∂L/∂x = (g − Σ g / m − x̂ · Σ(g · x̂) / m) / √(v + ε) with g = ");

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        _x = Save(inputs[0]);
        (_gamma, Tensor? beta) = affine.Of(inputs);
        if (_gamma is not null) Save(_gamma);
        (int batch, int channels) = (_x.Shape[0], _x.Shape[1]);
        _layout = new GroupLayout(batch, groups, channels / groups, _x.ElementCount / Math.Max(1, batch * channels));
        (_mean, _inverse) = (Save(Tensor.Uninitialized<double>([batch, groups])), Save(Tensor.Uninitialized<double>([batch, groups])));
        Tensor y = Tensor.Uninitialized<T>(_x.Shape);
        GroupNormKernel.Forward(_x.AsSpan<T>(), y.AsSpan<T>(), _gamma.SpanOrEmpty<T>(), beta.SpanOrEmpty<T>(), _mean.AsSpan<double>(), _inverse.AsSpan<double>(), epsilon, _layout);
        _mean.Discard(); // when backward has read it
        _inverse.Discard();
        return y;
    }

    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Shape channels = [_layout.Channels];
        Tensor? dx = Needs(0) ? Tensor.Uninitialized<T>(_x.Shape) : null;
        Tensor? dgamma = affine.Gamma && Needs(AffineInputs.GammaIndex) ? Tensor.Uninitialized<T>(channels) : null;
        Tensor? dbeta = affine.Beta && Needs(affine.BetaIndex) ? Tensor.Uninitialized<T>(channels) : null;
        GroupNormKernel.Backward(gradient.AsSpan<T>(), _x.AsSpan<T>(), _gamma.SpanOrEmpty<T>(), _mean.AsSpan<double>(), _inverse.AsSpan<double>(),
            dx is null ? default : dx.AsSpan<T>(), dgamma is null ? default : dgamma.AsSpan<T>(), dbeta is null ? default : dbeta.AsSpan<T>(), _layout);
        inputGradients[0] = dx;
        if (affine.Gamma) inputGradients[AffineInputs.GammaIndex] = dgamma;
        if (affine.Beta) inputGradients[affine.BetaIndex] = dbeta;
    }
}

/// <summary>Group normalization as a member of <see cref="Tensor"/>.</summary>
public static class GroupNormExtensions
{
    extension(Tensor x)
    {
        /// <summary>
        /// <c>(x − μ) / √(v + ε) · γ + β</c> with mean and variance over each of <paramref name="groups"/> blocks of channels, for each example by itself (PyTorch:
        /// <c>group_norm</c>; with as many groups as channels, <c>instance_norm</c>).
        /// </summary>
        /// <remarks>Shapes: x [n, channels, ...], weight and bias [channels].</remarks>
        /// <param name="groups">Blocks of channels; divides their number.</param>
        /// <param name="weight">γ, or none for 1.</param>
        /// <param name="bias">β, or none for 0.</param>
        /// <param name="epsilon">ε, added to the variance.</param>
        /// <exception cref="ShapeException">Fewer than two axes, groups that do not divide the channels, or a parameter that is not [channels].</exception>
        public Tensor GroupNorm(int groups, Tensor? weight = null, Tensor? bias = null, double epsilon = 1e-5)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
            if (x.Rank < 2) ShapeException.Throw("GroupNorm", "channels stand on axis 1, and there is none", "[n, channels, ...]", ("input", x.Shape));
            if (x.Shape[1] % groups != 0) ShapeException.Throw("GroupNorm", $"{groups} groups do not divide {x.Shape[1]} channels", "a number of groups that divides axis 1", ("input", x.Shape));
            NormalizationChecks.CheckParameter("GroupNorm", x, "weight", weight, [x.Shape[1]], "[channels]");
            NormalizationChecks.CheckParameter("GroupNorm", x, "bias", bias, [x.Shape[1]], "[channels]");
            var affine = new AffineInputs(weight is not null, bias is not null);
            return x.DType switch
            {
                DType.Float32 => AffineInputs.Apply(new GroupNormOperation<float>(affine, groups, epsilon), x, weight, bias),
                DType.Float64 => AffineInputs.Apply(new GroupNormOperation<double>(affine, groups, epsilon), x, weight, bias),
                _ => DTypes.ThrowUnsupported("GroupNorm", x.DType),
            };
        }
    }
}
