using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using Backprop.Kernels;

namespace Backprop;

/// <summary>The result of a backward pass: the gradient of a scalar (or of a sum weighted by the upstream gradient) with respect to each tensor that requires one.</summary>
public sealed class Gradients
{
    private readonly Dictionary<Tensor, Tensor> _gradients; // another step's, if nobody has seen these until their step ended
    private readonly StepMemory? _memory; // whose the gradients are
    private readonly int _step;
    private bool _areShown;

    internal Gradients(int count = 0)
    {
        _memory = StepMemory.Current;
        _step = _memory?.StepsEnded ?? 0;
        _gradients = _memory?.LendMap() ?? new(count, ReferenceEqualityComparer.Instance);
    }

    /// <summary>The tensors that have a gradient here.</summary>
    public IReadOnlyCollection<Tensor> Tensors
    {
        get
        {
            if (!_areShown) Show();
            return _gradients.Keys;
        }
    }

    /// <summary>The gradient of a tensor; it has the tensor's shape and dtype.</summary>
    /// <exception cref="KeyNotFoundException">The result does not depend on the tensor, or the tensor did not require a gradient.</exception>
    public Tensor this[Tensor tensor]
    {
        get => TryGet(tensor, out Tensor? gradient) ? gradient : throw new KeyNotFoundException(
            $"There is no gradient of this tensor {tensor.Shape}: either RequireGradient() was not called on it before the forward pass, or the result does not depend on it.");
    }

    /// <summary>The gradient of a tensor, if there is one.</summary>
    public bool TryGet(Tensor tensor, [NotNullWhen(true)] out Tensor? gradient)
    {
        if (!_areShown) Show();
        return _gradients.TryGetValue(tensor, out gradient);
    }

    /// <summary>The gradient of a tensor, for code of the library's that does not refer to it for longer than the step.</summary>
    internal bool TryPeek(Tensor tensor, [NotNullWhen(true)] out Tensor? gradient)
    {
        if (!_areShown) CheckStep();
        return _gradients.TryGetValue(tensor, out gradient);
    }

    /// <summary>
    /// Adds the gradients of another pass, so that several small batches make one large: <c>total.Add(loss.Backward())</c>. A tensor that has a gradient in
    /// one of the two only keeps that one. The passes belong to one step scope, or their gradients are kept.
    /// </summary>
    public void Add(Gradients other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Show();
        other.Show();
        foreach ((Tensor tensor, Tensor part) in other._gradients) Set(tensor, TryGet(tensor, out Tensor? gradient) ? Sum(gradient, part) : part);
    }

    /// <summary>Multiplies every gradient by a number, as 1 / passes turns a sum of means into their mean.</summary>
    public void Scale(double factor) => Replace(gradient => Product(gradient, factor));

    /// <summary>The length of all gradients together, as one long vector: <c>‖g‖ = √Σ g²</c>.</summary>
    public double Norm()
    {
        CheckStep();
        double sum = 0;
        foreach (Tensor gradient in _gradients.Values)
        {
            sum += gradient.DType == DType.Float32 ? NormKernel.SumOfSquares<float>(gradient.AsSpan<float>()) : NormKernel.SumOfSquares<double>(gradient.AsSpan<double>());
        }
        return Math.Sqrt(sum);
    }

    /// <summary>Puts another gradient in the place of each. The old one stays as it is: another tensor may have the same one.</summary>
    internal void Replace(Func<Tensor, Tensor> change)
    {
        CheckStep();
        foreach (Tensor tensor in _gradients.Keys.ToArray()) _gradients[tensor] = change(_gradients[tensor]);
    }

    /// <summary>From now on somebody may refer to the gradients, so that they must stay what they are.</summary>
    private void Show()
    {
        CheckStep();
        foreach (Tensor gradient in _gradients.Values) gradient.Shown();
        if (!_areShown) _memory?.Leave(_gradients);
        _areShown = true;
    }

    /// <summary>The end of the step takes tensors that nobody has seen, and makes others of them.</summary>
    private void CheckStep()
    {
        if (!_areShown && _memory is not null && _memory.StepsEnded != _step) Tensor.ThrowRecycled();
    }

    internal void Set(Tensor tensor, Tensor gradient) => _gradients[tensor] = gradient;

    private static Tensor Sum(Tensor a, Tensor b)
    {
        Tensor sum = Tensor.Uninitialized(a.Shape, a.DType);
        if (sum.DType == DType.Float32) TensorPrimitives.Add(a.AsSpan<float>(), b.AsSpan<float>(), sum.AsSpan<float>());
        else TensorPrimitives.Add(a.AsSpan<double>(), b.AsSpan<double>(), sum.AsSpan<double>());
        return sum;
    }

    private static Tensor Product(Tensor gradient, double factor)
    {
        Tensor product = Tensor.Uninitialized(gradient.Shape, gradient.DType);
        if (product.DType == DType.Float32) TensorPrimitives.Multiply(gradient.AsSpan<float>(), (float)factor, product.AsSpan<float>());
        else TensorPrimitives.Multiply(gradient.AsSpan<double>(), factor, product.AsSpan<double>());
        return product;
    }
}
