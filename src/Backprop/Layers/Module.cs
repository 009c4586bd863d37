using System.Text;

namespace Backprop;

/// <summary>A layer, or something built of layers: a function of a tensor with parameters that are trained and buffers that are kept.</summary>
/// <remarks>
/// A module declares what it owns in its constructor (<see cref="AddParameter"/>, <see cref="AddBuffer(string, Tensor)"/>, <see cref="AddModule{TModule}"/>) and says in
/// <see cref="Compute"/> what it does. It owns no derivative: that is the business of the operations it calls. In evaluation mode a module changes
/// nothing, and may be used from many threads.
/// </remarks>
public abstract class Module
{
    [ThreadStatic]
    private static bool s_predicts; // on this thread: other threads may be training, or predicting with, the very same module

    private readonly HashSet<string> _names = [];
    private readonly List<KeyValuePair<string, Parameter>> _parameters = [];
    private readonly List<KeyValuePair<string, Tensor>> _buffers = [];
    private readonly List<KeyValuePair<string, Module>> _children = [];
    private readonly List<RandomSource> _randomSources = [];
    private bool _training = true;
    private Module? _parent; // the first module this one became a part of, which names it
    private string? _name;

    /// <summary>A module in training mode.</summary>
    protected Module() => IsBuiltIn = GetType().Assembly == typeof(Module).Assembly;

    /// <summary>
    /// Whether the module is in training mode, in which dropout drops and batch normalization looks at the batch. New modules are. Inside of <see cref="Predict(Tensor)"/> no module is.
    /// </summary>
    public bool Training => _training && !s_predicts;

    /// <summary>Whether the module's type is one of the library's.</summary>
    internal bool IsBuiltIn { get; }

    /// <summary>The module that is part of no other, of which this one first became a part.</summary>
    internal Module Outermost
    {
        get
        {
            Module whole = this;
            while (whole._parent is { } parent) whole = parent;
            return whole;
        }
    }

    /// <summary>What the module says of itself.</summary>
    internal LayerDescription Description => Describe();

    /// <summary>Its parameters without those of its parts.</summary>
    internal IReadOnlyList<KeyValuePair<string, Parameter>> OwnParameters => _parameters;

    /// <summary>Its buffers without those of its parts.</summary>
    internal IReadOnlyList<KeyValuePair<string, Tensor>> OwnBuffers => _buffers;

    /// <summary>The modules this one is directly built of, by name, in the order of their registration.</summary>
    public IReadOnlyList<KeyValuePair<string, Module>> Children => _children;

    /// <summary>All parameters, of children too, each once, in the order of their registration.</summary>
    public IReadOnlyList<Parameter> Parameters => [.. NamedParameters.Select(named => named.Value)];

    /// <summary>All parameters, each once, with their names as PyTorch has them: <c>conv1.weight</c>.</summary>
    public IEnumerable<KeyValuePair<string, Parameter>> NamedParameters => Once(Walk("", module => module._parameters));

    /// <summary>All buffers, each once, with their names: <c>bn1.running_mean</c>.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> NamedBuffers => Once(Walk("", module => module._buffers));

    /// <summary>The sources that the module draws from while it trains, each once: their states belong into a checkpoint, to go on with the same numbers.</summary>
    public IReadOnlyList<RandomSource> RandomSources => [.. Walk("", module => module._randomSources.Select(source => KeyValuePair.Create("", source))).Select(named => named.Value).Distinct()];

    /// <summary>
    /// Everything that a file of the model holds, by name: parameters and buffers, module by module, each once (PyTorch: <c>state_dict</c>). The tensors are the
    /// live ones. What <see cref="LoadState"/> takes.
    /// </summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => Once(Walk("", module => module.OwnState()));

    /// <summary>Computes the module's output. A <see cref="ShapeException"/> learns the module's name on its way up.</summary>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        LayerTrace? trace = LayerTrace.Current;
        trace?.Enter(_name);
        try
        {
            Tensor y = Compute(x);
            if (!IsBuiltIn) // a module of the user's may remember what it has seen
            {
                x.Shown();
                y.Shown();
            }
            (trace as LayerWatch)?.Computed(this, x, y);
            return y;
        }
        catch (ShapeException e)
        {
            AddName(e);
            throw;
        }
        finally
        {
            trace?.Leave();
        }
    }

    private protected void AddName(ShapeException e) => e.AddLayer(_name is null ? GetType().Name : $"{_name} ({GetType().Name})");

    /// <summary>
    /// The output in evaluation mode, without a graph (Keras: <c>predict</c>). Modes are not touched, nor is anything else: any number of threads may predict with a module at once.
    /// </summary>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public Tensor Predict(Tensor x)
    {
        using Autograd.Pause pause = Autograd.NoGradient();
        bool outer = s_predicts;
        s_predicts = true;
        try
        {
            return Forward(x);
        }
        finally
        {
            s_predicts = outer;
        }
    }

    /// <summary><see cref="Predict(Tensor)"/>, and shows what each layer makes on the way: a module after those it is built of, this one last.</summary>
    /// <remarks>PyTorch: forward hooks. Layers that prediction would compute in one pass are computed one by one. Inside a step scope what is to be read after the call is kept with <see cref="Tensor.Keep"/>.</remarks>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public Tensor Predict(Tensor x, Action<LayerOutput> watch)
    {
        ArgumentNullException.ThrowIfNull(watch);
        using LayerTrace.Span span = new LayerWatch(watch).Open();
        return Predict(x);
    }

    /// <summary>Puts this module and its children into training mode.</summary>
    public void Train() => SetTraining(true);

    /// <summary>Puts this module and its children into evaluation mode (PyTorch: <c>eval</c>).</summary>
    public void Evaluate() => SetTraining(false);

    /// <summary>Takes over the elements of a <see cref="State"/> (PyTorch: <c>load_state_dict</c>).</summary>
    /// <param name="state">Tensors by name.</param>
    /// <param name="options">Whether all must fit, and what the names become; null: all must, and they stay.</param>
    /// <returns>What did not fit; with <see cref="LoadOptions.Strict"/> that is nothing.</returns>
    /// <exception cref="StateMismatchException">The state is another model's, and all must fit. Nothing was changed.</exception>
    /// <exception cref="ArgumentException">A name is there twice.</exception>
    public LoadReport LoadState(IEnumerable<KeyValuePair<string, Tensor>> state, LoadOptions? options = null) => LoadStateOf(GetType().Name, state, options);

    /// <summary><see cref="LoadState"/> with errors that tell what the state comes from.</summary>
    internal LoadReport LoadStateOf(string source, IEnumerable<KeyValuePair<string, Tensor>> state, LoadOptions? options)
    {
        ArgumentNullException.ThrowIfNull(state);
        options ??= new LoadOptions();
        var given = new OrderedDictionary<string, Tensor>();
        foreach ((string saved, Tensor tensor) in state)
        {
            string? name = options.Rename is null ? saved : options.Rename(saved);
            if (name is null || given.TryAdd(name, tensor)) continue;
            throw new ArgumentException($"{source}: the name {name} is there twice{(name == saved ? "" : $", the second time for {saved}")}. Give each tensor a name of its own.", nameof(state));
        }
        LoadReport report = LoadReport.Compare(State, given);
        if (options.Strict && !report.IsExact) throw new StateMismatchException(source, given.Count, report);
        foreach ((string name, Tensor own) in State)
        {
            if (given.TryGetValue(name, out Tensor? tensor) && tensor.Shape == own.Shape && tensor.DType == own.DType) own.CopyFrom(tensor);
        }
        return report;
    }

    /// <summary>Converts all parameters and floating-point buffers, and returns the module. Not between a forward and its backward.</summary>
    /// <exception cref="NotSupportedException">The dtype is not a floating-point one.</exception>
    public Module To(DType dtype)
    {
        if (!dtype.IsFloatingPoint) DTypes.ThrowUnsupported("Module.To", dtype, "choose Float32 or Float64");
        foreach ((_, Parameter parameter) in NamedParameters) parameter.Convert(dtype);
        foreach ((_, Tensor buffer) in NamedBuffers)
        {
            if (buffer.DType.IsFloatingPoint) buffer.Convert(dtype);
        }
        return this;
    }

    /// <summary>The module's function.</summary>
    protected abstract Tensor Compute(Tensor x);

    /// <summary>Declares a parameter of this module.</summary>
    /// <param name="name">The name within this module, without a dot: <c>weight</c>.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">What it starts with.</param>
    /// <param name="random">Where random numbers come from; null: <see cref="RandomSource.Current"/>.</param>
    protected Parameter AddParameter(string name, Shape shape, Initializer initializer, RandomSource? random = null)
    {
        ArgumentNullException.ThrowIfNull(initializer);
        CheckName(name);
        using StepMemory.Outside outside = StepMemory.Suspend();
        Construction.Current?.Take(this, name, shape, DType.Float32);
        Tensor value = Tensor.Zeros(shape);
        if (Construction.Current is null) initializer(value, random ?? RandomSource.Current);
        var parameter = new Parameter(value, name);
        _names.Add(name);
        _parameters.Add(new(name, parameter));
        NameParameters();
        return parameter;
    }

    /// <summary>Declares a tensor that is saved with the module but not trained.</summary>
    protected Tensor AddBuffer(string name, Tensor buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        CheckName(name);
        _names.Add(name);
        _buffers.Add(new(name, buffer.Keep()));
        return buffer;
    }

    private protected Tensor AddBuffer(string name, Shape shape, double value, DType dtype = DType.Float32)
    {
        Construction.Current?.Take(this, name, shape, dtype);
        return AddBuffer(name, Tensor.Full(shape, value, dtype));
    }

    /// <summary>Declares a source of random numbers that training draws from, and returns it.</summary>
    protected RandomSource AddRandomSource(RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        _randomSources.Add(random);
        return random;
    }

    /// <summary>Declares a part of this module, and returns it. A part may have several places; its parameters are trained once, and named by the first.</summary>
    /// <exception cref="ArgumentException">The name is taken or has a dot, or the module would be a part of itself.</exception>
    protected TModule AddModule<TModule>(string name, TModule module) where TModule : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        CheckName(name);
        for (Module? outer = this; outer is not null; outer = outer._parent)
        {
            if (outer == module) throw new ArgumentException($"{GetType().Name}: the module \"{name}\" would be a part of itself.", nameof(module));
        }
        _names.Add(name);
        _children.Add(new(name, module));
        module._parent ??= this;
        module._name ??= name;
        if (!_training) module.Evaluate();
        NameParameters();
        return module;
    }

    /// <summary>The module's type and the arguments of its constructor, which its text and its entry in a model file are made from.</summary>
    protected virtual LayerDescription Describe() => new(GetType().Name);

    /// <summary>The module and its children as a tree.</summary>
    public override string ToString()
    {
        if (_children.Count == 0) return Describe().ToString();
        var text = new StringBuilder(Describe().ToString()).Append(" (").AppendLine();
        foreach ((string name, Module child) in _children)
        {
            text.Append("  (").Append(name).Append("): ").AppendLine(child.ToString().ReplaceLineEndings(Environment.NewLine + "  "));
        }
        return text.Append(')').ToString();
    }

    private IEnumerable<KeyValuePair<string, Tensor>> OwnState()
    {
        foreach ((string name, Parameter parameter) in _parameters) yield return new(name, parameter);
        foreach (KeyValuePair<string, Tensor> buffer in _buffers) yield return buffer;
    }

    private IEnumerable<KeyValuePair<string, T>> Walk<T>(string prefix, Func<Module, IEnumerable<KeyValuePair<string, T>>> own)
    {
        foreach ((string name, T item) in own(this)) yield return new(prefix + name, item);
        foreach ((string name, Module child) in _children)
        {
            foreach (KeyValuePair<string, T> named in child.Walk($"{prefix}{name}.", own)) yield return named;
        }
    }

    /// <summary>Each item under its first name.</summary>
    private static IEnumerable<KeyValuePair<string, T>> Once<T>(IEnumerable<KeyValuePair<string, T>> items)
    {
        var known = new HashSet<T>();
        foreach (KeyValuePair<string, T> named in items)
        {
            if (known.Add(named.Value)) yield return named;
        }
    }

    /// <summary>Gives each parameter its name within the outermost module, as far as that is built.</summary>
    internal void NameParameters()
    {
        if (Construction.Current is not null) return; // once, at its end: otherwise each part that is added would have all named anew
        foreach ((string name, Parameter parameter) in Outermost.NamedParameters) parameter.Name = name;
    }

    private void SetTraining(bool training)
    {
        _training = training;
        foreach ((_, Module child) in _children) child.SetTraining(training);
    }

    private void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('.')) throw new ArgumentException($"{GetType().Name}: the name \"{name}\" has a dot, which separates a module's name from its parts'.", nameof(name));
        if (_names.Contains(name)) throw new ArgumentException($"{GetType().Name}: the name \"{name}\" is taken.", nameof(name));
    }
}
