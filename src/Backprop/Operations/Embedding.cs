using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y[..., :] = W[index[...], :]</c>: a row of W for each number.</summary>
/// <remarks>
/// Shapes: W [rows, width], index of any shape → y [index..., width].
/// Backward: each row of ∂L/∂y is added to the row of ∂L/∂W it came from, in the order of the index; the padding row gets nothing. Saves the index.
/// </remarks>
internal sealed class EmbeddingOperation<T>(int[] index, Shape indexShape, int? paddingIndex) : UnaryOperation where T : unmanaged, IFloatingPointIeee754<T>
{
    private Shape _shape;

    public override OperationFormula Formula => new("y = W[index]",
        $"∂L/∂W = Σ rows of ∂L/∂y at the rows they came from{(paddingIndex is { } row ? $", 0 at row {OperationFormula.Text(row)}, the padding's" : "")}");

    protected override Tensor Forward(Tensor x)
    {
        _shape = x.Shape;
        Tensor y = Tensor.Uninitialized<T>(indexShape.Concat([_shape[1]]));
        IndexKernel.Read(x.AsSpan<T>(), index, y.AsSpan<T>(), 1, _shape[0], _shape[1]);
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dw = Tensor.Zeros(_shape, gradient.DType);
        IndexKernel.Add(gradient.AsSpan<T>(), index, dw.AsSpan<T>(), 1, _shape[0], _shape[1]);
        if (paddingIndex is { } row) dw.AsSpan<T>().Slice(row * _shape[1], _shape[1]).Clear();
        return dw;
    }
}

/// <summary>Embedding as a member of <see cref="Tensor"/>.</summary>
public static class EmbeddingExtensions
{
    extension(Tensor weight)
    {
        /// <summary>A row of this matrix for each number (PyTorch: <c>F.embedding(indices, weight)</c>): weight [rows, width], indices [...] → [..., width].</summary>
        /// <param name="indices">Int32 or Int64 in [0, rows).</param>
        /// <param name="paddingIndex">A row that stands for nothing: it gets no gradient. Negative ones count from the end.</param>
        /// <exception cref="ShapeException">This tensor is no matrix.</exception>
        /// <exception cref="ArgumentOutOfRangeException">An index, or the padding's, is no row.</exception>
        public Tensor Embedding(Tensor indices, int? paddingIndex = null)
        {
            ArgumentNullException.ThrowIfNull(indices);
            if (weight.Rank != 2) ShapeException.Throw("Embedding", "the weight is no matrix", "weight [rows, width]", ("weight", weight.Shape));
            int rows = weight.Shape[0];
            if (paddingIndex is { } padding)
            {
                if (padding < -rows || padding >= rows) throw new ArgumentOutOfRangeException(nameof(paddingIndex), padding, $"Embedding: the padding index is no row of {weight.Shape}.");
                paddingIndex = padding < 0 ? padding + rows : padding;
            }
            int[] numbers = IndexExtensions.Numbers("Embedding", indices, rows);
            return weight.DType switch
            {
                DType.Float32 => new EmbeddingOperation<float>(numbers, indices.Shape, paddingIndex).Apply(weight),
                DType.Float64 => new EmbeddingOperation<double>(numbers, indices.Shape, paddingIndex).Apply(weight),
                _ => DTypes.ThrowUnsupported("Embedding", weight.DType),
            };
        }
    }
}
