using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>
/// A node of the computation graph: a function of tensors with a forward and a backward pass. Its constructor arguments are its attributes; its other
/// fields are what forward remembered for backward, as the <c>mask</c> is in a hand-written ReLU.
/// </summary>
/// <remarks>
/// Derive from <see cref="UnaryOperation"/>, <see cref="BinaryOperation"/> or <see cref="NaryOperation"/>. An object is one application: make a new one for
/// each call. Forward runs unrecorded, and so does backward. A tensor that backward will read must go through <see cref="Save"/> in forward. What backward
/// returns are new tensors, or the gradient it was given, or views of that; they are never written into.
/// </remarks>
public abstract class Operation
{
    private static readonly Assembly s_library = typeof(Operation).Assembly;

    private bool _records, _consumed, _isTraced;
    private List<Tensor>? _saved;

    /// <summary>The operation's name, as errors, graphs and files show it: the type's, without <c>Operation</c>.</summary>
    public virtual string Name
    {
        get
        {
            string name = GetType().Name.Split('`')[0];
            return name.EndsWith(nameof(Operation), StringComparison.Ordinal) ? name[..^nameof(Operation).Length] : name;
        }
    }

    /// <summary>What it computes and its derivatives, for people to read in an explanation of the graph; null where it tells nothing.</summary>
    public virtual OperationFormula? Formula => null;

    /// <summary>The tensors this operation was applied to; empty once a backward pass has consumed the graph.</summary>
    public abstract IReadOnlyList<Tensor> Inputs { get; }

    /// <summary>
    /// How many products the formula adds up in the forward pass that was done last, the zeros of a padding included: those of matrix products and convolutions, which are nearly all of
    /// a network's; 0 for other operations. A faster way to the same result changes nothing here.
    /// </summary>
    public virtual long MultiplyAdds => 0;

    /// <summary>Younger operations have greater ages, and an operation is younger than those its inputs come from.</summary>
    internal long Age { get; private set; }

    /// <summary>The walk through the graph that found this operation last.</summary>
    internal int FoundBy { get; set; }

    /// <summary>Where gradients gather during a backward pass.</summary>
    internal GradientSlot Slot;

    /// <summary>The tensor this operation made; set where it is recorded.</summary>
    internal Tensor Output { get; private set; } = null!;

    internal bool IsConsumed => _consumed;

    /// <summary>
    /// The number of its kind, <see cref="SpareOperations.Kind{TOperation}"/>, where another application may have the same object: its Forward sets all that it remembers. Otherwise 0.
    /// </summary>
    internal virtual int Kind => 0;

    /// <summary>Whether its graph is gone, and only its result knows it.</summary>
    internal bool IsSpare => _consumed && !_isTraced;

    /// <summary>Whether this is an operation of the library's own, which refers to no tensor longer than its graph lives.</summary>
    internal bool IsBuiltIn => ReferenceEquals(GetType().Assembly, s_library);

    /// <summary>Remembers a tensor for backward, and returns it: its elements will be there when backward reads them.</summary>
    protected Tensor Save(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (_records)
        {
            tensor.Hold();
            (_saved ??= SpareLists.Take()).Add(tensor);
        }
        return tensor;
    }

    /// <summary>Whether backward has to compute the gradient of input number <paramref name="input"/>.</summary>
    protected bool Needs(int input) => Input(input).IsTracked;

    /// <summary>Whether the graph will be kept for backward: state that only backward needs is not worth computing otherwise.</summary>
    protected bool IsRecorded => _records;

    /// <summary>
    /// A tensor for what backward makes of a gradient element by element: the gradient itself, to be overwritten, where nobody else will read it; otherwise a new one.
    /// </summary>
    internal static Tensor Overwritten(Tensor gradient) =>
        gradient.IsHeldOnce && LayerTrace.Current is null ? gradient : Tensor.Uninitialized(gradient.Shape, gradient.DType);

    internal abstract int InputCount { get; }

    internal abstract Tensor Input(int index);

    /// <summary>Forgets the inputs, so that holding the result of a consumed graph keeps nothing else alive.</summary>
    private protected abstract void DropInputs();

    /// <summary>Forgets the inputs, which are another operation's as well.</summary>
    private protected abstract void ForgetInputs();

    /// <summary>Writes the gradient of each input that needs one.</summary>
    internal abstract void Pull(Tensor gradient, Span<Tensor?> parts);

    private protected void Begin(bool tracked) => _records = tracked && Autograd.IsRecording;

    private protected Tensor End(Tensor output)
    {
        if (!_records)
        {
            LayerTrace.Current?.Applied(this, output);
            DropInputs();
            return output;
        }
        Debug.Assert(output.Origin is null, "Forward returned a tensor that another operation made.");
        Output = output;
        Age = Autograd.NextAge();
        output.Origin = this;
        if (LayerTrace.Current is { } trace)
        {
            trace.Applied(this, output);
            _isTraced = true;
            trace.Note(this);
        }
        return output;
    }

    /// <summary>The same operation as before it was applied, for another application: attributes are kept, what was recorded is not.</summary>
    internal Operation Again()
    {
        var again = (Operation)MemberwiseClone();
        (again._records, again._consumed, again._saved, again.Slot) = (false, false, null, default);
        again.ForgetInputs();
        return again;
    }

    /// <summary>Makes a spare operation one that has not been applied.</summary>
    internal void Renew() => (_consumed, Slot, Output) = (false, default, null!);

    /// <summary>
    /// Whether the operation treats the positions of an axis independently: position j of the result's axis then depends only on position j of <paramref name="axis"/> of this
    /// input, on position j of axis <c>axes[i]</c> of each other input, and on all of those where <c>axes[i]</c> is −1. So several results can be computed in one application.
    /// </summary>
    /// <param name="input">The number of an input.</param>
    /// <param name="axis">One of its axes.</param>
    /// <param name="axes">For each input the axis that goes with it, or −1.</param>
    /// <returns>The result's axis, or −1 if positions depend on one another.</returns>
    internal virtual int Along(int input, int axis, Span<int> axes) => -1;

    /// <summary>Applies the operation, whatever number of inputs it takes.</summary>
    /// <exception cref="ArgumentException">It takes another number of inputs.</exception>
    internal abstract Tensor ApplyTo(ReadOnlySpan<Tensor> inputs);

    private protected void CheckCount(int given, int taken)
    {
        if (given != taken) throw new ArgumentException($"{Name} takes {taken} {(taken == 1 ? "tensor" : "tensors")}, not {given}.");
    }

    /// <summary>Lets go of everything: what forward saved, and the way to the inputs.</summary>
    internal void Consume()
    {
        _consumed = true;
        if (_saved is not null)
        {
            foreach (Tensor tensor in _saved) tensor.Release();
            SpareLists.GiveBack(ref _saved);
        }
        DropInputs();
    }
}

/// <summary>An operation on one tensor.</summary>
public abstract class UnaryOperation : Operation
{
    private Tensor? _x;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Tensor> Inputs => _x is null ? [] : [_x.Shown()];

    internal sealed override int InputCount => 1;

    internal sealed override Tensor Input(int index) => _x!;

    /// <summary>Computes the result, and records this operation as its origin if a gradient may be asked for.</summary>
    [MethodImpl(Compile.Once)]
    public Tensor Apply(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        _x = x.Used();
        Begin(x.IsTracked);
        using Autograd.Pause pause = Autograd.NoGradient();
        return End(Forward(x));
    }

    /// <summary>Computes the result as a new tensor; saves what backward will need.</summary>
    protected abstract Tensor Forward(Tensor x);

    /// <summary>∂L/∂x, given ∂L/∂y for the result y.</summary>
    protected abstract Tensor Backward(Tensor gradient);

    internal sealed override Tensor ApplyTo(ReadOnlySpan<Tensor> inputs)
    {
        CheckCount(inputs.Length, 1);
        return Apply(inputs[0]);
    }

    internal sealed override void Pull(Tensor gradient, Span<Tensor?> parts) => parts[0] = Backward(gradient);

    private protected sealed override void DropInputs()
    {
        _x?.Unused();
        ForgetInputs();
    }

    private protected sealed override void ForgetInputs() => _x = null;
}

/// <summary>An operation on two tensors.</summary>
public abstract class BinaryOperation : Operation
{
    private Tensor? _a, _b;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Tensor> Inputs => _a is null ? [] : [_a.Shown(), _b!.Shown()];

    /// <summary>Whether the gradient of the first input is asked for.</summary>
    protected bool NeedsA => _a!.IsTracked;

    /// <summary>Whether the gradient of the second input is asked for.</summary>
    protected bool NeedsB => _b!.IsTracked;

    internal sealed override int InputCount => 2;

    internal sealed override Tensor Input(int index) => index == 0 ? _a! : _b!;

    /// <summary>Computes the result, and records this operation as its origin if a gradient may be asked for.</summary>
    [MethodImpl(Compile.Once)]
    public Tensor Apply(Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        (_a, _b) = (a.Used(), b.Used());
        Begin(a.IsTracked || b.IsTracked);
        using Autograd.Pause pause = Autograd.NoGradient();
        return End(Forward(a, b));
    }

    /// <summary>Computes the result as a new tensor; saves what backward will need.</summary>
    protected abstract Tensor Forward(Tensor a, Tensor b);

    /// <summary>∂L/∂a and ∂L/∂b, given ∂L/∂c for the result c; null where it is not needed.</summary>
    protected abstract (Tensor? A, Tensor? B) Backward(Tensor gradient);

    internal sealed override Tensor ApplyTo(ReadOnlySpan<Tensor> inputs)
    {
        CheckCount(inputs.Length, 2);
        return Apply(inputs[0], inputs[1]);
    }

    internal sealed override void Pull(Tensor gradient, Span<Tensor?> parts) => (parts[0], parts[1]) = Backward(gradient);

    private protected sealed override void DropInputs()
    {
        _a?.Unused();
        _b?.Unused();
        ForgetInputs();
    }

    private protected sealed override void ForgetInputs() => _a = _b = null;
}

/// <summary>An operation on any number of tensors.</summary>
public abstract class NaryOperation : Operation
{
    private List<Tensor>? _inputs;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Tensor> Inputs => _inputs is null ? [] : _inputs.ConvertAll(input => input.Shown());

    internal sealed override int InputCount => _inputs?.Count ?? 0;

    internal sealed override Tensor Input(int index) => _inputs![index];

    /// <summary>Computes the result, and records this operation as its origin if a gradient may be asked for.</summary>
    [MethodImpl(Compile.Once)]
    public Tensor Apply(params ReadOnlySpan<Tensor> inputs)
    {
        bool tracked = false;
        foreach (Tensor input in inputs)
        {
            ArgumentNullException.ThrowIfNull(input, nameof(inputs));
            tracked |= input.Used().IsTracked;
        }
        _inputs = SpareLists.Take();
        _inputs.AddRange(inputs);
        Begin(tracked);
        using Autograd.Pause pause = Autograd.NoGradient();
        return End(Forward(inputs));
    }

    /// <summary>Computes the result as a new tensor; saves what backward will need.</summary>
    protected abstract Tensor Forward(ReadOnlySpan<Tensor> inputs);

    /// <summary>Writes ∂L/∂input for each input that <see cref="Operation.Needs"/> one, given ∂L/∂y for the result y; the others stay null.</summary>
    protected abstract void Backward(Tensor gradient, Span<Tensor?> inputGradients);

    internal sealed override Tensor ApplyTo(ReadOnlySpan<Tensor> inputs) => Apply(inputs);

    internal sealed override void Pull(Tensor gradient, Span<Tensor?> parts) => Backward(gradient, parts);

    private protected sealed override void DropInputs()
    {
        if (_inputs is null) return;
        foreach (Tensor input in _inputs) input.Unused();
        SpareLists.GiveBack(ref _inputs);
    }

    private protected sealed override void ForgetInputs() => _inputs = null;
}
