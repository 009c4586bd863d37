namespace Backprop;

/// <summary>A copy of a model's parameters and buffers, to go back to.</summary>
internal sealed class WeightSnapshot
{
    private readonly (Tensor Live, Tensor Copy)[] _tensors;

    public WeightSnapshot(Module model) => _tensors = [.. model.State.Select(named => (named.Value, Tensor.Zeros(named.Value.Shape, named.Value.DType)))];

    public void Take()
    {
        foreach ((Tensor live, Tensor copy) in _tensors) copy.CopyFrom(live);
    }

    public void Restore()
    {
        foreach ((Tensor live, Tensor copy) in _tensors) live.CopyFrom(copy);
    }
}
