using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>An element-wise function, given by its rule: <c>y = f(x)</c>.</summary>
/// <remarks>
/// Shapes: any; y has that of x. Backward: <c>∂L/∂x = ∂L/∂y ⊙ f′</c>. Saves x, y or nothing, as the rule says. Its name is the rule's: <c>Relu</c>, <c>Tanh</c>.
/// </remarks>
internal sealed class UnaryRuleOperation<TRule, T> : UnaryOperation
    where TRule : struct, IUnaryRule
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private TRule _rule;
    private Tensor? _saved;

    public override string Name => RuleName<TRule>.Text;

    public override OperationFormula Formula => new(_rule.Formula, $"∂y/∂x = {_rule.Derivative}");

    internal override int Kind => SpareOperations.Kind<UnaryRuleOperation<TRule, T>>.Number;

    internal override int Along(int input, int axis, Span<int> axes) => axes[0] = axis;

    public static Tensor Apply(Tensor x, TRule rule)
    {
        UnaryRuleOperation<TRule, T> operation = Autograd.Again<UnaryRuleOperation<TRule, T>>() ?? new();
        operation._rule = rule;
        return operation.Apply(x);
    }

    protected override Tensor Forward(Tensor x)
    {
        Tensor y = Tensor.Uninitialized<T>(x.Shape);
        UnaryKernel.Value(_rule, x.AsSpan<T>(), y.AsSpan<T>());
        _saved = _rule.Saves == Saves.Nothing ? null : Save(_rule.Saves == Saves.Input ? x : y);
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        if (_saved is null && _rule.Slope<T>(default) == Vector<T>.One) return gradient;
        Tensor dx = Overwritten(gradient);
        UnaryKernel.Slope(_rule, _saved is null ? default : _saved.AsSpan<T>(), gradient.AsSpan<T>(), dx.AsSpan<T>());
        return dx;
    }
}

/// <summary>Where a tensor meets a rule.</summary>
internal static class UnaryRules
{
    /// <summary>Applies a rule to each element.</summary>
    /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
    public static Tensor Apply<TRule>(Tensor x, TRule rule) where TRule : struct, IUnaryRule => x.DType switch
    {
        DType.Float32 => UnaryRuleOperation<TRule, float>.Apply(x, rule),
        DType.Float64 => UnaryRuleOperation<TRule, double>.Apply(x, rule),
        _ => DTypes.ThrowUnsupported(RuleName<TRule>.Text, x.DType),
    };
}
