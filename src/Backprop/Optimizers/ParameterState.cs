using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>What an optimizer remembers of one parameter: named tensors, with PyTorch's names (<c>exp_avg</c>, <c>momentum_buffer</c>, <c>step</c>).</summary>
/// <remarks>A tensor is made when it is first asked for, outlives the steps, and can be saved and loaded; see <see cref="Optimizer.State"/>.</remarks>
public sealed class ParameterState
{
    private const string StepName = "step";

    private readonly Parameter _parameter;
    private readonly Dictionary<string, Tensor> _tensors = [];

    internal ParameterState(Parameter parameter) => _parameter = parameter;

    /// <summary>The tensors that exist so far, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>A state of one value for each element of the parameter.</summary>
    /// <param name="name">Its name in a file.</param>
    /// <param name="initial">What its elements are at first.</param>
    public Span<T> Elements<T>(string name, double initial = 0) where T : unmanaged =>
        Get(name, _parameter.Shape, _parameter.DType, initial).AsSpan<T>();

    /// <summary>A state of one number.</summary>
    public ref double Scalar(string name, double initial = 0) => ref Get(name, Shape.Scalar, DType.Float64, initial).AsSpan<double>()[0];

    /// <summary>Counts this step: 1 in the first step that the parameter takes, then 2, …. Kept as <c>step</c>.</summary>
    public long NextStep() => ++Get(StepName, Shape.Scalar, DType.Int64, 0).AsSpan<long>()[0];

    internal void Set(string name, Tensor value)
    {
        bool perElement = value.Shape == _parameter.Shape && value.DType == _parameter.DType, scalar = value.Rank == 0 && value.DType == (name == StepName ? DType.Int64 : DType.Float64);
        if (!perElement && !scalar) throw Misfit(name, value); // a scalar belongs to steps and products
        using StepMemory.Outside outside = StepMemory.Suspend();
        Tensor copy = Tensor.Zeros(value.Shape, value.DType);
        copy.CopyFrom(value);
        _tensors[name] = copy;
    }

    [MethodImpl(Compile.Once)]
    private Tensor Get(string name, Shape shape, DType dtype, double initial)
    {
        if (_tensors.TryGetValue(name, out Tensor? tensor)) return tensor.Shape == shape && tensor.DType == dtype ? tensor : throw Misfit(name, tensor); // was loaded
        using StepMemory.Outside outside = StepMemory.Suspend();
        tensor = Tensor.Full(shape, initial, dtype);
        _tensors.Add(name, tensor);
        return tensor;
    }

    private ShapeException Misfit(string name, Tensor value) => new(
        $"Optimizer state '{name}' of parameter '{_parameter.Name}' does not fit: it is {value.DType} {value.Shape}, the parameter {_parameter.DType} {_parameter.Shape}. " +
        "The state belongs to another model.");
}
