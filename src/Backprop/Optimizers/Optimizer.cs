using System.Numerics;

namespace Backprop;

/// <summary>Changes parameters so that the loss falls: <c>optimizer.Step(loss.Backward())</c>.</summary>
/// <remarks>
/// An update rule has no say in the graph: it sees a parameter, its gradient and what it remembered, element by element. To write your own, derive from
/// this class and loop over the spans given to <see cref="Update{T}"/>. Not thread-safe. The rules by increasing difficulty: <see cref="Sgd"/>,
/// <see cref="Adagrad"/>, <see cref="RmsProp"/>, <see cref="Adadelta"/>, <see cref="Adam"/>, <see cref="AdamW"/>, <see cref="NAdam"/>, <see cref="RAdam"/>.
/// </remarks>
public abstract class Optimizer
{
    private readonly List<ParameterGroup> _groups = [];
    private readonly Dictionary<Parameter, ParameterState> _states = new(ReferenceEqualityComparer.Instance);

    /// <summary>An optimizer of one group, to which <see cref="Add"/> may add more.</summary>
    /// <exception cref="ArgumentException">There are no parameters, or one is there twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate or the weight decay is negative or not a number.</exception>
    protected Optimizer(IEnumerable<Parameter> parameters, double learningRate, double weightDecay)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Add(new ParameterGroup(parameters));
        LearningRate = learningRate;
        WeightDecay = weightDecay;
    }

    /// <summary>The learning rate η from the next step on: how far a step goes. A <see cref="Schedule"/> sets it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative or not a number.</exception>
    public double LearningRate
    {
        get;
        set => field = OptionRange.NotNegative(value, nameof(LearningRate));
    }

    /// <summary>Weight decay λ of the groups that have none of their own: pulls parameters towards 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The decay is negative or not a number.</exception>
    public double WeightDecay
    {
        get;
        set => field = OptionRange.NotNegative(value, nameof(WeightDecay));
    }

    /// <summary>The groups of parameters; the first is that of the constructor.</summary>
    public IReadOnlyList<ParameterGroup> Groups => _groups;

    /// <summary>
    /// Everything the optimizer remembers, as tensors named <c>{parameter}.{state}</c> with PyTorch's words for the state: <c>conv1.weight.exp_avg</c>.
    /// The tensors are the live ones. What <see cref="LoadState"/> takes; learning rate and other settings are the caller's to keep.
    /// </summary>
    /// <exception cref="InvalidOperationException">Two parameters have the same name.</exception>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        from parameter in ParametersByName()
        where _states.ContainsKey(parameter.Value)
        from state in _states[parameter.Value].Tensors
        select KeyValuePair.Create($"{parameter.Key}.{state.Key}", state.Value);

    /// <summary>The names of the states that this optimizer may keep of a parameter.</summary>
    protected abstract IReadOnlyList<string> StateNames { get; }

    private IEnumerable<Parameter> Parameters => _groups.SelectMany(group => group.Parameters);

    /// <summary>Adds a group with options of its own (PyTorch: <c>add_param_group</c>).</summary>
    /// <exception cref="ArgumentException">The group has no parameters, or one that the optimizer has already.</exception>
    public void Add(ParameterGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (group.Parameters.Count == 0)
        {
            throw new ArgumentException($"{GetType().Name} was given no parameters. Pass model.Parameters, of a model whose layers have some.", nameof(group));
        }
        var known = new HashSet<Parameter>(Parameters, ReferenceEqualityComparer.Instance);
        if (group.Parameters.FirstOrDefault(parameter => !known.Add(parameter)) is { } twice)
        {
            throw new ArgumentException(
                $"{GetType().Name}: the parameter '{twice.Name}' {twice.Shape} was given twice and would take two steps at a time. Name each parameter in one group.",
                nameof(group));
        }
        _groups.Add(group);
    }

    /// <summary>Moves each parameter against its gradient, once. A parameter without gradient stays, and so does what is remembered of it.</summary>
    /// <exception cref="ArgumentException">No parameter has a gradient: the loss was not made from this optimizer's parameters.</exception>
    public void Step(Gradients gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        bool moved = false;
        foreach (ParameterGroup group in _groups)
        {
            double learningRate = LearningRate * group.LearningRateScale, weightDecay = group.WeightDecay ?? WeightDecay;
            for (int i = 0; i < group.Parameters.Count; i++)
            {
                Parameter parameter = group.Parameters[i];
                if (!gradients.TryPeek(parameter, out Tensor? gradient)) continue;
                moved = true;
                if (parameter.DType == DType.Float32)
                    Update(parameter.AsSpan<float>(), gradient.AsSpan<float>(), learningRate, weightDecay, StateOf(parameter));
                else
                    Update(parameter.AsSpan<double>(), gradient.AsSpan<double>(), learningRate, weightDecay, StateOf(parameter));
            }
        }
        if (!moved)
        {
            throw new ArgumentException(
                $"{GetType().Name}.Step: none of the {Parameters.Count()} parameters has a gradient. Call Backward on a loss that was made from them.", nameof(gradients));
        }
    }

    /// <summary>Takes over a state that <see cref="State"/> gave, to go on as if training had never stopped. What was remembered before is forgotten.</summary>
    /// <exception cref="ArgumentException">A name belongs to no parameter of this optimizer, or to no state that it keeps.</exception>
    /// <exception cref="ShapeException">A state does not fit its parameter.</exception>
    /// <exception cref="InvalidOperationException">Two parameters have the same name.</exception>
    public void LoadState(IEnumerable<KeyValuePair<string, Tensor>> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Dictionary<string, Parameter> byName = ParametersByName();
        var loaded = new Dictionary<Parameter, ParameterState>(ReferenceEqualityComparer.Instance);
        foreach ((string key, Tensor value) in state)
        {
            int dot = key.LastIndexOf('.');
            (string parameterName, string stateName) = dot < 0 ? ("", key) : (key[..dot], key[(dot + 1)..]);
            if (!byName.TryGetValue(parameterName, out Parameter? parameter))
            {
                throw new ArgumentException($"{GetType().Name}: the state '{key}' belongs to no parameter here. It was saved with another model.", nameof(state));
            }
            if (!StateNames.Contains(stateName))
            {
                throw new ArgumentException(
                    $"{GetType().Name}: the state '{key}' is none that it keeps ({string.Join(", ", StateNames)}). It was saved by another optimizer.", nameof(state));
            }
            if (!loaded.TryGetValue(parameter, out ParameterState? parameterState)) loaded.Add(parameter, parameterState = new ParameterState(parameter));
            parameterState.Set(stateName, value);
        }
        _states.Clear();
        foreach ((Parameter parameter, ParameterState parameterState) in loaded) _states.Add(parameter, parameterState);
    }

    /// <summary>Moves one parameter: writes its new elements, and those of its state.</summary>
    /// <param name="parameter">The elements θ, to be changed.</param>
    /// <param name="gradient">The gradient g, as many elements.</param>
    /// <param name="learningRate">The rate η of the parameter's group.</param>
    /// <param name="weightDecay">The weight decay λ of the parameter's group.</param>
    /// <param name="state">What is remembered of this parameter.</param>
    protected abstract void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, ParameterState state)
        where T : unmanaged, IFloatingPointIeee754<T>;

    private Dictionary<string, Parameter> ParametersByName()
    {
        var byName = new Dictionary<string, Parameter>();
        foreach (Parameter parameter in Parameters)
        {
            if (byName.TryAdd(parameter.Name, parameter)) continue;
            throw new InvalidOperationException(
                $"{GetType().Name}: two parameters are called '{parameter.Name}', so that their states cannot be told apart. Put their layers into one module, which names them.");
        }
        return byName;
    }

    private ParameterState StateOf(Parameter parameter)
    {
        if (!_states.TryGetValue(parameter, out ParameterState? state)) _states.Add(parameter, state = new ParameterState(parameter));
        return state;
    }
}
