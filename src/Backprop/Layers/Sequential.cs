using System.Collections;

namespace Backprop;

/// <summary>Modules one after the other: each computes on what the one before gave. Their names are their numbers, as in PyTorch: <c>0.weight</c>.</summary>
/// <remarks>
/// <code>var model = new Sequential(new Flatten(), new Linear(784, 50), new Relu(), new Linear(50, 10));</code>
/// What passes between two modules cannot be seen from outside, so inside a step scope its memory is given back as soon as no backward needs it.
/// A module of your own that remembers its input or output for later calls <see cref="Tensor.Keep"/> on it.
/// </remarks>
public sealed class Sequential : Module, IEnumerable<Module>
{
    private readonly List<Module> _modules = [];

    /// <summary>A chain of modules; with none it returns its input.</summary>
    public Sequential(params ReadOnlySpan<Module> modules)
    {
        foreach (Module module in modules) Add(module);
    }

    /// <summary>How many modules there are.</summary>
    public int Count => _modules.Count;

    /// <summary>A module by its number.</summary>
    public Module this[int index] => _modules[index];

    /// <summary>Appends a module under its number.</summary>
    public void Add(Module module) => Add($"{_modules.Count}", module);

    /// <summary>Appends a module under a name of its own, which its parameters' names begin with.</summary>
    public void Add(string name, Module module) => _modules.Add(AddModule(name, module));

    /// <inheritdoc/>
    public IEnumerator<Module> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Tensor current = x;
        foreach (Module module in _modules)
        {
            Tensor next = module.Forward(current);
            // The input is the caller's, and a view (Flatten) or an identity (Dropout in evaluation) passes its input's elements on.
            if (current.Storage != x.Storage && current.Storage != next.Storage) current.Discard();
            current = next;
        }
        return current;
    }
}
