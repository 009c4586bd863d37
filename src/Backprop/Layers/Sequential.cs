using System.Collections;

namespace Backprop;

/// <summary>Modules one after the other: each computes on what the one before gave. Their names are their numbers, as in PyTorch: <c>0.weight</c>.</summary>
/// <remarks>
/// <code>var model = new Sequential(new Flatten(), new Linear(784, 50), new Relu(), new Linear(50, 10));</code>
/// What passes between two modules cannot be seen from outside, so inside a step scope its memory is given back as soon as no backward needs it, and some neighbours are computed together: a
/// convolution or a batch normalization with the ReLU behind it is one node of the graph, and so is a convolution of small images with ReLU and 2 × 2 pooling. Applied one by one, each module has
/// its own.
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
    protected override Tensor Compute(Tensor x) => First(_modules.Count, x);

    /// <summary>Applies so many of the modules.</summary>
    private Tensor First(int count, Tensor x)
    {
        Tensor current = x;
        for (int index = 0; index < count;)
        {
            Tensor next = Next(current, ref index);
            // The input is the caller's, and a view (Flatten) or an identity (Dropout in evaluation) passes its input's elements on.
            if (current.Storage != x.Storage && current.Storage != next.Storage) current.Discard();
            current = next;
        }
        return current;
    }

    /// <summary>Applies the module at the index, and those behind it that can be had for less together with it, and goes past them.</summary>
    private Tensor Next(Tensor x, ref int index)
    {
        Module module = _modules[index++];
        if (LayerTrace.Current is null)
        {
            if (module is Conv2d conv && x.DType == conv.Weight.DType) return Autograd.IsRecording ? Train(conv, x, ref index) : Predict(conv, x, ref index);
            if (module is BatchNorm norm && At(index) is Relu && norm.Rectified(x) is { } rectified)
            {
                index++;
                return rectified;
            }
            if (module is Residual block && At(index) is Relu && block.Predict(x, rectify: true) is { } sum)
            {
                index++;
                return sum;
            }
            if (module is Relu && At(index) is MaxPool2d { IsPadded: false } pool)
            {
                index++;
                return RectifyLargest(x, module, pool);
            }
        }
        return module.Forward(x);
    }

    /// <summary>In prediction a convolution takes the normalization, the ReLU and the commonest pooling behind it along, which saves a pass over the image each.</summary>
    private Tensor Predict(Conv2d conv, Tensor x, ref int index)
    {
        var norm = At(index) as BatchNorm2d;
        if (norm is not null && norm.Folds(conv.Weight)) index++;
        else norm = null;
        bool rectify = At(index) is Relu;
        if (rectify) index++;
        bool halve = At(index) is MaxPool2d { Halves: true } && conv.SuitsHalving(x);
        if (halve) index++;
        return norm is null && !rectify && !halve ? conv.Forward(x) : conv.Fused(x, norm, rectify, halve: halve);
    }

    /// <summary>
    /// In training a convolution takes the ReLU behind it along, which saves a pass over the image, and the commonest pooling: its planes, and in backward their gradient, need not leave the cache.
    /// </summary>
    private Tensor Train(Conv2d conv, Tensor x, ref int index)
    {
        bool rectify = At(index) is Relu;
        int behind = rectify ? index + 1 : index;
        bool halve = At(behind) is MaxPool2d { Halves: true } && conv.SuitsHalving(x);
        if (!halve && (!rectify || At(behind) is MaxPool2d { IsPadded: false })) return conv.Forward(x); // such a pooling takes the ReLU
        index = halve ? behind + 1 : behind;
        return conv.Fused(x, rectify: rectify, halve: halve);
    }

    /// <summary>
    /// Prediction of the whole chain, the sum with what goes around it and the ReLU behind that, if a convolution ends the chain, which takes all of it along; otherwise null.
    /// </summary>
    /// <param name="x">The input.</param>
    /// <param name="around">Makes of x what is added.</param>
    /// <param name="rectify">Whether negative results become zero.</param>
    internal Tensor? PredictSum(Tensor x, Module? around, bool rectify)
    {
        var norm = At(Count - 1) as BatchNorm2d;
        int last = norm is null ? Count - 1 : Count - 2;
        if (At(last) is not Conv2d conv || (norm is not null && !norm.Folds(conv.Weight))) return null;
        Tensor inner = First(last, x), addend = around is null ? x : around.Forward(x);
        if (inner.DType != conv.Weight.DType || addend.DType != inner.DType) return null;
        Tensor y = conv.Fused(inner, norm, rectify, addend);
        if (inner.Storage != x.Storage && inner.Storage != addend.Storage) inner.Discard();
        if (addend.Storage != x.Storage) addend.Discard();
        return y;
    }

    /// <summary>
    /// A ReLU in front of a pooling is computed behind it, on a quarter of the elements: the largest of the rectified numbers is the largest, rectified. Where that is positive the same
    /// element wins; where it is not, no gradient passes, here or there.
    /// </summary>
    private static Tensor RectifyLargest(Tensor x, Module relu, MaxPool2d pool)
    {
        Tensor largest = pool.Forward(x), y = relu.Forward(largest);
        largest.Discard();
        return y;
    }

    private Module? At(int index) => (uint)index < (uint)_modules.Count ? _modules[index] : null;
}
