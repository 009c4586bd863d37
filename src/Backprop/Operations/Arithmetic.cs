using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>c = a + b</c>; both slopes are 1.</summary>
internal readonly struct AddRule : IBinaryRule
{
    public static string Formula => "c = a + b";
    public static (string A, string B) Derivatives => ("1", "1");
    public static Reads SlopeAReads => Reads.Nothing;
    public static Reads SlopeBReads => Reads.Nothing;
    public static Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => a + b;
    public static Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One;
    public static Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One;
}

/// <summary><c>c = a − b</c>; slopes 1 and −1.</summary>
internal readonly struct SubtractRule : IBinaryRule
{
    public static string Formula => "c = a − b";
    public static (string A, string B) Derivatives => ("1", "−1");
    public static Reads SlopeAReads => Reads.Nothing;
    public static Reads SlopeBReads => Reads.Nothing;
    public static Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => a - b;
    public static Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One;
    public static Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => -Vector<T>.One;
}

/// <summary><c>c = a · b</c>; the slope of each is the other.</summary>
internal readonly struct MultiplyRule : IBinaryRule
{
    public static string Formula => "c = a · b";
    public static (string A, string B) Derivatives => ("b", "a");
    public static Reads SlopeAReads => Reads.B;
    public static Reads SlopeBReads => Reads.A;
    public static Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => a * b;
    public static Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => b;
    public static Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => a;
}

/// <summary><c>c = a / b</c>; slopes <c>1/b</c> and <c>−a/b²</c>.</summary>
internal readonly struct DivideRule : IBinaryRule
{
    public static string Formula => "c = a / b";
    public static (string A, string B) Derivatives => ("1 / b", "−a / b²");
    public static Reads SlopeAReads => Reads.B;
    public static Reads SlopeBReads => Reads.A | Reads.B;
    public static Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => a / b;
    public static Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One / b;
    public static Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => -(a / b) / b; // b² might overflow
}

/// <summary><c>c = max(a, b)</c>; slope 1 for the larger one, ½ for each where they are equal. NaN if one is.</summary>
internal readonly struct MaximumRule : IBinaryRule
{
    public static string Formula => "c = max(a, b)";
    public static (string A, string B) Derivatives => ("1 where a > b, ½ where a = b, else 0", "1 where b > a, ½ where a = b, else 0");
    public static Reads SlopeAReads => Reads.A | Reads.B;
    public static Reads SlopeBReads => Reads.A | Reads.B;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Share(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Share(b, a);

    /// <summary>1 where <paramref name="winner"/> is greater, ½ where both are equal, else 0; 1 for both where one is NaN, as in PyTorch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Share<T>(Vector<T> winner, Vector<T> loser) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.LessThan(winner, loser), Vector<T>.Zero,
            Vector.ConditionalSelect(Vector.Equals(winner, loser), VectorMath.Constant<T>(0.5), Vector<T>.One));
}

/// <summary><c>c = min(a, b)</c>; slope 1 for the smaller one, ½ for each where they are equal. NaN if one is.</summary>
internal readonly struct MinimumRule : IBinaryRule
{
    public static string Formula => "c = min(a, b)";
    public static (string A, string B) Derivatives => ("1 where a < b, ½ where a = b, else 0", "1 where b < a, ½ where a = b, else 0");
    public static Reads SlopeAReads => Reads.A | Reads.B;
    public static Reads SlopeBReads => Reads.A | Reads.B;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => MaximumRule.Share(b, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => MaximumRule.Share(a, b);
}

/// <summary>
/// <c>a + b</c>, <c>a · b</c> and their kin, of two tensors or a tensor and a number. Shapes that differ are broadcast: aligned at the last axis, a length of 1 or a
/// missing axis is repeated.
/// </summary>
public static class Arithmetic
{
    extension(Tensor)
    {
        /// <summary>The sum, element by element, with broadcasting.</summary>
        /// <exception cref="ShapeException">The shapes can't be broadcast.</exception>
        /// <exception cref="InvalidCastException">The dtypes differ.</exception>
        public static Tensor operator +(Tensor a, Tensor b) => BinaryRules.Apply<AddRule>(a, b);

        /// <inheritdoc cref="op_Addition(Tensor, Tensor)"/>
        public static Tensor operator +(Tensor a, double b) => UnaryRules.Apply(a, new AddNumberRule(b));

        /// <inheritdoc cref="op_Addition(Tensor, Tensor)"/>
        public static Tensor operator +(double a, Tensor b) => UnaryRules.Apply(b, new AddNumberRule(a));

        /// <summary>The difference, element by element, with broadcasting.</summary>
        /// <exception cref="ShapeException">The shapes can't be broadcast.</exception>
        /// <exception cref="InvalidCastException">The dtypes differ.</exception>
        public static Tensor operator -(Tensor a, Tensor b) => BinaryRules.Apply<SubtractRule>(a, b);

        /// <inheritdoc cref="op_Subtraction(Tensor, Tensor)"/>
        public static Tensor operator -(Tensor a, double b) => UnaryRules.Apply(a, new AddNumberRule(-b));

        /// <inheritdoc cref="op_Subtraction(Tensor, Tensor)"/>
        public static Tensor operator -(double a, Tensor b) => UnaryRules.Apply(b, new SubtractFromNumberRule(a));

        /// <summary>The product, element by element, with broadcasting. The product of matrices is <c>MatMul</c>.</summary>
        /// <exception cref="ShapeException">The shapes can't be broadcast.</exception>
        /// <exception cref="InvalidCastException">The dtypes differ.</exception>
        public static Tensor operator *(Tensor a, Tensor b) => BinaryRules.Apply<MultiplyRule>(a, b);

        /// <inheritdoc cref="op_Multiply(Tensor, Tensor)"/>
        public static Tensor operator *(Tensor a, double b) => UnaryRules.Apply(a, new MultiplyByNumberRule(b));

        /// <inheritdoc cref="op_Multiply(Tensor, Tensor)"/>
        public static Tensor operator *(double a, Tensor b) => UnaryRules.Apply(b, new MultiplyByNumberRule(a));

        /// <summary>The quotient, element by element, with broadcasting.</summary>
        /// <exception cref="ShapeException">The shapes can't be broadcast.</exception>
        /// <exception cref="InvalidCastException">The dtypes differ.</exception>
        public static Tensor operator /(Tensor a, Tensor b) => BinaryRules.Apply<DivideRule>(a, b);

        /// <inheritdoc cref="op_Division(Tensor, Tensor)"/>
        public static Tensor operator /(Tensor a, double b) => UnaryRules.Apply(a, new DivideByNumberRule(b));

        /// <inheritdoc cref="op_Division(Tensor, Tensor)"/>
        public static Tensor operator /(double a, Tensor b) => UnaryRules.Apply(b, new DivideNumberRule(a));

        /// <summary>Every element with the other sign.</summary>
        public static Tensor operator -(Tensor a) => UnaryRules.Apply(a, new NegateRule());
    }

    extension(Tensor a)
    {
        /// <summary>The larger one of each pair of elements, with broadcasting. Where both are equal, each gets half of the gradient.</summary>
        /// <exception cref="ShapeException">The shapes can't be broadcast.</exception>
        /// <exception cref="InvalidCastException">The dtypes differ.</exception>
        public Tensor Maximum(Tensor b) => BinaryRules.Apply<MaximumRule>(a, b);

        /// <summary>The smaller one of each pair of elements, with broadcasting. Where both are equal, each gets half of the gradient.</summary>
        /// <exception cref="ShapeException">The shapes can't be broadcast.</exception>
        /// <exception cref="InvalidCastException">The dtypes differ.</exception>
        public Tensor Minimum(Tensor b) => BinaryRules.Apply<MinimumRule>(a, b);
    }
}
