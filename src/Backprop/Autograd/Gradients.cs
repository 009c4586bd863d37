using System.Diagnostics.CodeAnalysis;

namespace Backprop;

/// <summary>The result of a backward pass: the gradient of a scalar (or of a sum weighted by the upstream gradient) with respect to each tensor that requires one.</summary>
public sealed class Gradients
{
    private readonly Dictionary<Tensor, Tensor> _gradients = new(ReferenceEqualityComparer.Instance);

    internal Gradients() { }

    /// <summary>The tensors that have a gradient here.</summary>
    public IReadOnlyCollection<Tensor> Tensors => _gradients.Keys;

    /// <summary>The gradient of a tensor; it has the tensor's shape and dtype.</summary>
    /// <exception cref="KeyNotFoundException">The result does not depend on the tensor, or the tensor did not require a gradient.</exception>
    public Tensor this[Tensor tensor]
    {
        get => TryGet(tensor, out Tensor? gradient) ? gradient : throw new KeyNotFoundException(
            $"There is no gradient of this tensor {tensor.Shape}: either RequireGradient() was not called on it before the forward pass, or the result does not depend on it.");
    }

    /// <summary>The gradient of a tensor, if there is one.</summary>
    public bool TryGet(Tensor tensor, [NotNullWhen(true)] out Tensor? gradient) => _gradients.TryGetValue(tensor, out gradient);

    internal void Set(Tensor tensor, Tensor gradient) => _gradients[tensor] = gradient;
}
