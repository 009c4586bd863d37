using Backprop.Kernels;

namespace Backprop;

/// <summary>The same numbers in another floating-point dtype.</summary>
/// <remarks>Shapes: any. Backward: the gradient in the old dtype. Nothing is saved.</remarks>
internal sealed class CastOperation(DType to) : UnaryOperation
{
    private DType _from;

    public override OperationFormula Formula => new($"y = x as {to}", "∂y/∂x = 1");

    protected override Tensor Forward(Tensor x)
    {
        _from = x.DType;
        return Convert(x, to);
    }

    protected override Tensor Backward(Tensor gradient) => Convert(gradient, _from);

    /// <summary>The elements of x in another dtype, as a new tensor.</summary>
    public static Tensor Convert(Tensor x, DType to) => x.DType switch
    {
        DType.Float32 => Convert<float>(x, to),
        DType.Float64 => Convert<double>(x, to),
        DType.Int32 => Convert<int>(x, to),
        DType.Int64 => Convert<long>(x, to),
        _ => Convert<bool>(x, to),
    };

    private static Tensor Convert<TFrom>(Tensor x, DType to) where TFrom : unmanaged
    {
        Tensor y = Tensor.Uninitialized(x.Shape, to);
        switch (to)
        {
            case DType.Float32: CastKernel.Run<TFrom, float>(x.AsSpan<TFrom>(), y.AsSpan<float>()); break;
            case DType.Float64: CastKernel.Run<TFrom, double>(x.AsSpan<TFrom>(), y.AsSpan<double>()); break;
            case DType.Int32: CastKernel.Run<TFrom, int>(x.AsSpan<TFrom>(), y.AsSpan<int>()); break;
            case DType.Int64: CastKernel.Run<TFrom, long>(x.AsSpan<TFrom>(), y.AsSpan<long>()); break;
            default: CastKernel.Run<TFrom, bool>(x.AsSpan<TFrom>(), y.AsSpan<bool>()); break;
        }
        return y;
    }
}

/// <summary>Conversion between dtypes.</summary>
public static class CastExtensions
{
    extension(Tensor x)
    {
        /// <summary>
        /// The same numbers in another dtype; the tensor itself where it has that dtype. Towards integers fractions are cut off, numbers out of range become the
        /// nearest limit, NaN becomes 0, and no gradient passes. All but 0 is true.
        /// </summary>
        public Tensor To(DType dtype) =>
            dtype == x.DType ? x
            : dtype.IsFloatingPoint ? new CastOperation(dtype).Apply(x)
            : CastOperation.Convert(x, dtype);
    }
}
