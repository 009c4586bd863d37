using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y = (x − μ) / √(v + ε) ⊙ γ + β</c>, μ and v over the last axes, for each example by itself.</summary>
/// <remarks>
/// Shapes: x [..., normalized], γ and β [normalized] → y as x. v divides by the number of elements m.
/// With x̂ = (x − μ) / √(v + ε) and g = ∂L/∂y ⊙ γ: ∂L/∂x = (g − Σg / m − x̂ · Σ(g ⊙ x̂) / m) / √(v + ε); ∂L/∂γ = Σ ∂L/∂y ⊙ x̂ and ∂L/∂β = Σ ∂L/∂y over the rows. Saves x,
/// μ, 1/√(v + ε), and γ. Source: J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization" (2016).
/// </remarks>
internal sealed class LayerNormOperation<T>(AffineInputs affine, Shape normalized, double epsilon) : NaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor _x = null!, _gamma = null!, _mean = null!, _inverse = null!;

    public override OperationFormula Formula => affine.Formula("∂L/∂x = (g − Σ g / m − x̂ · Σ(g · x̂) / m) / √(v + ε) with g = ");

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        _x = Save(inputs[0]);
        (Tensor? gamma, Tensor? beta) = affine.Of(inputs);
        _gamma = Save(gamma ?? Tensor.Ones(normalized, _x.DType));
        beta ??= Tensor.Zeros(normalized, _x.DType);
        Shape rows = _x.Shape[..^normalized.Rank];
        (_mean, _inverse) = (Save(Tensor.Uninitialized<double>(rows)), Save(Tensor.Uninitialized<double>(rows)));
        Tensor y = Tensor.Uninitialized<T>(_x.Shape);
        LayerNormKernel.Forward(_x.AsSpan<T>(), y.AsSpan<T>(), _gamma.AsSpan<T>(), beta.AsSpan<T>(), _mean.AsSpan<double>(), _inverse.AsSpan<double>(), epsilon);
        _mean.Discard(); // when backward has read it
        _inverse.Discard();
        return y;
    }

    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Tensor? dx = Needs(0) ? Tensor.Uninitialized<T>(_x.Shape) : null;
        Tensor dgamma = Tensor.Uninitialized<T>(normalized), dbeta = Tensor.Uninitialized<T>(normalized);
        LayerNormKernel.Backward(gradient.AsSpan<T>(), _x.AsSpan<T>(), _gamma.AsSpan<T>(), _mean.AsSpan<double>(), _inverse.AsSpan<double>(),
            dx is null ? default : dx.AsSpan<T>(), dgamma.AsSpan<T>(), dbeta.AsSpan<T>());
        inputGradients[0] = dx;
        if (affine.Gamma && Needs(AffineInputs.GammaIndex)) inputGradients[AffineInputs.GammaIndex] = dgamma;
        if (affine.Beta && Needs(affine.BetaIndex)) inputGradients[affine.BetaIndex] = dbeta;
    }
}

/// <summary>Layer normalization as a member of <see cref="Tensor"/>.</summary>
public static class LayerNormExtensions
{
    extension(Tensor x)
    {
        /// <summary><c>(x − μ) / √(v + ε) ⊙ γ + β</c> with mean and variance over the last axes, for each example by itself (PyTorch: <c>layer_norm</c>).</summary>
        /// <param name="normalizedShape">The last axes of x, over which to normalize; the shape of γ and β.</param>
        /// <param name="weight">γ, or none for 1.</param>
        /// <param name="bias">β, or none for 0.</param>
        /// <param name="epsilon">ε, added to the variance.</param>
        /// <exception cref="ShapeException">The last axes of x are not <paramref name="normalizedShape"/>, or a parameter is not of that shape.</exception>
        public Tensor LayerNorm(Shape normalizedShape, Tensor? weight = null, Tensor? bias = null, double epsilon = 1e-5)
        {
            if (normalizedShape.Rank == 0 || normalizedShape.Rank > x.Rank || x.Shape[^normalizedShape.Rank..] != normalizedShape)
            {
                ShapeException.Throw("LayerNorm", "the last axes are not those to normalize over", $"input [..., {normalizedShape.ToString()[1..]}", ("input", x.Shape), ("over", normalizedShape));
            }
            NormalizationChecks.CheckParameter("LayerNorm", x, "weight", weight, normalizedShape, "as the axes to normalize over");
            NormalizationChecks.CheckParameter("LayerNorm", x, "bias", bias, normalizedShape, "as the axes to normalize over");
            var affine = new AffineInputs(weight is not null, bias is not null);
            return x.DType switch
            {
                DType.Float32 => AffineInputs.Apply(new LayerNormOperation<float>(affine, normalizedShape, epsilon), x, weight, bias),
                DType.Float64 => AffineInputs.Apply(new LayerNormOperation<double>(affine, normalizedShape, epsilon), x, weight, bias),
                _ => DTypes.ThrowUnsupported("LayerNorm", x.DType),
            };
        }
    }
}
