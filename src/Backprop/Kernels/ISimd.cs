using System.Numerics;
using System.Runtime.Intrinsics;

namespace Backprop.Kernels;

/// <summary>
/// The vector instructions a kernel is written in. One source serves all widths: the implementing structs are type arguments, so the compiler
/// makes a separate, fully inlined kernel of each, and locals of type <typeparamref name="TVector"/> live in registers.
/// </summary>
internal unsafe interface ISimd<TVector, T> where TVector : unmanaged where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>How many numbers a vector holds.</summary>
    static abstract int Lanes { get; }

    /// <summary>How many rows of two vectors, with two vectors and a factor beside them, fit into the registers.</summary>
    static abstract int TileRows { get; }

    /// <summary>The vector where the mask's bits are ones, zeros where they are zeros.</summary>
    static abstract TVector Keep(TVector vector, TVector mask);

    static abstract TVector Broadcast(T value);
    static abstract TVector Add(TVector a, TVector b);

    /// <summary><c>a·b + c</c>, rounded once where the processor can do so at full speed.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary><c>x += factor·b0</c>, and <c>y += factor·b1</c> if there is a second column: a row of a tile in one piece, since much that is to be inlined takes long to compile.</summary>
    static abstract void AddProducts<TColumns>(T factor, TVector b0, TVector b1, TVector* x, TVector* y) where TColumns : unmanaged;

    /// <summary>Zero for what is negative; NaN stays.</summary>
    static abstract TVector Rectify(TVector vector);

    /// <summary>Upper half added to lower half until 128 bits are left.</summary>
    static abstract Vector128<T> AddHalves(TVector vector);
}
