using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y = x · mask / (1 − p)</c>, where each element of the mask is 0 with probability p, else 1: in expectation y is x.</summary>
/// <remarks>
/// Shapes: any; y has that of x. The mask is a function of the key and of each element's position, so that it is the same for any number of threads.
/// Backward: ∂L/∂x = ∂L/∂y · mask / (1 − p). Saves the key of the mask, eight bytes, and nothing else.
/// Source: N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting" (2014), scaled in training instead of in evaluation.
/// </remarks>
internal sealed class DropoutOperation<T>(double p, ulong key) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    public override OperationFormula Formula => new($"y = x · mask / {OperationFormula.Text(1 - p)}", $"∂y/∂x = mask / {OperationFormula.Text(1 - p)}");

    protected override Tensor Forward(Tensor x) => Masked(x, Tensor.Uninitialized<T>(x.Shape));

    protected override Tensor Backward(Tensor gradient) => Masked(gradient, Overwritten(gradient));

    private Tensor Masked(Tensor x, Tensor y)
    {
        if (p == 1) return Tensor.Zeros(x.Shape, x.DType);
        DropoutKernel.Apply(x.AsSpan<T>(), y.AsSpan<T>(), p, key);
        return y;
    }
}

/// <summary>Dropout as a member of <see cref="Tensor"/>.</summary>
public static class DropoutExtensions
{
    extension(Tensor x)
    {
        /// <summary>
        /// Zeroes each element with probability <paramref name="p"/> and divides the others by 1 − p, so that evaluation needs no dropout at all (PyTorch:
        /// <c>dropout</c>; the book does not divide, and multiplies by 1 − p in evaluation instead).
        /// </summary>
        /// <param name="p">The chance to be zeroed, from 0, which returns this very tensor, to 1.</param>
        /// <param name="random">Gives one number, the key of the mask.</param>
        /// <exception cref="ArgumentOutOfRangeException">p is not in [0, 1].</exception>
        public Tensor Dropout(double p, RandomSource random)
        {
            ArgumentNullException.ThrowIfNull(random);
            if (p is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "Dropout: p is the chance to be zeroed, from 0 to 1.");
            if (p == 0) return x;
            return x.DType switch
            {
                DType.Float32 => new DropoutOperation<float>(p, random.NextUInt64()).Apply(x),
                DType.Float64 => new DropoutOperation<double>(p, random.NextUInt64()).Apply(x),
                _ => DTypes.ThrowUnsupported("Dropout", x.DType),
            };
        }
    }
}
