using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>An element-wise function of two tensors, given by its rule: <c>c = f(a, b)</c>, with broadcasting.</summary>
/// <remarks>
/// Shapes: aligned at the last axis; lengths are equal, or one is 1 or missing, and that operand is repeated.
/// Backward: <c>∂L/∂a = ∂L/∂c ⊙ ∂f/∂a</c>, added up over the axes along which a was repeated; b likewise. Saves the operands that a wanted slope reads. Its name
/// is the rule's: <c>Add</c>, <c>Maximum</c>.
/// </remarks>
internal sealed class BinaryRuleOperation<TRule, T> : BinaryOperation
    where TRule : struct, IBinaryRule
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Shape _shapeA, _shapeB;
    private Tensor? _a, _b;

    public override string Name => RuleName<TRule>.Text;

    public override OperationFormula Formula => new(TRule.Formula, $"∂c/∂a = {TRule.Derivatives.A}", $"∂c/∂b = {TRule.Derivatives.B}");

    internal override int Kind => SpareOperations.Kind<BinaryRuleOperation<TRule, T>>.Number;

    protected override Tensor Forward(Tensor a, Tensor b)
    {
        (_shapeA, _shapeB) = (a.Shape, b.Shape);
        Tensor c = Tensor.Uninitialized<T>(Broadcasting.Of(Name, _shapeA, _shapeB));
        BinaryKernel.Value<TRule, T>(a.AsSpan<T>(), b.AsSpan<T>(), c.AsSpan<T>(), new BroadcastPlan(_shapeA.AsSpan(), _shapeB.AsSpan()));
        Reads reads = (NeedsA ? TRule.SlopeAReads : Reads.Nothing) | (NeedsB ? TRule.SlopeBReads : Reads.Nothing);
        _a = reads.HasFlag(Reads.A) ? Save(a) : null;
        _b = reads.HasFlag(Reads.B) ? Save(b) : null;
        return c;
    }

    protected override (Tensor? A, Tensor? B) Backward(Tensor gradient)
    {
        Tensor? partA = null, partB = null;
        if (NeedsA && !IsOne(TRule.SlopeAReads, TRule.SlopeA<T>(default, default)))
        {
            partA = Tensor.Uninitialized<T>(gradient.Shape);
            BinaryKernel.SlopeA<TRule, T>(Elements(_a), Elements(_b), gradient.AsSpan<T>(), partA.AsSpan<T>(), new BroadcastPlan(_shapeA.AsSpan(), _shapeB.AsSpan()));
        }
        if (NeedsB && !IsOne(TRule.SlopeBReads, TRule.SlopeB<T>(default, default)))
        {
            partB = Tensor.Uninitialized<T>(gradient.Shape);
            BinaryKernel.SlopeB<TRule, T>(Elements(_a), Elements(_b), gradient.AsSpan<T>(), partB.AsSpan<T>(), new BroadcastPlan(_shapeA.AsSpan(), _shapeB.AsSpan()));
        }
        return (NeedsA ? Broadcasting.SumTo<T>(partA ?? gradient, _shapeA) : null, NeedsB ? Broadcasting.SumTo<T>(partB ?? gradient, _shapeB) : null);
    }

    private static bool IsOne(Reads reads, Vector<T> slope) => reads == Reads.Nothing && slope == Vector<T>.One;

    private static ReadOnlySpan<T> Elements(Tensor? saved) => saved is null ? default : saved.AsSpan<T>();
}

/// <summary>Where two tensors meet a rule.</summary>
internal static class BinaryRules
{
    /// <summary>Applies a rule to each pair of elements.</summary>
    /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
    /// <exception cref="InvalidCastException">The dtypes differ.</exception>
    public static Tensor Apply<TRule>(Tensor a, Tensor b) where TRule : struct, IBinaryRule
    {
        if (a.DType != b.DType) throw new InvalidCastException($"{RuleName<TRule>.Text}: the operands are {a.DType} and {b.DType}; convert one of them with To(…).");
        return a.DType switch
        {
            DType.Float32 => (Autograd.Again<BinaryRuleOperation<TRule, float>>() ?? new()).Apply(a, b),
            DType.Float64 => (Autograd.Again<BinaryRuleOperation<TRule, double>>() ?? new()).Apply(a, b),
            _ => DTypes.ThrowUnsupported(RuleName<TRule>.Text, a.DType),
        };
    }
}
