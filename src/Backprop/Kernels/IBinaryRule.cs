using System.Numerics;

namespace Backprop.Kernels;

/// <summary>Which operands a slope is computed from, and so which of them have to be kept for backward.</summary>
[Flags]
internal enum Reads
{
    /// <summary>None: the slope is the same everywhere.</summary>
    Nothing = 0,

    /// <summary>The first operand.</summary>
    A = 1,

    /// <summary>The second operand.</summary>
    B = 2,
}

/// <summary>An element-wise function of two tensors: a value and a slope for each operand, written for a vector of elements.</summary>
internal interface IBinaryRule
{
    /// <summary>The function for people to read: <c>c = a · b</c>.</summary>
    static abstract string Formula { get; }

    /// <summary>Its slopes, likewise, in what is right of <c>∂c/∂a = </c> and <c>∂c/∂b = </c>.</summary>
    static abstract (string A, string B) Derivatives { get; }

    /// <summary>What <see cref="SlopeA{T}"/> reads; the other operand it is given may be anything.</summary>
    static abstract Reads SlopeAReads { get; }

    /// <summary>What <see cref="SlopeB{T}"/> reads; the other operand it is given may be anything.</summary>
    static abstract Reads SlopeBReads { get; }

    /// <summary>c = f(a, b).</summary>
    static abstract Vector<T> Value<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>∂c/∂a.</summary>
    static abstract Vector<T> SlopeA<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>∂c/∂b.</summary>
    static abstract Vector<T> SlopeB<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T>;
}
