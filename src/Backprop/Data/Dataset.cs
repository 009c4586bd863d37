namespace Backprop;

/// <summary>Examples to learn from or to be judged by: pairs of an input and a target, numbered from 0. Immutable.</summary>
/// <remarks>
/// A set of one's own says what an example looks like and copies the examples that it is asked for; nothing needs to be in memory as floating-point numbers before:
/// <code>
/// sealed class Squares : Dataset
/// {
///     public override int Count => 100;
///     public override Shape InputShape => [1];
///     public override Shape TargetShape => [1];
///     public override DType TargetDType => DType.Float32;
///
///     public override void Fill(ReadOnlySpan&lt;int> indices, Tensor inputs, Tensor targets)
///     {
///         Span&lt;float> x = inputs.AsSpan&lt;float>(), y = targets.AsSpan&lt;float>();
///         for (int i = 0; i &lt; indices.Length; i++) (x[i], y[i]) = (indices[i], indices[i] * indices[i]);
///     }
/// }
/// </code>
/// </remarks>
public abstract class Dataset
{
    /// <summary>How many examples there are.</summary>
    public abstract int Count { get; }

    /// <summary>The shape of one input, for example [channels, height, width].</summary>
    public abstract Shape InputShape { get; }

    /// <summary>The shape of one target; that of a number, [], where targets are class numbers.</summary>
    public abstract Shape TargetShape { get; }

    /// <summary>The type of the inputs.</summary>
    public virtual DType InputDType => DType.Float32;

    /// <summary>The type of the targets; Int32 where they are class numbers.</summary>
    public abstract DType TargetDType { get; }

    /// <summary>What the classes are called, by number; empty where targets are not class numbers.</summary>
    public virtual IReadOnlyList<string> ClassNames => [];

    /// <summary>How many classes there are, 0 where targets are not class numbers.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>Writes examples into tensors, in the order of the indices. The same indices must give the same numbers each time.</summary>
    /// <param name="indices">Which examples, each in [0, <see cref="Count"/>).</param>
    /// <param name="inputs">[indices.Length, <see cref="InputShape"/>...] of <see cref="InputDType"/>, with any content before.</param>
    /// <param name="targets">[indices.Length, <see cref="TargetShape"/>...] of <see cref="TargetDType"/>, with any content before.</param>
    /// <remarks>A <see cref="DataLoader"/> that reads ahead calls it on another thread, never on two at once.</remarks>
    public abstract void Fill(ReadOnlySpan<int> indices, Tensor inputs, Tensor targets);

    /// <summary>The examples of these numbers, as a batch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no example of such a number.</exception>
    public Batch Read(params ReadOnlySpan<int> indices)
    {
        CheckIndices(indices);
        Batch batch = Allocate(indices.Length, index: 0);
        Fill(indices, batch.Inputs, batch.Targets);
        return batch;
    }

    /// <summary>The whole set as one batch.</summary>
    public Batch ReadAll() => Read([.. Enumerable.Range(0, Count)]);

    /// <summary>The examples of these numbers, in this order, as a set; none is copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no example of such a number.</exception>
    public Dataset Subset(params ReadOnlySpan<int> indices)
    {
        CheckIndices(indices);
        return new SubsetDataset(this, indices.ToArray());
    }

    /// <summary>The first examples as a set, all where there are no more than <paramref name="count"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public Dataset Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count >= Count ? this : Subset([.. Enumerable.Range(0, count)]);
    }

    /// <summary>Two sets that share out the examples at random, for example into training and validation.</summary>
    /// <param name="fraction">The part that the first set gets, in [0, 1], rounded to whole examples.</param>
    /// <param name="random">What decides about the share-out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1].</exception>
    public (Dataset First, Dataset Second) Split(double fraction, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (!(fraction >= 0 && fraction <= 1)) throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "Split: the fraction for the first set must lie in [0, 1], for example 0.8.");
        int[] order = [.. Enumerable.Range(0, Count)];
        random.Shuffle<int>(order);
        int first = (int)Math.Round(fraction * Count);
        return (new SubsetDataset(this, order[..first]), new SubsetDataset(this, order[first..]));
    }

    /// <summary>Room for examples.</summary>
    internal Batch Allocate(int count, int index)
    {
        Shape rows = [count];
        return new Batch(Tensor.Uninitialized(rows.Concat(InputShape), InputDType), Tensor.Uninitialized(rows.Concat(TargetShape), TargetDType), index);
    }

    /// <summary>The error of a <see cref="Fill"/> that was given tensors of another number or kind of examples.</summary>
    private protected void CheckRoom(ReadOnlySpan<int> indices, Tensor inputs, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        Shape rows = [indices.Length];
        Check("inputs", inputs, rows.Concat(InputShape), InputDType);
        Check("targets", targets, rows.Concat(TargetShape), TargetDType);

        static void Check(string name, Tensor tensor, Shape shape, DType dtype)
        {
            if (tensor.Shape != shape || tensor.DType != dtype) throw new ShapeException($"Fill: {name} must be {dtype} {shape}, not {tensor.DType} {tensor.Shape}.");
        }
    }

    private void CheckIndices(ReadOnlySpan<int> indices)
    {
        foreach (int index in indices)
        {
            if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(indices), index, $"There are {Count} examples, numbered from 0.");
        }
    }
}
