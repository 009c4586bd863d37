using System.Diagnostics.CodeAnalysis;

namespace Backprop;

/// <summary>The type of a tensor's elements.</summary>
public enum DType : byte
{
    /// <summary>32-bit floating point, the default.</summary>
    Float32,

    /// <summary>64-bit floating point, for proofs.</summary>
    Float64,

    /// <summary>32-bit integer, for labels and indices.</summary>
    Int32,

    /// <summary>64-bit integer, for labels and indices.</summary>
    Int64,

    /// <summary>True or false, for masks.</summary>
    Bool,
}

/// <summary>What a <see cref="DType"/> is in .NET.</summary>
public static class DTypes
{
    /// <summary>The dtype whose elements are of type <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">No dtype has such elements.</exception>
    public static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(double) ? DType.Float64
        : typeof(T) == typeof(int) ? DType.Int32
        : typeof(T) == typeof(long) ? DType.Int64
        : typeof(T) == typeof(bool) ? DType.Bool
        : throw new NotSupportedException($"No tensor has elements of type {typeof(T)}: use float, double, int, long or bool.");

    extension(DType dtype)
    {
        /// <summary>Bytes an element takes.</summary>
        public int Size => dtype switch
        {
            DType.Float32 or DType.Int32 => 4,
            DType.Float64 or DType.Int64 => 8,
            _ => 1,
        };

        /// <summary>Whether the dtype has fractions, and so gradients.</summary>
        public bool IsFloatingPoint => dtype is DType.Float32 or DType.Float64;

        /// <summary>Whether the dtype can number classes and rows.</summary>
        public bool IsInteger => dtype is DType.Int32 or DType.Int64;
    }

    /// <summary>The error of an operation that has no meaning for a dtype.</summary>
    [DoesNotReturn]
    internal static Tensor ThrowUnsupported(string operation, DType dtype, string remedy = "convert it with To(DType.Float32)") =>
        throw new NotSupportedException($"{operation} is not defined for {dtype}: {remedy}.");
}
