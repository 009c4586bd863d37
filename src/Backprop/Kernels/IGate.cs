using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>What a normalization's result z passes through on its way out, in the same pass over memory: nothing, or ReLU. A type, so that the loops are compiled for each.</summary>
internal interface IGate
{
    /// <summary>y, of z.</summary>
    static abstract Vector<T> Value<T>(Vector<T> z) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>∂L/∂z, of ∂L/∂y.</summary>
    static abstract Vector<T> Slope<T>(Vector<T> dy, Vector<T> z) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary><c>y = z</c>.</summary>
internal readonly struct OpenGate : IGate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Value<T>(Vector<T> z) where T : unmanaged, IFloatingPointIeee754<T> => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Slope<T>(Vector<T> dy, Vector<T> z) where T : unmanaged, IFloatingPointIeee754<T> => dy;
}

/// <summary><c>y = max(z, 0)</c>, whose slope is 0 at the kink too. NaN stays NaN.</summary>
internal readonly struct ReluGate : IGate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Value<T>(Vector<T> z) where T : unmanaged, IFloatingPointIeee754<T> => Vector.MaxNative(Vector<T>.Zero, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Slope<T>(Vector<T> dy, Vector<T> z) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.LessThanOrEqual(z, Vector<T>.Zero), Vector<T>.Zero, dy);
}
