namespace Backprop;

/// <summary>What a forward pass changes in a model, running statistics and the states of its random sources, as it was before: to repeat a step, or to leave it out.</summary>
internal sealed class StepUndo
{
    private readonly (Tensor Live, Tensor Copy)[] _buffers;
    private readonly (RandomSource Live, RandomSource Copy)[] _sources;

    public StepUndo(Module model)
    {
        _buffers = [.. model.NamedBuffers.Select(buffer => (buffer.Value, Tensor.Zeros(buffer.Value.Shape, buffer.Value.DType)))];
        _sources = [.. model.RandomSources.Select(source => (source, new RandomSource(0)))];
    }

    public void Take()
    {
        foreach ((Tensor live, Tensor copy) in _buffers) copy.CopyFrom(live);
        foreach ((RandomSource live, RandomSource copy) in _sources) copy.CopyFrom(live);
    }

    public void Restore()
    {
        foreach ((Tensor live, Tensor copy) in _buffers) live.CopyFrom(copy);
        foreach ((RandomSource live, RandomSource copy) in _sources) live.CopyFrom(copy);
    }
}
