using System.Numerics;
using System.Runtime.Intrinsics;

namespace Backprop.Kernels;

/// <summary>
/// The vector instructions a kernel is written in. One source serves all widths: the implementing structs are type arguments, so the compiler
/// makes a separate, fully inlined kernel of each, and locals of type <typeparamref name="TVector"/> live in registers.
/// </summary>
/// <remarks>
/// They call as few of the runtime's generic methods as they can, loads and stores none: each mention is looked up anew, among hundreds, while a kernel is compiled, and a training
/// waits for that in its first steps.
/// </remarks>
internal unsafe interface ISimd<TVector, T> where TVector : unmanaged where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>How many numbers a vector holds.</summary>
    static abstract int Lanes { get; }

    /// <summary>How many rows of two vectors, with two vectors and a factor beside them, fit into the registers.</summary>
    static abstract int TileRows { get; }

    static abstract TVector Load(T* source);

    /// <summary>The last <paramref name="count"/> numbers before <paramref name="end"/>, and zeros before them; a whole vector must be readable there.</summary>
    static abstract TVector LoadLast(T* end, int count);

    static abstract void Store(TVector vector, T* destination);
    static abstract TVector Broadcast(T value);
    static abstract TVector Add(TVector a, TVector b);
    static abstract TVector Subtract(TVector a, TVector b);
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary><c>a·b + c</c>, rounded once where the processor can do so at full speed; see <see cref="FusedMultiplyAdd"/>.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>Zero for what is negative; NaN stays. The maximum of an x86 processor is its second operand where one is NaN, an Arm's is NaN.</summary>
    static abstract TVector Rectify(TVector vector);

    /// <summary>Upper half added to lower half until 128 bits are left.</summary>
    static abstract Vector128<T> AddHalves(TVector vector);
}
