using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>What shapes make of each other when operands are repeated along axes of length 1 and along missing leading axes.</summary>
internal static class Broadcasting
{
    /// <summary>The shape of the result: aligned at the last axis, each length is the one that is not 1.</summary>
    /// <exception cref="ShapeException">Two lengths differ and neither is 1.</exception>
    public static Shape Of(string operation, Shape a, Shape b)
    {
        if (a == b) return a;
        int rank = Math.Max(a.Rank, b.Rank);
        Span<int> lengths = stackalloc int[rank];
        for (int back = 1; back <= rank; back++)
        {
            int lengthA = back <= a.Rank ? a[^back] : 1, lengthB = back <= b.Rank ? b[^back] : 1;
            if (lengthA != lengthB && lengthA != 1 && lengthB != 1)
            {
                ShapeException.Throw(operation, $"the shapes can't be broadcast: counted from the last axis, axis {-back} has lengths {lengthA} and {lengthB}",
                    "on each axis equal lengths, or a length of 1; Unsqueeze adds one", ("left", a), ("right", b));
            }
            lengths[^back] = lengthA == 1 ? lengthB : lengthA;
        }
        return Shape.Create(lengths);
    }

    /// <inheritdoc cref="SumTo{T}(Tensor, Shape)"/>
    public static Tensor SumTo(Tensor gradient, Shape shape) => gradient.DType == DType.Float32 ? SumTo<float>(gradient, shape) : SumTo<double>(gradient, shape);

    /// <summary>Adds up a gradient over the axes along which an operand of shape <paramref name="shape"/> was repeated; itself if there is none.</summary>
    public static Tensor SumTo<T>(Tensor gradient, Shape shape) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (gradient.Shape == shape) return gradient;
        if (gradient.ElementCount == shape.ElementCount) return gradient.View(shape);
        Tensor sum = Tensor.Uninitialized<T>(shape);
        int lead = gradient.Rank - shape.Rank;
        Span<bool> repeated = stackalloc bool[gradient.Rank];
        for (int axis = 0; axis < repeated.Length; axis++) repeated[axis] = axis < lead || (shape[axis - lead] == 1 && gradient.Shape[axis] != 1);
        ReduceKernel.Run<SumRule, T>(gradient.AsSpan<T>(), gradient.Shape.AsSpan(), repeated, sum.AsSpan<T>());
        return sum;
    }
}
