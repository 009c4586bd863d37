namespace Backprop;

/// <summary>Remembers in which layer each operation was recorded while the trace was open on this thread.</summary>
internal class LayerTrace
{
    [ThreadStatic]
    private static LayerTrace? s_current;

    private readonly Stack<string> _layers = new();
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

    public void Enter(string layer) => _layers.Push(layer);

    public void Leave() => _layers.Pop();

    /// <summary>Hears of an operation that was applied and recorded.</summary>
    public virtual void Note(Operation operation)
    {
        if (_layers.Count > 0) _paths[operation] = string.Join('.', _layers.Reverse());
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
