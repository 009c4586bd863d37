namespace Backprop;

/// <summary>The time in which modules are made whose state lies in a file: nothing is drawn for what the file will overwrite, and no more memory is taken than the file's tensors need.</summary>
internal sealed class Construction : IDisposable
{
    [ThreadStatic]
    private static Construction? s_current;

    private readonly Construction? _outer = s_current;
    private readonly long _bytes;
    private long _left;

    /// <summary>Begins it on this thread.</summary>
    /// <param name="bytes">How much memory parameters and buffers may take together.</param>
    public Construction(long bytes)
    {
        _bytes = _left = bytes;
        s_current = this;
    }

    /// <summary>What is going on on this thread, if anything.</summary>
    public static Construction? Current => s_current;

    /// <summary>Counts a tensor that is about to be made.</summary>
    /// <exception cref="ArgumentException">There is not so much memory left.</exception>
    public void Take(Module owner, string name, Shape shape, DType dtype)
    {
        _left -= (long)shape.ElementCount * dtype.Size;
        if (_left < 0) throw new ArgumentException($"{owner.GetType().Name}: with its {name} {shape} the model has more than the {_bytes} bytes that the file's tensors have");
    }

    public void Dispose() => s_current = _outer;
}
