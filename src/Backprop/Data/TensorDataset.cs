using Backprop.Kernels;

namespace Backprop;

/// <summary>Examples that lie in two tensors, one example a row.</summary>
public sealed class TensorDataset : Dataset
{
    private readonly Tensor _inputs, _targets;

    /// <summary>A set of the rows of two tensors, which are not copied.</summary>
    /// <param name="inputs">[n, ...].</param>
    /// <param name="targets">[n, ...]; class numbers are Int32 or Int64 [n].</param>
    /// <param name="classNames">What the classes are called, where targets are class numbers.</param>
    /// <exception cref="ShapeException">The tensors do not hold equally many examples.</exception>
    public TensorDataset(Tensor inputs, Tensor targets, IReadOnlyList<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        if (inputs.Rank == 0 || targets.Rank == 0 || inputs.Shape[0] != targets.Shape[0])
        {
            ShapeException.Throw("TensorDataset", "inputs and targets must be equally many", "inputs [n, ...], targets [n, ...]", ("inputs", inputs.Shape), ("targets", targets.Shape));
        }
        (_inputs, _targets, ClassNames) = (inputs.Detach().Keep(), targets.Detach().Keep(), classNames ?? []);
    }

    /// <inheritdoc/>
    public override int Count => _inputs.Shape[0];

    /// <inheritdoc/>
    public override Shape InputShape => _inputs.Shape[1..];

    /// <inheritdoc/>
    public override Shape TargetShape => _targets.Shape[1..];

    /// <inheritdoc/>
    public override DType InputDType => _inputs.DType;

    /// <inheritdoc/>
    public override DType TargetDType => _targets.DType;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public override void Fill(ReadOnlySpan<int> indices, Tensor inputs, Tensor targets)
    {
        CheckRoom(indices, inputs, targets);
        CopyRows(_inputs, indices, inputs);
        CopyRows(_targets, indices, targets);
    }

    private static void CopyRows(Tensor source, ReadOnlySpan<int> rows, Tensor destination)
    {
        switch (source.DType)
        {
            case DType.Float32: CopyRows<float>(source, rows, destination); break;
            case DType.Float64: CopyRows<double>(source, rows, destination); break;
            case DType.Int32: CopyRows<int>(source, rows, destination); break;
            case DType.Int64: CopyRows<long>(source, rows, destination); break;
            default: CopyRows<bool>(source, rows, destination); break;
        }
    }

    private static void CopyRows<T>(Tensor source, ReadOnlySpan<int> rows, Tensor destination) where T : unmanaged
    {
        int count = source.Shape[0], length = count == 0 ? 0 : source.ElementCount / count;
        IndexKernel.Read(source.AsSpan<T>(), rows, destination.AsSpan<T>(), outer: 1, n: count, inner: length);
    }
}
