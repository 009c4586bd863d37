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
        for (int index = 0; index < _modules.Count;)
        {
            Tensor next = Next(current, ref index);
            // The input is the caller's, and a view (Flatten) or an identity (Dropout in evaluation) passes its input's elements on.
            if (current.Storage != x.Storage && current.Storage != next.Storage) current.Discard();
            current = next;
        }
        return current;
    }

    /// <summary>Applies the module at the index and goes past it; in prediction a convolution takes the normalization and the ReLU behind it along, which saves a pass over the image each.</summary>
    private Tensor Next(Tensor x, ref int index)
    {
        Module module = _modules[index++];
        if (module is not Conv2d conv || Autograd.IsRecording || LayerTrace.Current is not null || x.DType != conv.Weight.DType) return module.Forward(x);
        var norm = At(index) as BatchNorm2d;
        if (norm is not null && norm.Folds(conv.Weight)) index++;
        else norm = null;
        bool rectify = At(index) is Relu;
        if (rectify) index++;
        return norm is null && !rectify ? conv.Forward(x) : conv.Predict(x, norm, rectify);
    }

    private Module? At(int index) => index < _modules.Count ? _modules[index] : null;
}
