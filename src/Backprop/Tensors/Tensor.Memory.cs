using System.Diagnostics.CodeAnalysis;

namespace Backprop;

// A tensor made in a step scope is two objects that the next step can use again. Its storage always is: the tensor notices that it has lost it. The tensor itself is only where
// nobody can refer to it any more: the library has done with it, no operation will come back to it, and no code but the library's ever met it.
public partial class Tensor
{
    private int _life; // of the storage, in which it has been this tensor's
    private int _uses; // by operations whose graph may still be walked
    private bool _isShown, _isDiscarded;

    /// <summary>Where the elements are, unless <see cref="IsRecycled"/>.</summary>
    internal Storage Storage { get; private set; }

    /// <summary>Whether the step in which the tensor was made has ended, and its elements may be another tensor's.</summary>
    internal bool IsRecycled => Storage.Life != _life;

    /// <summary>Takes this tensor out of the open step scope, so that it may be read after the step; returns the tensor.</summary>
    /// <exception cref="ObjectDisposedException">The step in which the tensor was made has ended.</exception>
    public Tensor Keep()
    {
        if (IsRecycled) ThrowRecycled();
        _isShown = true;
        Storage.Keep();
        return this;
    }

    /// <summary>Says that code outside of the library gets to know the tensor, and may go on referring to it; returns the tensor.</summary>
    internal Tensor Shown()
    {
        _isShown = true;
        return this;
    }

    /// <summary>Says that the tensor is an input of an operation; returns the tensor.</summary>
    internal Tensor Used()
    {
        _uses++;
        return this;
    }

    /// <summary>Takes a <see cref="Used"/> back: backward will not come to the operation any more.</summary>
    internal void Unused() => _uses--;

    /// <summary>Says that backward will read the elements, so that <see cref="Discard"/> waits.</summary>
    internal void Hold()
    {
        if (!IsRecycled) Storage.Hold();
    }

    /// <summary>Takes a <see cref="Hold"/> back.</summary>
    internal void Release()
    {
        if (!IsRecycled) Storage.Release();
    }

    /// <summary>Whether nobody but its one holder will read the elements again, who may write into them then.</summary>
    internal bool IsHeldOnce => !_isShown && !IsRecycled && Storage.IsHeldOnce;

    /// <summary>Says that the library has done with the tensor: its elements go back to the step's memory as soon as nobody holds them.</summary>
    internal void Discard()
    {
        if (IsRecycled) return;
        _isDiscarded = true;
        Storage.Discard();
    }

    /// <summary>Ends the tensor's step: its elements go back, and if nobody but the step's memory can refer to the tensor itself any more, it is made empty for another.</summary>
    internal bool TryEmpty()
    {
        if (!IsRecycled) Storage.Recycle();
        if (_isShown || !_isDiscarded || _uses > 0) return false;
        (Origin, RequiresGradient, _isDiscarded) = (null, false, false);
        return true;
    }

    /// <summary>Makes this empty tensor one of a new step.</summary>
    internal Tensor Renew(Shape shape, DType dtype, Storage storage, int life)
    {
        (Shape, DType, Storage, _life) = (shape, dtype, storage, life);
        return this;
    }

    [DoesNotReturn]
    internal static void ThrowRecycled() => throw new ObjectDisposedException(
        nameof(Tensor), "This tensor was made inside a step whose memory has been recycled. Call Keep() on it inside the step to read it later, or take its numbers with ToArray() or Item().");
}
