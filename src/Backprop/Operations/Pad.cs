using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>A tensor framed by a constant: <c>before</c> elements in front of each axis and <c>after</c> behind it.</summary>
/// <remarks>Backward: the inner part of the gradient. Nothing is saved.</remarks>
internal sealed class PadOperation<T>((int Before, int After)[] pads, double value) : UnaryOperation where T : unmanaged, INumberBase<T>
{
    private Shape _shape;

    public override OperationFormula Formula => new($"y = x framed by {OperationFormula.Text(value)}", "∂L/∂x = the inner part of ∂L/∂y");

    protected override Tensor Forward(Tensor x)
    {
        _shape = x.Shape;
        Span<int> lengths = stackalloc int[x.Rank];
        for (int axis = 0; axis < x.Rank; axis++) lengths[axis] = pads[axis].Before + x.Shape[axis] + pads[axis].After;
        Tensor y = Tensor.Full(Shape.Create(lengths), value, x.DType);
        Span<int> strides = stackalloc int[x.Rank];
        int offset = Inner(y.Shape, strides);
        StridedKernel.Write(x.AsSpan<T>(), y.AsSpan<T>(), new StridedView(offset, _shape.AsSpan(), strides));
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Uninitialized<T>(_shape);
        Span<int> strides = stackalloc int[_shape.Rank];
        int offset = Inner(gradient.Shape, strides);
        StridedKernel.Read(gradient.AsSpan<T>(), new StridedView(offset, _shape.AsSpan(), strides), dx.AsSpan<T>());
        return dx;
    }

    private int Inner(Shape padded, Span<int> strides)
    {
        StridedKernel.DenseStrides(padded.AsSpan(), strides);
        int offset = 0;
        for (int axis = 0; axis < strides.Length; axis++) offset += pads[axis].Before * strides[axis];
        return offset;
    }
}

/// <summary>Padding.</summary>
public static class PadExtensions
{
    extension(Tensor x)
    {
        /// <summary>The tensor with <c>(before, after)</c> more elements on each axis, all equal to <paramref name="value"/>.</summary>
        /// <exception cref="ShapeException">There is not one pair for each axis, or a number is negative.</exception>
        public Tensor Pad(ReadOnlySpan<(int Before, int After)> pads, double value = 0)
        {
            if (pads.Length != x.Rank) throw new ShapeException($"Pad: {pads.Length} pairs for a tensor of shape {x.Shape}; one for each axis is needed.");
            foreach ((int before, int after) in pads)
            {
                if (before < 0 || after < 0) throw new ShapeException($"Pad: ({before}, {after}) is negative; to cut elements off, use Slice.");
            }
            return x.DType switch
            {
                DType.Float32 => new PadOperation<float>(pads.ToArray(), value).Apply(x),
                DType.Float64 => new PadOperation<double>(pads.ToArray(), value).Apply(x),
                DType.Int32 => new PadOperation<int>(pads.ToArray(), value).Apply(x),
                DType.Int64 => new PadOperation<long>(pads.ToArray(), value).Apply(x),
                _ => DTypes.ThrowUnsupported("Pad", x.DType),
            };
        }
    }
}
