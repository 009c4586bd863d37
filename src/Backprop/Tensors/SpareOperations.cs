namespace Backprop;

/// <summary>
/// Operations that a step has left and nobody can refer to any more: the next step builds the same graph of them. Only of the kinds that deep networks have many of, those
/// with an <see cref="Operation.Kind"/>.
/// </summary>
internal sealed class SpareOperations
{
    private static int s_kinds;

    private Stack<Operation>?[] _spare = [];

    /// <summary>One of this kind; the one that was given back last.</summary>
    public TOperation? Take<TOperation>() where TOperation : Operation
    {
        int kind = Kind<TOperation>.Number;
        if (kind >= _spare.Length) Array.Resize(ref _spare, kind + 8);
        Stack<Operation> spare = _spare[kind] ??= new Stack<Operation>();
        if (!spare.TryPop(out Operation? operation)) return null;
        operation.Renew();
        return (TOperation)operation;
    }

    /// <summary>Takes an operation whose result nobody but the library has seen.</summary>
    public void GiveBack(Operation operation)
    {
        if (operation.Kind is > 0 and int kind && kind < _spare.Length && operation.IsSpare) _spare[kind]?.Push(operation);
    }

    /// <summary>Kinds are numbered as they come, from 1.</summary>
    internal static class Kind<TOperation>
    {
        public static readonly int Number = Interlocked.Increment(ref s_kinds);
    }
}
