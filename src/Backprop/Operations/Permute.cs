using Backprop.Kernels;

namespace Backprop;

/// <summary>Axes in another order: <c>y[i₀, i₁, …] = x[…]</c> with axis <c>axes[k]</c> of x as axis k of y.</summary>
/// <remarks>
/// Shapes: x any → y with the lengths permuted. Backward: the gradient, permuted back. Nothing is saved. Elements of any dtype.
/// </remarks>
internal sealed class PermuteOperation<T>(int[] axes) : UnaryOperation where T : unmanaged
{
    public override OperationFormula Formula => new("y = x with its axes in another order", "∂L/∂x = ∂L/∂y with its axes in the old order");

    protected override Tensor Forward(Tensor x) => Permute(x, axes);

    protected override Tensor Backward(Tensor gradient)
    {
        int[] inverse = new int[axes.Length];
        for (int k = 0; k < axes.Length; k++) inverse[axes[k]] = k;
        return Permute(gradient, inverse);
    }

    private static Tensor Permute(Tensor x, ReadOnlySpan<int> axes)
    {
        Span<int> dense = stackalloc int[axes.Length], strides = stackalloc int[axes.Length], lengths = stackalloc int[axes.Length];
        StridedKernel.DenseStrides(x.Shape.AsSpan(), dense);
        for (int k = 0; k < axes.Length; k++) (strides[k], lengths[k]) = (dense[axes[k]], x.Shape[axes[k]]);
        Tensor y = Tensor.Uninitialized<T>(Shape.Create(lengths));
        StridedKernel.Read(x.AsSpan<T>(), new StridedView(0, lengths, strides), y.AsSpan<T>());
        return y;
    }
}

/// <summary>Operations that reorder axes.</summary>
public static class PermuteExtensions
{
    extension(Tensor x)
    {
        /// <summary>The axes in the order given: axis <c>axes[k]</c> becomes axis k; <c>Permute(0, 2, 3, 1)</c> turns NCHW into NHWC. Copies.</summary>
        /// <exception cref="ShapeException"><paramref name="axes"/> does not name every axis exactly once.</exception>
        public Tensor Permute(params ReadOnlySpan<int> axes)
        {
            int[] order = new int[axes.Length];
            bool[] seen = new bool[x.Rank];
            bool valid = axes.Length == x.Rank;
            for (int k = 0; valid && k < order.Length; k++)
            {
                order[k] = x.Shape.Axis(axes[k], "Permute");
                valid = !seen[order[k]];
                seen[order[k]] = true;
            }
            if (!valid) throw new ShapeException($"Permute: the axes [{string.Join(", ", axes.ToArray())}] do not name each of the {x.Rank} axes of {x.Shape} once.");
            return x.DType switch
            {
                DType.Float32 => new PermuteOperation<float>(order).Apply(x),
                DType.Float64 => new PermuteOperation<double>(order).Apply(x),
                DType.Int32 => new PermuteOperation<int>(order).Apply(x),
                DType.Int64 => new PermuteOperation<long>(order).Apply(x),
                _ => new PermuteOperation<bool>(order).Apply(x),
            };
        }

        /// <summary>Two axes swapped; of a matrix, the transpose. Copies.</summary>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        public Tensor Transpose(int a = -2, int b = -1)
        {
            int[] axes = new int[x.Rank];
            for (int k = 0; k < axes.Length; k++) axes[k] = k;
            (a, b) = (x.Shape.Axis(a, "Transpose"), x.Shape.Axis(b, "Transpose"));
            (axes[a], axes[b]) = (b, a);
            return x.Permute(axes);
        }
    }
}
