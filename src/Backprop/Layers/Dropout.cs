namespace Backprop;

/// <summary>Drops each element with a probability in training, and scales the others up so that the mean stays: <c>y = x ⊙ mask / (1 − p)</c>.</summary>
/// <remarks>
/// In evaluation y = x. The book scales at test time instead, y = x·(1 − p) there and x ⊙ mask in training: the expectation is the same, stored weights are not.
/// N. Srivastava et al. (2014).
/// </remarks>
public sealed class Dropout : Module
{
    private readonly double _p;
    private readonly RandomSource _random;

    /// <summary>A dropout with a stream of masks of its own.</summary>
    /// <param name="p">The probability to drop an element, in [0, 1] (Keras: <c>rate</c>).</param>
    /// <param name="random">What the stream is forked from; null: <see cref="RandomSource.Current"/>.</param>
    public Dropout(double p = 0.5, RandomSource? random = null)
    {
        if (p is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "Dropout: p is the probability to drop an element, from 0 to 1.");
        _p = p;
        _random = AddRandomSource((random ?? RandomSource.Current).Fork());
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Training ? x.Dropout(_p, _random) : x;

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Dropout)).With("p", _p);
}
