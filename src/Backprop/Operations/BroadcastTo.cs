using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>A tensor repeated along axes of length 1 and along new leading axes.</summary>
/// <remarks>
/// Shapes: aligned at the last axis; each length of x is that of the result, or 1, or missing. Backward: the gradient added up over what was repeated.
/// Nothing is saved.
/// </remarks>
internal sealed class BroadcastToOperation<T>(Shape shape) : UnaryOperation where T : unmanaged, INumberBase<T>
{
    private Shape _from;

    public override OperationFormula Formula => new("y = x repeated", "∂L/∂x = Σ ∂L/∂y over what was repeated");

    protected override Tensor Forward(Tensor x)
    {
        _from = x.Shape;
        Tensor y = Tensor.Uninitialized<T>(shape);
        Span<int> strides = stackalloc int[shape.Rank];
        Strides(strides);
        StridedKernel.Read(x.AsSpan<T>(), new StridedView(0, shape.AsSpan(), strides), y.AsSpan<T>());
        return y;
    }

    protected override Tensor Backward(Tensor gradient) => Broadcasting.SumTo(gradient, _from);

    private void Strides(Span<int> strides)
    {
        int lead = shape.Rank - _from.Rank;
        strides[..lead].Clear();
        StridedKernel.DenseStrides(_from.AsSpan(), strides[lead..]);
        for (int axis = 0; axis < _from.Rank; axis++)
        {
            if (_from[axis] == 1) strides[lead + axis] = 0;
        }
    }
}

/// <summary>Broadcasting made explicit.</summary>
public static class BroadcastToExtensions
{
    extension(Tensor x)
    {
        /// <summary>The tensor repeated until it has the given shape (PyTorch: <c>expand</c>, but copied). Arithmetic broadcasts by itself.</summary>
        /// <exception cref="ShapeException">A length is neither that of the shape nor 1.</exception>
        public Tensor BroadcastTo(Shape shape)
        {
            int lead = shape.Rank - x.Rank;
            bool fits = lead >= 0;
            for (int axis = 0; fits && axis < x.Rank; axis++) fits = x.Shape[axis] == shape[lead + axis] || x.Shape[axis] == 1;
            if (!fits) ShapeException.Throw("BroadcastTo", "the shape can't be reached by repeating", "each length equal or 1, aligned at the last axis", ("from", x.Shape), ("to", shape));
            return x.DType switch
            {
                DType.Float32 => new BroadcastToOperation<float>(shape).Apply(x),
                DType.Float64 => new BroadcastToOperation<double>(shape).Apply(x),
                DType.Int32 => new BroadcastToOperation<int>(shape).Apply(x),
                DType.Int64 => new BroadcastToOperation<long>(shape).Apply(x),
                _ => DTypes.ThrowUnsupported("BroadcastTo", x.DType),
            };
        }
    }
}
