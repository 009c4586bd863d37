using System.Numerics.Tensors;
using Backprop.Kernels;

namespace Backprop;

/// <summary>How <see cref="GradientClipping.ByNorm"/> measures the gradients.</summary>
public enum NormType
{
    /// <summary>The root of the sum of squares over all elements.</summary>
    L2,

    /// <summary>The largest absolute value among all elements.</summary>
    Infinity,
}

/// <summary>Bounds gradients between the backward pass and the optimizer's step, against the one batch that would throw the parameters far off.</summary>
/// <remarks>Source: R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks" (2013), algorithm 1.</remarks>
public static class GradientClipping
{
    /// <summary>
    /// Shortens all gradients together, as one long vector, to at most <paramref name="maxNorm"/>: <c>g ← g · min(1, maxNorm / (‖g‖ + 1e-6))</c>
    /// (PyTorch: <c>clip_grad_norm_</c>; Keras: <c>global_clipnorm</c>).
    /// </summary>
    /// <returns>The norm ‖g‖ before. It is infinite or NaN if a gradient is; nobody but the caller is told.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The largest norm is negative or not a number.</exception>
    public static double ByNorm(Gradients gradients, double maxNorm, NormType normType = NormType.L2)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        _ = OptionRange.NotNegative(maxNorm, nameof(maxNorm));
        double norm = normType == NormType.L2
            ? gradients.Norm()
            : gradients.Tensors.Aggregate(0.0, (largest, tensor) => Math.Max(largest, MaxMagnitude(gradients[tensor])));
        double factor = Math.Min(1, maxNorm / (norm + 1e-6));
        if (factor != 1) gradients.Scale(factor);
        return norm;
    }

    /// <summary>Limits every element to [−<paramref name="clipValue"/>, <paramref name="clipValue"/>] (PyTorch: <c>clip_grad_value_</c>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative or not a number.</exception>
    public static void ByValue(Gradients gradients, double clipValue)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        _ = OptionRange.NotNegative(clipValue, nameof(clipValue));
        gradients.Replace(gradient => Clamped(gradient, clipValue));
    }

    private static double MaxMagnitude(Tensor gradient) => gradient.DType == DType.Float32
        ? NormKernel.MaxMagnitude<float>(gradient.AsSpan<float>())
        : NormKernel.MaxMagnitude<double>(gradient.AsSpan<double>());

    private static Tensor Clamped(Tensor gradient, double limit)
    {
        Tensor clamped = Tensor.Uninitialized(gradient.Shape, gradient.DType);
        if (clamped.DType == DType.Float32) TensorPrimitives.Clamp(gradient.AsSpan<float>(), (float)-limit, (float)limit, clamped.AsSpan<float>());
        else TensorPrimitives.Clamp(gradient.AsSpan<double>(), -limit, limit, clamped.AsSpan<double>());
        return clamped;
    }
}
