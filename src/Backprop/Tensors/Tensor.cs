using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Backprop;

/// <summary>
/// Numbers in a grid: a <see cref="Shape"/>, a <see cref="DType"/> and the elements in row-major order, last axis fastest. Where gradients are wanted it
/// also knows the <see cref="Operation"/> that made it, and so is a node of the computation graph.
/// </summary>
/// <remarks>
/// Always contiguous: <c>Reshape</c> shares the elements, <c>Transpose</c> and <c>Slice</c> copy them. Operations never change their inputs; only optimizers and
/// <see cref="AsSpan{T}"/> write into a tensor. Nothing needs to be disposed.
/// </remarks>
public partial class Tensor
{
    internal Tensor(Shape shape, DType dtype, Storage storage, int life)
    {
        Shape = shape;
        DType = dtype;
        Storage = storage;
        _life = life;
    }

    /// <summary>A tensor of the same elements, which are shared; the graph is not.</summary>
    private protected Tensor(Tensor other) : this(other.Shape, other.DType, other.Storage, other._life) { }

    /// <summary>The lengths of the axes.</summary>
    public Shape Shape { get; private set; }

    /// <summary>The type of the elements.</summary>
    public DType DType { get; private set; }

    /// <summary>How many axes there are.</summary>
    public int Rank => Shape.Rank;

    /// <summary>How many elements there are (PyTorch: <c>numel()</c>).</summary>
    public int ElementCount => Shape.ElementCount;

    /// <summary>The operation that made this tensor, if its gradient may be asked for; null for a leaf of the graph (PyTorch: <c>grad_fn</c>).</summary>
    public Operation? Origin { get; internal set; }

    /// <summary>Whether <see cref="Gradients"/> will hold the gradient of this very tensor.</summary>
    public bool RequiresGradient { get; private set; }

    /// <summary>Whether a gradient passes through this tensor: it requires one, or was made from a tensor that does.</summary>
    public bool IsTracked => RequiresGradient || Origin is not null;

    /// <summary>Asks for the gradient of this tensor, or no longer, and returns the tensor (PyTorch: <c>requires_grad_()</c>).</summary>
    /// <exception cref="NotSupportedException">The tensor holds integers or truth values, which have no gradient.</exception>
    public Tensor RequireGradient(bool require = true)
    {
        if (require && !DType.IsFloatingPoint) throw new NotSupportedException($"A tensor of {DType} has no gradient: convert it with To(DType.Float32).");
        RequiresGradient = require;
        return this;
    }

    /// <summary>The same elements without the graph: no gradient passes (PyTorch: <c>detach()</c>). The elements are shared.</summary>
    public Tensor Detach() => new(this);

    /// <summary>The elements themselves, row-major. What is written here is seen by every view; don't write into a tensor that a backward pass still needs.</summary>
    /// <exception cref="InvalidCastException"><typeparamref name="T"/> is not the type of the elements.</exception>
    /// <exception cref="ObjectDisposedException">The step in which the tensor was made has ended.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> AsSpan<T>() where T : unmanaged
    {
        if (DTypes.Of<T>() != DType) ThrowElementType(typeof(T));
        if (IsRecycled) ThrowRecycled();
        return Storage.Span<T>();
    }

    /// <summary>A copy of the elements, row-major.</summary>
    /// <exception cref="InvalidCastException"><typeparamref name="T"/> is not the type of the elements.</exception>
    public T[] ToArray<T>() where T : unmanaged => AsSpan<T>().ToArray();

    /// <summary>The number in a tensor of one element (PyTorch: <c>item()</c>).</summary>
    /// <exception cref="ShapeException">There is not exactly one element.</exception>
    public double Item()
    {
        if (ElementCount != 1) ShapeException.Throw("Item", "only a tensor of one element is a number", "one element", ("tensor", Shape));
        return ElementAt(0);
    }

    /// <summary>One element, by its index on each axis; negative indices count from the end.</summary>
    /// <exception cref="ShapeException">There is not one index for each axis.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside its axis.</exception>
    public double At(params ReadOnlySpan<int> indices)
    {
        if (indices.Length != Rank) throw new ShapeException($"At: {indices.Length} indices for a tensor of shape {Shape}; one for each axis is needed.");
        int position = 0;
        for (int axis = 0; axis < indices.Length; axis++)
        {
            int length = Shape[axis], index = indices[axis] < 0 ? indices[axis] + length : indices[axis];
            if ((uint)index >= (uint)length) throw new ArgumentOutOfRangeException(nameof(indices), $"At: index {indices[axis]} on axis {axis} is outside of {Shape}.");
            position = position * length + index;
        }
        return ElementAt(position);
    }

    /// <summary>Makes the elements equal to those of another tensor of this shape and dtype, for example to load a parameter.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="InvalidCastException">The dtypes differ.</exception>
    public void CopyFrom(Tensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Shape != Shape) ShapeException.Throw("CopyFrom", "the shapes differ", "equal shapes", ("from", source.Shape), ("to", Shape));
        if (source.DType != DType) throw new InvalidCastException($"CopyFrom: {source.DType} can't be copied into {DType}; convert it with To(DType.{DType}).");
        switch (DType)
        {
            case DType.Float32: source.AsSpan<float>().CopyTo(AsSpan<float>()); break;
            case DType.Float64: source.AsSpan<double>().CopyTo(AsSpan<double>()); break;
            case DType.Int32: source.AsSpan<int>().CopyTo(AsSpan<int>()); break;
            case DType.Int64: source.AsSpan<long>().CopyTo(AsSpan<long>()); break;
            default: source.AsSpan<bool>().CopyTo(AsSpan<bool>()); break;
        }
    }

    /// <summary>A tensor of the same elements in another shape; they are shared, the graph is not.</summary>
    internal Tensor View(Shape shape) =>
        StepMemory.Current is { } step ? step.NewTensor(shape, DType, Storage, _life) : new Tensor(shape, DType, Storage, _life);

    /// <summary>Gives this very tensor elements of another dtype, of equal value as far as it can hold them.</summary>
    internal void Convert(DType dtype)
    {
        using StepMemory.Outside outside = StepMemory.Suspend();
        Use(dtype, Generate(Shape, dtype, ElementAt).Storage);
    }

    /// <summary>Gives this very tensor other elements, as many as it has.</summary>
    internal void Use(DType dtype, Storage storage) => (DType, Storage, _life) = (dtype, storage, storage.Life);

    /// <summary>The memory that the elements take.</summary>
    internal long ByteCount => (long)ElementCount * DType.Size;

    /// <summary>Whether no element is NaN or infinite.</summary>
    internal bool IsFinite => DType switch
    {
        DType.Float32 => TensorPrimitives.IsFiniteAll<float>(AsSpan<float>()),
        DType.Float64 => TensorPrimitives.IsFiniteAll<double>(AsSpan<double>()),
        _ => true,
    };

    internal double ElementAt(int position) => DType switch
    {
        DType.Float32 => AsSpan<float>()[position],
        DType.Float64 => AsSpan<double>()[position],
        DType.Int32 => AsSpan<int>()[position],
        DType.Int64 => AsSpan<long>()[position],
        _ => AsSpan<bool>()[position] ? 1 : 0,
    };

    [DoesNotReturn]
    private void ThrowElementType(Type type) => throw new InvalidCastException($"The elements of this tensor are {DType}, not {type.Name}: convert it with To(DType.…) first.");
}
