using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop;

/// <summary>The elements of a tensor, or of several that are views of one another: part of a managed array.</summary>
/// <remarks>
/// A storage made inside a step scope belongs to its <see cref="StepMemory"/> and goes back there when the step ends, to serve another tensor with its array. One that its
/// maker has marked <see cref="Discard">discardable</see> goes back as soon as nobody <see cref="Hold">holds</see> it: backward needs it no more. Each time it goes back it
/// begins another <see cref="Life"/>; a tensor remembers which one it was made in, and so never sees elements that have become another's.
/// </remarks>
internal sealed class Storage
{
    private readonly Array _array;
    private readonly int _offset;
    private StepMemory? _owner;
    private int _holders;
    private bool _discardable;

    private Storage(Array array, DType dtype, int offset, int length)
    {
        _array = array;
        DType = dtype;
        _offset = offset;
        Length = Room = length;
    }

    public DType DType { get; }

    /// <summary>The most elements it can have.</summary>
    public int Room { get; }

    /// <summary>In elements, not in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>How often the storage has gone back to its memory.</summary>
    public int Life { get; private set; }

    /// <summary>A storage of <paramref name="length"/> elements, not cleared, in nobody's memory.</summary>
    public static Storage New<T>(int length) where T : unmanaged
    {
        T[] array = AlignedArray.Allocate<T>(length);
        return new Storage(array, DTypes.Of<T>(), AlignedArray.Offset(array, length), length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Span<T>() where T : unmanaged =>
        MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Unsafe.As<T[]>(_array)), _offset), Length);

    /// <summary>Puts the storage under a memory, which will recycle it when its step ends.</summary>
    /// <param name="owner">The memory.</param>
    /// <param name="length">How many of the elements there is room for are used.</param>
    public void Join(StepMemory owner, int length) => (_owner, Length) = (owner, length);

    /// <summary>Takes the storage out of its step: it lives as long as somebody refers to it.</summary>
    public void Keep() => _owner = null;

    /// <summary>Says that backward will read the storage, so that <see cref="Discard"/> waits.</summary>
    public void Hold() => _holders++;

    /// <summary>Whether the elements are a step's and wait for one reader only.</summary>
    public bool IsHeldOnce => _holders == 1 && _owner is not null;

    public void Release()
    {
        if (--_holders == 0 && _discardable) Recycle();
    }

    /// <summary>Gives the storage back as soon as nobody holds it. Only where no user's code will read it.</summary>
    public void Discard()
    {
        if (_owner is null) return; // the garbage collector's business
        _discardable = true;
        if (_holders == 0) Recycle();
    }

    /// <summary>Gives the storage back to the step's memory now, unless it was kept or is there already.</summary>
    public void Recycle()
    {
        if (_owner is not { } owner) return;
        Life++;
        (_owner, _holders, _discardable) = (null, 0, false);
        owner.Return(this);
    }
}
