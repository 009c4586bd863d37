namespace Backprop;

/// <summary>Hears what the layers do while it is open on this thread, and remembers in which of them each operation was recorded.</summary>
internal class LayerTrace
{
    [ThreadStatic]
    private static LayerTrace? s_current;

    private readonly List<string?> _layers = []; // from the outermost in; that one has a name only if it is itself part of another
    private readonly Dictionary<Operation, string> _paths = new(ReferenceEqualityComparer.Instance);

    /// <summary>The trace that is open on this thread.</summary>
    public static LayerTrace? Current => s_current;

    /// <summary>Traces what is recorded on this thread until the result is disposed.</summary>
    public Span Open()
    {
        var span = new Span(s_current);
        s_current = this;
        return span;
    }

    /// <summary>Where the computation is: the layer's path, as <c>block1.body.conv1</c>; empty in a module that is part of no other, and outside of all.</summary>
    public string Path => string.Join('.', _layers.Where(layer => layer is not null));

    /// <summary>Whether no layer computes.</summary>
    protected bool IsOutside => _layers.Count == 0;

    /// <summary>Hears that a layer begins.</summary>
    public virtual void Enter(string? layer) => _layers.Add(layer);

    /// <summary>Hears that it ends.</summary>
    public virtual void Leave() => _layers.RemoveAt(_layers.Count - 1);

    /// <summary>Hears of an operation that was applied, recorded or not, while it still has its inputs.</summary>
    public virtual void Applied(Operation operation, Tensor output) { }

    /// <summary>Hears of an operation that was applied and recorded.</summary>
    public virtual void Note(Operation operation)
    {
        if (Path is { Length: > 0 } path) _paths[operation] = path;
    }

    /// <summary>Hears of an operation's backward: the gradient that arrived, and those it made for its inputs.</summary>
    public virtual void Pulled(Operation operation, Tensor gradient, ReadOnlySpan<Tensor?> parts) { }

    /// <summary>The layer's path, as <c>block1.body.conv1</c>; null for an operation outside of all layers.</summary>
    public string? PathOf(Operation operation) => _paths.GetValueOrDefault(operation);

    /// <summary>The code that is traced.</summary>
    public readonly ref struct Span(LayerTrace? outer)
    {
        public void Dispose() => s_current = outer;
    }
}
