using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop;

/// <summary>The elements of a tensor, or of several that are views of one another: part of a managed array.</summary>
/// <remarks>
/// A storage made inside a step scope belongs to its <see cref="StepMemory"/> and loses its array when the step ends. One that its maker has marked
/// <see cref="Discard">discardable</see> loses it as soon as nobody <see cref="Hold">holds</see> it: backward needs it no more.
/// </remarks>
internal sealed class Storage
{
    private Array? _array;
    private readonly int _offset;
    private StepMemory? _owner;
    private int _holders;
    private bool _discardable;

    private Storage(Array array, DType dtype, int offset, int length, StepMemory? owner)
    {
        _array = array;
        DType = dtype;
        _offset = offset;
        Length = length;
        _owner = owner;
    }

    public DType DType { get; }

    /// <summary>In elements, not in bytes.</summary>
    public int Length { get; }

    public bool IsRecycled => _array is null;

    /// <summary>A storage of <paramref name="length"/> elements, not cleared; in the current step's memory if there is one.</summary>
    public static Storage Allocate<T>(int length) where T : unmanaged
    {
        StepMemory? owner = StepMemory.Current;
        T[] array = owner is null ? AlignedArray.Allocate<T>(length) : owner.Rent<T>(length);
        var storage = new Storage(array, DTypes.Of<T>(), AlignedArray.Offset(array, length), length, owner);
        owner?.Register(storage);
        return storage;
    }

    /// <summary>A storage over an array of the caller's.</summary>
    public static Storage Wrap<T>(T[] array) where T : unmanaged => new(array, DTypes.Of<T>(), 0, array.Length, null);

    public Span<T> Span<T>() where T : unmanaged
    {
        Array array = _array ?? ThrowRecycled();
        return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Unsafe.As<T[]>(array)), _offset), Length);
    }

    /// <summary>Takes the storage out of its step: it lives as long as somebody refers to it.</summary>
    public void Keep() => _owner = null;

    /// <summary>Puts a kept storage under the memory that its array came from: the step that is open now will recycle it.</summary>
    public void Rejoin(StepMemory owner)
    {
        _owner = owner;
        owner.Register(this);
    }

    /// <summary>Says that backward will read the storage, so that <see cref="Discard"/> waits.</summary>
    public void Hold() => _holders++;

    public void Release()
    {
        if (--_holders == 0 && _discardable) Recycle();
    }

    /// <summary>Gives the array back as soon as nobody holds the storage. Only for a storage that no user's code will read.</summary>
    public void Discard()
    {
        if (_owner is null) return; // the garbage collector's business
        _discardable = true;
        if (_holders == 0) Recycle();
    }

    /// <summary>Gives the array back to the step's memory now, unless it was kept.</summary>
    public void Recycle()
    {
        if (_owner is null || _array is null) return;
        _owner.Return(_array, DType);
        _array = null;
    }

    [DoesNotReturn]
    private static Array ThrowRecycled() => throw new ObjectDisposedException(
        nameof(Tensor), "This tensor was made inside a step whose memory has been recycled. Call Keep() on it inside the step to read it later, or take its numbers with ToArray() or Item().");
}
