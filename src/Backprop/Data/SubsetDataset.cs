namespace Backprop;

/// <summary>Some examples of another set, in an order of its own.</summary>
internal sealed class SubsetDataset : Dataset
{
    private readonly Dataset _source;
    private readonly int[] _indices;

    public SubsetDataset(Dataset source, int[] indices)
    {
        if (source is SubsetDataset outer) (source, indices) = (outer._source, Array.ConvertAll(indices, i => outer._indices[i])); // one look-up, however deep the nesting
        (_source, _indices) = (source, indices);
    }

    public override int Count => _indices.Length;

    public override Shape InputShape => _source.InputShape;

    public override Shape TargetShape => _source.TargetShape;

    public override DType InputDType => _source.InputDType;

    public override DType TargetDType => _source.TargetDType;

    public override IReadOnlyList<string> ClassNames => _source.ClassNames;

    public override void Fill(ReadOnlySpan<int> indices, Tensor inputs, Tensor targets)
    {
        int[] chosen = new int[indices.Length];
        for (int i = 0; i < chosen.Length; i++) chosen[i] = _indices[indices[i]];
        _source.Fill(chosen, inputs, targets);
    }
}
