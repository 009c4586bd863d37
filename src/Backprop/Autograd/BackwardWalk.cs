using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>What a backward pass works with. The thread's next pass takes it over: in between it is empty and keeps no tensor alive.</summary>
internal sealed class BackwardWalk
{
    [ThreadStatic]
    private static BackwardWalk? s_spare;

    private readonly Dictionary<Tensor, GradientSlot> _gradients = new(ReferenceEqualityComparer.Instance);
    private Tensor?[] _parts = new Tensor?[4];

    /// <summary>The operations on the way.</summary>
    public List<Operation> Graph { get; } = [];

    /// <summary>Begins a pass. One that an operation calls within its own backward gets a walk of its own.</summary>
    public static BackwardWalk Begin()
    {
        BackwardWalk walk = s_spare ?? new BackwardWalk();
        s_spare = null; // if the pass ends in an exception, what it leaves is the garbage collector's
        return walk;
    }

    /// <summary>Room for the gradients of an operation's inputs, all null.</summary>
    public Span<Tensor?> Parts(int count)
    {
        if (_parts.Length < count) _parts = new Tensor?[count];
        Array.Clear(_parts);
        return _parts.AsSpan(0, count);
    }

    /// <summary>Adds a part of the gradient that the caller will get.</summary>
    public void Add(Tensor tensor, Tensor part) => CollectionsMarshal.GetValueRefOrAddDefault(_gradients, tensor, out _).Add(part);

    /// <summary>Ends the pass with the gradients found.</summary>
    [MethodImpl(Compile.Once)]
    public Gradients End()
    {
        var gradients = new Gradients(_gradients.Count);
        foreach ((Tensor tensor, GradientSlot slot) in _gradients)
        {
            slot.Sum!.Discard(); // when the step ends, for the slot holds it
            gradients.Set(tensor, slot.Sum);
        }
        Graph.Clear();
        _gradients.Clear();
        Array.Clear(_parts);
        s_spare = this;
        return gradients;
    }
}
