using System.Globalization;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Tensors joined along an axis.</summary>
/// <remarks>Shapes: equal on all other axes. Backward: each input gets its part of the gradient. Nothing is saved. Elements of any dtype.</remarks>
internal sealed class ConcatenateOperation<T>(int axis) : NaryOperation where T : unmanaged
{
    private Shape[] _shapes = [];
    private Shape _joined;

    public override OperationFormula Formula => new($"y = [{string.Join(", ", Symbols())}]", [.. Symbols().Select((symbol, i) => $"∂L/∂{symbol} = part {i + 1} of ∂L/∂y")]);

    private IEnumerable<string> Symbols() => _shapes.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"x{i + 1}"));

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        _shapes = new Shape[inputs.Length];
        int length = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            _shapes[i] = inputs[i].Shape;
            length += _shapes[i][axis];
        }
        _joined = _shapes[0].With(axis, length);
        Tensor y = Tensor.Uninitialized<T>(_joined);
        Span<int> strides = stackalloc int[_joined.Rank];
        StridedKernel.DenseStrides(_joined.AsSpan(), strides);
        int start = 0;
        foreach (Tensor input in inputs)
        {
            StridedKernel.Write(input.AsSpan<T>(), y.AsSpan<T>(), new StridedView(start * strides[axis], input.Shape.AsSpan(), strides));
            start += input.Shape[axis];
        }
        return y;
    }

    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Span<int> strides = stackalloc int[_joined.Rank];
        StridedKernel.DenseStrides(_joined.AsSpan(), strides);
        int start = 0;
        for (int i = 0; i < _shapes.Length; i++)
        {
            if (Needs(i))
            {
                Tensor dx = Tensor.Uninitialized<T>(_shapes[i]);
                StridedKernel.Read(gradient.AsSpan<T>(), new StridedView(start * strides[axis], _shapes[i].AsSpan(), strides), dx.AsSpan<T>());
                inputGradients[i] = dx;
            }
            start += _shapes[i][axis];
        }
    }
}

/// <summary>Joining tensors.</summary>
public static class ConcatenateExtensions
{
    extension(Tensor)
    {
        /// <summary>Tensors one behind the other along an axis that they have (PyTorch: <c>cat</c>).</summary>
        /// <exception cref="ArgumentException">There is no tensor, or the dtypes differ.</exception>
        /// <exception cref="ShapeException">The shapes differ on another axis, or there is no such axis.</exception>
        public static Tensor Concatenate(int axis, params ReadOnlySpan<Tensor> tensors)
        {
            if (tensors.IsEmpty) throw new ArgumentException("Concatenate: there must be at least one tensor.", nameof(tensors));
            Tensor first = tensors[0];
            axis = first.Shape.Axis(axis, "Concatenate");
            for (int i = 1; i < tensors.Length; i++)
            {
                Tensor other = tensors[i];
                if (other.Rank != first.Rank || other.Shape.With(axis, first.Shape[axis]) != first.Shape)
                {
                    ShapeException.Throw("Concatenate", $"tensor {i} does not fit tensor 0", $"equal lengths on every axis but {axis}", ("first", first.Shape), ("other", other.Shape));
                }
                if (other.DType != first.DType) throw new ArgumentException($"Concatenate: tensor 0 is {first.DType} and tensor {i} is {other.DType}; convert one with To(…).", nameof(tensors));
            }
            return first.DType switch
            {
                DType.Float32 => new ConcatenateOperation<float>(axis).Apply(tensors),
                DType.Float64 => new ConcatenateOperation<double>(axis).Apply(tensors),
                DType.Int32 => new ConcatenateOperation<int>(axis).Apply(tensors),
                DType.Int64 => new ConcatenateOperation<long>(axis).Apply(tensors),
                _ => new ConcatenateOperation<bool>(axis).Apply(tensors),
            };
        }
    }
}
