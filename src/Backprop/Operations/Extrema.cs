using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>The largest or smallest element along one axis.</summary>
/// <remarks>
/// Shapes: x any, the axis not empty → y without the axis, or with length 1 there. Backward: the gradient goes to the first element that is the extremum (PyTorch:
/// <c>max(dim)</c>). Saves where those are. NaN is both the largest and the smallest.
/// </remarks>
internal sealed class ExtremumAlongOperation<TRule, T>(ReducedAxes axes, int axis) : UnaryOperation
    where TRule : struct, IExtremumRule
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor _places = null!;
    private int _length, _inner;

    public override OperationFormula Formula => new($"y = {Name.ToLowerInvariant()}(x) along an axis", "∂L/∂x = ∂L/∂y at the element that was chosen, else 0");

    public override string Name => RuleName<TRule>.Text;

    protected override Tensor Forward(Tensor x)
    {
        (_length, _inner) = AxisSplit.Of(x.Shape, axis, Name);
        Tensor y = Tensor.Uninitialized<T>(axes.To);
        _places = Save(Tensor.Uninitialized<int>(axes.To));
        ExtremumKernel.Find<TRule, T>(x.AsSpan<T>(), y.ElementCount / Math.Max(1, _inner), _length, _inner, _places.AsSpan<int>(), y.AsSpan<T>());
        _places.Discard(); // when backward has read it
        return y;
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Uninitialized<T>(axes.From);
        ExtremumKernel.Scatter(gradient.AsSpan<T>(), _places.AsSpan<int>(), dx.AsSpan<T>(), _length, _inner);
        return dx;
    }
}

/// <summary>The largest or smallest element over several axes.</summary>
/// <remarks>
/// Shapes: x any, not empty → y without the axes, or with length 1 there. Backward: all elements that are the extremum share the gradient equally (PyTorch:
/// <c>amax</c>). Saves x and y.
/// </remarks>
internal sealed class ExtremumOperation<TRule, T>(ReducedAxes axes) : UnaryOperation
    where TRule : struct, IExtremumRule
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Tensor _x = null!, _y = null!;

    public override OperationFormula Formula => new($"y = {Name.ToLowerInvariant()}(x)", "∂L/∂x = ∂L/∂y at the element that was chosen, shared where several are equal, else 0");

    public override string Name => RuleName<TRule>.Text;

    protected override Tensor Forward(Tensor x)
    {
        _x = Save(x);
        _y = Tensor.Uninitialized<T>(axes.To);
        ReduceKernel.Run<TRule, T>(x.AsSpan<T>(), axes.From.AsSpan(), axes.Reduced, _y.AsSpan<T>());
        return Save(_y);
    }

    protected override Tensor Backward(Tensor gradient)
    {
        Tensor dx = Tensor.Uninitialized<T>(axes.From), share = Tensor.Uninitialized<T>(axes.To);
        BroadcastPlan plan = axes.Plan, same = new(axes.To.AsSpan(), axes.To.AsSpan());
        BinaryKernel.Value<EqualRule, T>(_x.AsSpan<T>(), _y.AsSpan<T>(), dx.AsSpan<T>(), plan);
        ReduceKernel.Run<SumRule, T>(dx.AsSpan<T>(), axes.From.AsSpan(), axes.Reduced, share.AsSpan<T>()); // how many share
        BinaryKernel.Value<DivideRule, T>(gradient.AsSpan<T>(), share.AsSpan<T>(), share.AsSpan<T>(), same);
        BinaryKernel.Value<MultiplyRule, T>(dx.AsSpan<T>(), share.AsSpan<T>(), dx.AsSpan<T>(), plan);
        return dx;
    }
}

/// <summary>1 where a and b are equal, or both NaN, else 0; a step, with slope 0.</summary>
internal readonly struct EqualRule : IBinaryRule
{
    public static string Formula => "c = 1 where a = b, else 0";
    public static (string A, string B) Derivatives => ("0", "0");
    public static Reads SlopeAReads => Reads.Nothing;
    public static Reads SlopeBReads => Reads.Nothing;
    public static Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.Equals(a, b) | (Vector.IsNaN(a) & Vector.IsNaN(b)), Vector<T>.One, Vector<T>.Zero);
    public static Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.Zero;
    public static Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.Zero;
}

/// <summary>Largest and smallest elements, and where they are.</summary>
public static class Extrema
{
    extension(Tensor x)
    {
        /// <summary>The largest element; several that are equal share the gradient. NaN if there is one.</summary>
        /// <param name="keepAxes">Whether the axes stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="ShapeException">There is no element.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Max(bool keepAxes = false) => Over<MaxRule>(x, new ReducedAxes(x.Shape, keepAxes));

        /// <summary>The largest element along an axis; −1 is the last. The first of several that are equal gets the gradient.</summary>
        /// <param name="axis">The axis; negative ones count from the end.</param>
        /// <param name="keepAxes">Whether it stays, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="ShapeException">There is no such axis, or no element.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Max(int axis, bool keepAxes = false) => Along<MaxRule>(x, axis, keepAxes);

        /// <summary>The largest element over some axes; several that are equal share the gradient (PyTorch: <c>amax</c>).</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="keepAxes">Whether they stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="ShapeException">There is no such axis, one is named twice, or there is no element.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Max(ReadOnlySpan<int> axes, bool keepAxes = false) => Over<MaxRule>(x, new ReducedAxes(x.Shape, axes, keepAxes, "Max"));

        /// <summary>The smallest element; several that are equal share the gradient. NaN if there is one.</summary>
        /// <param name="keepAxes">Whether the axes stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="ShapeException">There is no element.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Min(bool keepAxes = false) => Over<MinRule>(x, new ReducedAxes(x.Shape, keepAxes));

        /// <summary>The smallest element along an axis; −1 is the last. The first of several that are equal gets the gradient.</summary>
        /// <param name="axis">The axis; negative ones count from the end.</param>
        /// <param name="keepAxes">Whether it stays, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="ShapeException">There is no such axis, or no element.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Min(int axis, bool keepAxes = false) => Along<MinRule>(x, axis, keepAxes);

        /// <summary>The smallest element over some axes; several that are equal share the gradient (PyTorch: <c>amin</c>).</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="keepAxes">Whether they stay, with length 1 (PyTorch: <c>keepdim</c>).</param>
        /// <exception cref="ShapeException">There is no such axis, one is named twice, or there is no element.</exception>
        /// <exception cref="NotSupportedException">The elements are no floating-point numbers.</exception>
        public Tensor Min(ReadOnlySpan<int> axes, bool keepAxes = false) => Over<MinRule>(x, new ReducedAxes(x.Shape, axes, keepAxes, "Min"));

        /// <summary>Where along an axis the largest element is, as Int64 without that axis; the first of several that are equal. It has no gradient.</summary>
        /// <param name="axis">The axis; negative ones count from the end.</param>
        /// <exception cref="ShapeException">There is no such axis, or no element.</exception>
        /// <exception cref="NotSupportedException">The elements are truth values.</exception>
        public Tensor ArgMax(int axis) => x.DType switch
        {
            DType.Float32 => ArgMax<float>(x, axis),
            DType.Float64 => ArgMax<double>(x, axis),
            DType.Int32 => ArgMax<int>(x, axis),
            DType.Int64 => ArgMax<long>(x, axis),
            _ => DTypes.ThrowUnsupported("ArgMax", x.DType),
        };
    }

    private static Tensor Over<TRule>(Tensor x, ReducedAxes axes) where TRule : struct, IExtremumRule
    {
        CheckSomethingToChooseFrom(RuleName<TRule>.Text, axes);
        return x.DType switch
        {
            DType.Float32 => new ExtremumOperation<TRule, float>(axes).Apply(x),
            DType.Float64 => new ExtremumOperation<TRule, double>(axes).Apply(x),
            _ => DTypes.ThrowUnsupported(RuleName<TRule>.Text, x.DType),
        };
    }

    private static Tensor Along<TRule>(Tensor x, int axis, bool keepAxes) where TRule : struct, IExtremumRule
    {
        var axes = new ReducedAxes(x.Shape, [axis], keepAxes, RuleName<TRule>.Text);
        CheckSomethingToChooseFrom(RuleName<TRule>.Text, axes);
        return x.DType switch
        {
            DType.Float32 => new ExtremumAlongOperation<TRule, float>(axes, axis).Apply(x),
            DType.Float64 => new ExtremumAlongOperation<TRule, double>(axes, axis).Apply(x),
            _ => DTypes.ThrowUnsupported(RuleName<TRule>.Text, x.DType),
        };
    }

    private static Tensor ArgMax<T>(Tensor x, int axis) where T : unmanaged, INumber<T>
    {
        var axes = new ReducedAxes(x.Shape, [axis], keepAxes: false, "ArgMax");
        CheckSomethingToChooseFrom("ArgMax", axes);
        (int length, int inner) = AxisSplit.Of(x.Shape, axis, "ArgMax");
        Tensor places = Tensor.Uninitialized<int>(axes.To);
        ExtremumKernel.Find<MaxRule, T>(x.AsSpan<T>(), places.ElementCount / Math.Max(1, inner), length, inner, places.AsSpan<int>(), Tensor.Uninitialized<T>(axes.To).AsSpan<T>());
        return places.To(DType.Int64);
    }

    private static void CheckSomethingToChooseFrom(string operation, ReducedAxes axes)
    {
        if (axes.Count == 0 && axes.To.ElementCount > 0) throw new ShapeException($"{operation}: there is nothing to choose from in {axes.From}; the axes that are reduced must not be empty.");
    }
}
