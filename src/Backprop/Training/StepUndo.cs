namespace Backprop;

/// <summary>What a forward pass changes in a model, running statistics and the states of its random sources, as it was before: to repeat a step, or to leave it out.</summary>
internal sealed class StepUndo
{
    private readonly TensorSnapshot _buffers;
    private readonly (RandomSource Live, RandomSource Copy)[] _sources;

    public StepUndo(Module model)
    {
        _buffers = new TensorSnapshot(model.NamedBuffers);
        _sources = [.. model.RandomSources.Select(source => (source, new RandomSource(0)))];
    }

    public void Take()
    {
        _buffers.Take();
        foreach ((RandomSource live, RandomSource copy) in _sources) copy.CopyFrom(live);
    }

    public void Restore()
    {
        _buffers.Restore();
        foreach ((RandomSource live, RandomSource copy) in _sources) live.CopyFrom(copy);
    }
}
