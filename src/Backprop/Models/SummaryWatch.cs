namespace Backprop;

/// <summary>Makes the rows of a <see cref="ModelSummary"/> while a module predicts.</summary>
internal sealed class SummaryWatch : LayerWatch
{
    private const int ModelInput = -1;

    private readonly List<LayerSummary> _layers = [];
    private readonly HashSet<Module> _called = [];
    private readonly HashSet<Tensor> _counted = []; // parameters and buffers
    private readonly Stack<Work> _open = []; // what the layers have done that have not ended, from the outermost in
    private readonly List<Work> _ended = [];
    private readonly Dictionary<Tensor, Work?> _makers = new(ReferenceEqualityComparer.Instance); // null: the model's input

    public SummaryWatch(Tensor input) : base(_ => { }) => _makers[input] = null;

    public IReadOnlyList<LayerSummary> Layers => _layers;

    public override void Enter(string? layer)
    {
        base.Enter(layer);
        _open.Push(new Work());
    }

    public override void Leave()
    {
        _open.Pop();
        base.Leave();
    }

    public override void Applied(Operation operation, Tensor output)
    {
        Work work = _open.Peek();
        work.HasOperations = true;
        bool isView = false;
        for (int i = 0; i < operation.InputCount; i++)
        {
            Tensor input = operation.Input(i);
            isView |= input.Storage == output.Storage;
            Take(work, input);
        }
        work.MultiplyAdds += operation.MultiplyAdds;
        if (!isView) work.Bytes += output.ByteCount;
        _makers[output] = work;
    }

    public override void Computed(Module layer, Tensor x, Tensor y)
    {
        _called.Add(layer);
        Work work = _open.Peek();
        if (!work.HasOperations)
        {
            if (layer.Children.Count > 0 && layer.OwnParameters.Count == 0) return; // it passes on what its parts make
            Take(work, x);
            _makers[y] = work;
        }
        work.Row = _layers.Count;
        _ended.Add(work);
        Add(Path, layer, work, y.Shape);
    }

    /// <summary>Completes the rows, and adds those of the layers with parameters that the prediction never came to.</summary>
    public void End(Module module)
    {
        foreach (Work work in _ended)
        {
            foreach (Work? maker in work.Makers) work.Inputs.Add(maker is null ? ModelInput : maker.Row);
        }
        AddUncalled(module, "");
    }

    private void AddUncalled(Module module, string path)
    {
        if (module.OwnParameters.Count > 0 && _called.Add(module)) Add(path, module, new Work(), null);
        foreach ((string name, Module child) in module.Children) AddUncalled(child, path.Length == 0 ? name : $"{path}.{name}");
    }

    /// <summary>Notes whose result a layer takes; one of its own is no input, and a parameter is nobody's result.</summary>
    private void Take(Work work, Tensor input)
    {
        if (_makers.TryGetValue(input, out Work? maker) && maker != work && !work.Makers.Contains(maker)) work.Makers.Add(maker);
    }

    private void Add(string path, Module layer, Work work, Shape? output)
    {
        long parameters = 0, trainable = 0, buffers = 0;
        foreach ((_, Parameter parameter) in layer.OwnParameters)
        {
            if (!_counted.Add(parameter)) continue;
            parameters += parameter.ElementCount;
            if (parameter.RequiresGradient) trainable += parameter.ElementCount;
        }
        foreach ((_, Tensor buffer) in layer.OwnBuffers)
        {
            if (_counted.Add(buffer)) buffers += buffer.ElementCount;
        }
        _layers.Add(new LayerSummary(path, layer, work.Inputs, output, parameters, trainable, buffers, work.MultiplyAdds, work.Bytes));
    }

    /// <summary>What one call of a layer has done.</summary>
    private sealed class Work
    {
        /// <summary>Whose results the layer takes; null: the model's input.</summary>
        public List<Work?> Makers { get; } = [];

        /// <summary>Their rows, of which some may end after this one.</summary>
        public List<int> Inputs { get; } = [];

        /// <summary>Whether it applied an operation itself.</summary>
        public bool HasOperations { get; set; }

        public long MultiplyAdds { get; set; }

        public long Bytes { get; set; }

        /// <summary>Its row, once the layer has ended.</summary>
        public int Row { get; set; }
    }
}
