namespace Backprop;

/// <summary>Copies of tensors with names, to go back to.</summary>
internal sealed class TensorSnapshot
{
    private readonly (string Name, Tensor Live, Tensor Copy)[] _tensors;

    public TensorSnapshot(IEnumerable<KeyValuePair<string, Tensor>> tensors) =>
        _tensors = [.. tensors.Select(named => (named.Key, named.Value, Tensor.Zeros(named.Value.Shape, named.Value.DType)))];

    /// <summary>The copies by name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _tensors.Select(tensor => KeyValuePair.Create(tensor.Name, tensor.Copy));

    public void Take()
    {
        foreach ((_, Tensor live, Tensor copy) in _tensors) copy.CopyFrom(live);
    }

    public void Restore()
    {
        foreach ((_, Tensor live, Tensor copy) in _tensors) live.CopyFrom(copy);
    }

    /// <summary>Takes over the copies of a <see cref="State"/>.</summary>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        foreach ((string name, _, Tensor copy) in _tensors) copy.CopyFrom(state.Fitting(name, copy.Shape, copy.DType));
    }
}
