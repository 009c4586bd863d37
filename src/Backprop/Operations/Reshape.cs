namespace Backprop;

/// <summary>The same elements in another shape; they are shared, not copied.</summary>
/// <remarks>Shapes: equal element counts. Backward: the gradient in the old shape. Nothing is saved.</remarks>
internal sealed class ReshapeOperation(Shape shape) : UnaryOperation
{
    private Shape _from;

    public override OperationFormula Formula => new("y = x in another shape", "∂L/∂x = ∂L/∂y in the old shape");

    protected override Tensor Forward(Tensor x)
    {
        _from = x.Shape;
        return x.View(shape);
    }

    protected override Tensor Backward(Tensor gradient) => gradient.View(_from);
}

/// <summary>Operations that change the shape and leave the elements where they are.</summary>
public static class ReshapeExtensions
{
    extension(Tensor x)
    {
        /// <summary>The same elements, row-major, in another shape; one length may be −1 and is then what is left over. The elements are shared.</summary>
        /// <exception cref="ShapeException">The element counts differ, or more than one length is −1.</exception>
        public Tensor Reshape(params ReadOnlySpan<int> lengths)
        {
            Span<int> filled = stackalloc int[lengths.Length];
            lengths.CopyTo(filled);
            int open = filled.IndexOf(-1);
            if (open >= 0)
            {
                long rest = 1;
                for (int i = 0; i < filled.Length; i++) rest *= i == open ? 1 : filled[i];
                filled[open] = rest > 0 ? (int)(x.ElementCount / rest) : 0;
            }
            Shape shape = filled.IndexOf(-1) < 0 ? Shape.Create(filled) : ThrowCount(x.Shape, lengths);
            return new ReshapeOperation(shape.ElementCount == x.ElementCount ? shape : ThrowCount(x.Shape, lengths)).Apply(x);
        }

        /// <summary>All axes from <paramref name="startAxis"/> on made one: [n, c, h, w] → [n, c·h·w] (Keras: Flatten).</summary>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        public Tensor Flatten(int startAxis = 1)
        {
            int start = x.Shape.Axis(startAxis, "Flatten"), tail = 1;
            for (int axis = start; axis < x.Rank; axis++) tail *= x.Shape[axis];
            return new ReshapeOperation(x.Shape.Slice(0, start).Concat([tail])).Apply(x);
        }

        /// <summary>A new axis of length 1 in front of <paramref name="axis"/>; −1 puts it last.</summary>
        /// <exception cref="ShapeException">There is no such place.</exception>
        public Tensor Unsqueeze(int axis)
        {
            int place = axis < 0 ? axis + x.Rank + 1 : axis;
            if (place < 0 || place > x.Rank) throw new ShapeException($"Unsqueeze: there is no place {axis} for a new axis in {x.Shape}; places go from {-x.Rank - 1} to {x.Rank}.");
            return new ReshapeOperation(x.Shape.Slice(0, place).Concat([1]).Concat(x.Shape.Slice(place))).Apply(x);
        }

        /// <summary>The tensor without an axis of length 1.</summary>
        /// <exception cref="ShapeException">There is no such axis, or its length is not 1.</exception>
        public Tensor Squeeze(int axis)
        {
            int place = x.Shape.Axis(axis, "Squeeze");
            if (x.Shape[place] != 1) throw new ShapeException($"Squeeze: axis {axis} of {x.Shape} has length {x.Shape[place]}; only an axis of length 1 can be dropped.");
            return new ReshapeOperation(x.Shape.Slice(0, place).Concat(x.Shape.Slice(place + 1))).Apply(x);
        }

        /// <summary>Tensors of one shape side by side along a new axis.</summary>
        /// <exception cref="ArgumentException">There is no tensor, or the dtypes differ.</exception>
        /// <exception cref="ShapeException">The shapes differ.</exception>
        public static Tensor Stack(int axis, params ReadOnlySpan<Tensor> tensors)
        {
            var parts = new Tensor[tensors.Length];
            for (int i = 0; i < parts.Length; i++) parts[i] = tensors[i].Unsqueeze(axis);
            return Tensor.Concatenate(axis, parts);
        }
    }

    private static Shape ThrowCount(Shape from, ReadOnlySpan<int> lengths) => throw new ShapeException(
        $"Reshape: {from} has {from.ElementCount} elements and can't become [{string.Join(", ", lengths.ToArray())}]; the product of the lengths must be the same, and one length may be -1.");
}
