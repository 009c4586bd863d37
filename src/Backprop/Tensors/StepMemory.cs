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
    private const int SizeClasses = 120; // as many as there are up to int.MaxValue
    private const int Wider = 4;         // classes, of which there are four to each power of two: a tensor takes a spare buffer of up to twice its size
    private const int MostRoom = int.MaxValue - 256; // elements; the longest array is a little shorter than the greatest number

    [ThreadStatic]
    private static StepMemory? s_current;

    private readonly Stack<Storage>?[] _free = new Stack<Storage>?[Enum.GetValues<DType>().Length * SizeClasses];
    private readonly List<Tensor> _tensors = []; // those of this step, and after them empty ones
    private readonly SpareOperations _operations = new();
    private readonly Stack<Dictionary<Tensor, Tensor>> _spareMaps = new();
    private readonly List<Dictionary<Tensor, Tensor>> _lentMaps = []; // in this step
    private int _used;
    private long _left; // bytes
    private StepMemory? _outer;
    private bool _open;

    /// <summary>A memory that grows as it has to.</summary>
    public StepMemory() : this(long.MaxValue) { }

    /// <summary>A memory that never takes more than so many bytes.</summary>
    internal StepMemory(long most) => _left = most;

    /// <summary>The memory of the innermost scope open on this thread.</summary>
    internal static StepMemory? Current => s_current;

    /// <summary>How many steps have ended.</summary>
    internal int StepsEnded { get; private set; }

    /// <summary>Opens a scope on this thread. If the last one of this memory is still open, it is ended first.</summary>
    public StepScope Begin()
    {
        if (_open) End();
        _open = true;
        _outer = s_current;
        s_current = this;
        return new StepScope(this);
    }

    /// <summary>An operation of this kind that the last step has left: of several the one that was made first.</summary>
    internal TOperation? SpareOperation<TOperation>() where TOperation : Operation => _operations.Take<TOperation>();

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
        StepsEnded++;
        if (s_current == this) s_current = _outer;
        _outer = null;
        for (int i = _used - 1; i >= 0; i--)
        {
            Operation? origin = _tensors[i].Origin;
            if (_tensors[i].TryEmpty())
            {
                if (origin is not null) _operations.GiveBack(origin); // so those that were made first lie on top
                continue;
            }
            _tensors[i] = _tensors[^1]; // another keeps it
            _tensors.RemoveAt(_tensors.Count - 1);
        }
        _used = 0;
        foreach (Dictionary<Tensor, Tensor> map in _lentMaps)
        {
            map.Clear();
            _spareMaps.Push(map);
        }
        _lentMaps.Clear();
    }

    /// <summary>An empty map that is the borrower's until the step ends, or for ever if it is <see cref="Leave">left</see> to it.</summary>
    internal Dictionary<Tensor, Tensor> LendMap()
    {
        Dictionary<Tensor, Tensor> map = _spareMaps.TryPop(out Dictionary<Tensor, Tensor>? spare) ? spare : new(ReferenceEqualityComparer.Instance);
        _lentMaps.Add(map);
        return map;
    }

    /// <summary>Leaves a map to its borrower.</summary>
    internal void Leave(Dictionary<Tensor, Tensor> map) => _lentMaps.Remove(map);

    /// <summary>A tensor of this step, of objects and arrays that were used before where there are such.</summary>
    internal Tensor NewTensor<T>(Shape shape) where T : unmanaged
    {
        Storage storage = Rent<T>(shape.ElementCount);
        return NewTensor(shape, DTypes.Of<T>(), storage, storage.Life);
    }

    /// <summary>A tensor of this step with elements that there are already.</summary>
    internal Tensor NewTensor(Shape shape, DType dtype, Storage storage, int life)
    {
        if (_used < _tensors.Count) return _tensors[_used++].Renew(shape, dtype, storage, life);
        var tensor = new Tensor(shape, dtype, storage, life);
        _tensors.Add(tensor);
        _used++;
        return tensor;
    }

    private Storage Rent<T>(int length) where T : unmanaged
    {
        (int number, int room) = SizeClass(length);
        Storage storage = Spare(DTypes.Of<T>(), number) ?? Grow<T>(room);
        storage.Join(this, length);
        return storage;
    }

    /// <summary>A buffer of this class that is free; else of the next ones, so that the small tensors of a network, or of a last batch, need not have their own beside those of large ones.</summary>
    private Storage? Spare(DType dtype, int sizeClass)
    {
        for (int wider = sizeClass, end = Math.Min(sizeClass + Wider, SizeClasses - 1); wider <= end; wider++)
        {
            if (_free[Place(dtype, wider)] is { } free && free.TryPop(out Storage? storage)) return storage;
        }
        return null;
    }

    private Storage Grow<T>(int room) where T : unmanaged
    {
        _left -= (long)room * Unsafe.SizeOf<T>();
        if (_left < 0) throw new InsufficientMemoryException("A tensor was to be made for which a limited memory has no room.");
        return Storage.New<T>(room);
    }

    /// <summary>Makes a tensor part of this step, which was made in an earlier one and kept.</summary>
    internal void Take(Tensor tensor)
    {
        tensor.Storage.Join(this, tensor.ElementCount);
        if (_used < _tensors.Count) _tensors.Add(_tensors[_used]);
        else _tensors.Add(tensor);
        _tensors[_used++] = tensor;
    }

    internal void Return(Storage storage) => (_free[Place(storage.DType, SizeClass(storage.Room).Number)] ??= []).Push(storage);

    private static int Place(DType dtype, int sizeClass) => (int)dtype * SizeClasses + sizeClass;

    /// <summary>Four classes to each power of two: at most a fifth of a buffer is wasted, and batches of nearly the same size share buffers.</summary>
    /// <returns>The number of the class, and the most elements that belong to it.</returns>
    private static (int Number, int Room) SizeClass(int length)
    {
        int last = Math.Max(0, length - 1), log = Math.Max(0, BitOperations.Log2((uint)last) - 2), steps = (last >> log) + 1;
        return (4 * log + steps - 1, Math.Max(length, (int)Math.Min((long)steps << log, MostRoom)));
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
