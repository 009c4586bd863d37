using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop;

/// <summary>Memory that a training loop uses again in each step, so that long training neither grows nor feeds the garbage collector.</summary>
/// <remarks>
/// <code>
/// var memory = new StepMemory();
/// foreach (Batch batch in loader)
/// {
///     using StepScope step = memory.Begin();
///     Tensor loss = Losses.CrossEntropy(model.Forward(batch.Inputs), batch.Targets);
///     optimizer.Step(loss.Backward());
/// }
/// </code>
/// Tensors made on this thread between <see cref="Begin"/> and the end of the scope give their buffers back at its end; reading one later throws, and
/// <see cref="Tensor.Keep"/> prevents it. Parameters, buffers of layers and optimizer state are kept by themselves. Without a scope everything is
/// ordinary garbage-collected memory: a scope is an optimization, and forgetting to end one costs nothing but that memory (the next
/// <see cref="Begin"/> ends it). Not thread-safe: each training thread has a memory of its own.
/// </remarks>
public sealed class StepMemory
{
    private const int SmallLength = 64; // elements; the young generation serves so few faster than a look into a table

    [ThreadStatic]
    private static StepMemory? s_current;

    private readonly Dictionary<(DType DType, int ArrayLength), Stack<Array>> _free = [];
    private readonly List<Storage> _storages = [];
    private StepMemory? _outer;
    private bool _open;

    /// <summary>The memory of the innermost scope open on this thread.</summary>
    internal static StepMemory? Current => s_current;

    /// <summary>Opens a scope on this thread. If the last one of this memory is still open, it is ended first.</summary>
    public StepScope Begin()
    {
        if (_open) End();
        _open = true;
        _outer = s_current;
        s_current = this;
        return new StepScope(this);
    }

    /// <summary>Suspends the scope: what is made until the result is disposed outlives the step.</summary>
    internal static Outside Suspend()
    {
        var outside = new Outside(s_current);
        s_current = null;
        return outside;
    }

    internal void End()
    {
        if (!_open) return;
        _open = false;
        if (s_current == this) s_current = _outer;
        _outer = null;
        foreach (Storage storage in _storages) storage.Recycle();
        _storages.Clear();
    }

    internal void Register(Storage storage) => _storages.Add(storage);

    internal T[] Rent<T>(int length) where T : unmanaged
    {
        if (length <= SmallLength) return new T[length];
        int rounded = SizeClass(length);
        return _free.TryGetValue((DTypes.Of<T>(), AlignedArray.ArrayLength<T>(rounded)), out Stack<Array>? stack) && stack.TryPop(out Array? array)
            ? Unsafe.As<T[]>(array)
            : AlignedArray.Allocate<T>(rounded);
    }

    internal void Return(Array array, DType dtype)
    {
        if (array.Length <= SmallLength) return;
        (DType, int) key = (dtype, array.Length);
        if (!_free.TryGetValue(key, out Stack<Array>? stack)) _free.Add(key, stack = new Stack<Array>());
        stack.Push(array);
    }

    // Four classes to each power of two: at most a fifth of a buffer is wasted, and batches of nearly the same size share buffers.
    private static int SizeClass(int length)
    {
        int step = 1 << Math.Max(0, BitOperations.Log2((uint)(length - 1)) - 2);
        return length > int.MaxValue - step ? length : (length + step - 1) & -step;
    }

    internal readonly struct Outside(StepMemory? memory) : IDisposable
    {
        public void Dispose() => s_current = memory;
    }
}

/// <summary>One step of a <see cref="StepMemory"/>; disposing of it recycles the tensors made in it.</summary>
public readonly ref struct StepScope
{
    private readonly StepMemory? _memory;

    internal StepScope(StepMemory memory) => _memory = memory;

    /// <summary>Ends the step.</summary>
    public void Dispose() => _memory?.End();
}
