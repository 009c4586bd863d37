namespace Backprop;

/// <summary>A table of vectors: row i of the weight for each index i.</summary>
/// <remarks>
/// Shapes: indices [...], Int32 or Int64 in [0, count) → y [..., width]. Parameter: <c>weight</c> [count, width], standard normal at first (Keras: uniform in ±0.05).
/// The padding row is 0 at first and gets no gradient.
/// </remarks>
public sealed class Embedding : Module
{
    private readonly int? _paddingIndex;

    /// <summary>A table of new vectors.</summary>
    /// <param name="count">How many vectors (PyTorch: <c>num_embeddings</c>).</param>
    /// <param name="width">Their length (PyTorch: <c>embedding_dim</c>).</param>
    /// <param name="paddingIndex">The row for places without meaning; null: there is none.</param>
    /// <param name="random">Where the vectors come from; null: <see cref="RandomSource.Current"/>.</param>
    public Embedding(int count, int width, int? paddingIndex = null, RandomSource? random = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (paddingIndex is { } row && (row < 0 || row >= count)) throw new ArgumentOutOfRangeException(nameof(paddingIndex), row, $"Embedding: there is no row {row} among {count}.");
        _paddingIndex = paddingIndex;
        Weight = AddParameter("weight", [count, width], Initializers.Normal(), random);
        if (paddingIndex is { } padding) Weight.AsSpan<float>().Slice(padding * width, width).Clear();
    }

    /// <summary>The vectors, [count, width].</summary>
    public Parameter Weight { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Weight.Embedding(x, _paddingIndex);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Embedding)).With("count", Weight.Shape[0]).With("width", Weight.Shape[1]).With("paddingIndex", _paddingIndex, null);
}
