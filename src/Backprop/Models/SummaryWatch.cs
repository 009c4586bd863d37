namespace Backprop;

/// <summary>Makes the rows of a <see cref="ModelSummary"/> while a module predicts.</summary>
internal sealed class SummaryWatch() : LayerWatch(_ => { })
{
    private readonly List<LayerSummary> _layers = [];
    private readonly HashSet<Module> _called = [];
    private readonly HashSet<Tensor> _counted = []; // parameters and buffers
    private readonly Dictionary<string, (long MultiplyAdds, long Bytes)> _costs = []; // of the layers that have not ended, by path

    public IReadOnlyList<LayerSummary> Layers => _layers;

    public override void Applied(Operation operation, Tensor output)
    {
        bool isView = false;
        for (int input = 0; input < operation.InputCount; input++) isView |= operation.Input(input).Storage == output.Storage;
        (long multiplyAdds, long bytes) = _costs.GetValueOrDefault(Path);
        _costs[Path] = (multiplyAdds + operation.MultiplyAdds, bytes + (isView ? 0 : output.ByteCount));
    }

    public override void Computed(Module layer, Tensor x, Tensor y)
    {
        _called.Add(layer);
        bool computes = _costs.Remove(Path, out (long MultiplyAdds, long Bytes) cost);
        if (computes || layer.Children.Count == 0 || layer.OwnParameters.Count > 0) Add(Path, layer, y.Shape, cost.MultiplyAdds, cost.Bytes);
    }

    /// <summary>Adds the layers with parameters that the prediction never came to.</summary>
    public void AddUncalled(Module module, string path)
    {
        if (module.OwnParameters.Count > 0 && _called.Add(module)) Add(path, module, null, 0, 0);
        foreach ((string name, Module child) in module.Children) AddUncalled(child, path.Length == 0 ? name : $"{path}.{name}");
    }

    private void Add(string path, Module layer, Shape? output, long multiplyAdds, long bytes)
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
        _layers.Add(new LayerSummary(path, layer, output, parameters, trainable, buffers, multiplyAdds, bytes));
    }
}
