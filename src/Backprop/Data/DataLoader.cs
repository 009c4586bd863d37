using System.Collections;

namespace Backprop;

/// <summary>Goes through a data set in batches; each enumeration is an epoch.</summary>
/// <remarks>
/// <para>
/// With <c>shuffle</c> each epoch has a random order of its own, decided by the random source at construction and the number of the epoch alone, so that a training that is
/// resumed at epoch k (set <see cref="Epoch"/>) goes on in the very order it would have had. Reading ahead changes no bit.
/// </para>
/// <para>
/// A batch stays valid for ever. One that is taken inside a step scope (<see cref="StepMemory"/>) is memory of that step instead, as all that is made there: its buffers are
/// used again, and <see cref="Tensor.Keep"/> keeps it. Enumerators are independent of one another; each is for one thread.
/// </para>
/// </remarks>
public sealed class DataLoader : IEnumerable<Batch>
{
    private const int Ahead = 2; // batches: one to take, one to hide what an occasional slow read takes

    private int[]? _inOrder;

    /// <summary>A loader of batches of a data set.</summary>
    /// <param name="dataset">Where the examples come from.</param>
    /// <param name="batchSize">Examples a batch; the last one of an epoch may be smaller.</param>
    /// <param name="shuffle">Whether each epoch has a random order of its own; otherwise examples come in the order of the set (PyTorch: also off by default).</param>
    /// <param name="random">What decides about the orders: one number is drawn now. <see cref="RandomSource.Current"/> by default; unused without <paramref name="shuffle"/>.</param>
    /// <param name="dropLast">Whether to leave out a last batch that would be smaller than the others.</param>
    /// <param name="readAhead">
    /// Whether the next two batches are made on another thread meanwhile (PyTorch: <c>num_workers=1</c>). It pays where <see cref="Dataset.Fill"/> takes longer than the
    /// some 20 µs that handing a batch over takes: 100 images of MNIST are on the border, a set that reads files is far beyond.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is not positive.</exception>
    public DataLoader(Dataset dataset, int batchSize, bool shuffle = false, RandomSource? random = null, bool dropLast = false, bool readAhead = false)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        (Dataset, BatchSize, Shuffle, DropLast, ReadAhead) = (dataset, batchSize, shuffle, dropLast, readAhead);
        if (shuffle) Seed = (random ?? RandomSource.Current).NextUInt64();
    }

    /// <summary>Where the examples come from.</summary>
    public Dataset Dataset { get; }

    /// <summary>Examples a batch; the last one of an epoch may be smaller.</summary>
    public int BatchSize { get; }

    /// <summary>Whether each epoch has a random order of its own.</summary>
    public bool Shuffle { get; }

    /// <summary>Whether a last batch that would be smaller than the others is left out.</summary>
    public bool DropLast { get; }

    /// <summary>Whether batches are made ahead on another thread.</summary>
    public bool ReadAhead { get; }

    /// <summary>How many batches an epoch has.</summary>
    public int BatchCount => DropLast ? Dataset.Count / BatchSize : (int)(((long)Dataset.Count + BatchSize - 1) / BatchSize);

    /// <summary>The number of the epoch that the next enumeration is, from 0; counts itself up.</summary>
    public int Epoch { get; set; }

    /// <summary>What the orders depend on, with the number of the epoch; 0 where the order is that of the set.</summary>
    internal ulong Seed { get; set; }

    /// <summary>Begins the next epoch.</summary>
    public IEnumerator<Batch> GetEnumerator() => EnumerateFrom(batch: 0);

    /// <summary>Begins the next epoch at one of its batches, as if those before had been taken.</summary>
    internal IEnumerator<Batch> EnumerateFrom(int batch)
    {
        int[] order = Order(Epoch++);
        return ReadAhead ? FilledAhead(order, batch) : FilledNow(order, batch);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int[] Order(int epoch)
    {
        if (!Shuffle && _inOrder is { } known) return known;
        int[] order = new int[Dataset.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        if (Shuffle) new RandomSource((long)(Seed + (ulong)epoch)).Shuffle<int>(order);
        else _inOrder = order;
        return order;
    }

    private Memory<int> Indices(int[] order, int index) => order.AsMemory(index * BatchSize, Math.Min(BatchSize, order.Length - index * BatchSize));

    private IEnumerator<Batch> FilledNow(int[] order, int first)
    {
        int count = BatchCount;
        for (int i = first; i < count; i++)
        {
            Memory<int> indices = Indices(order, i);
            Batch batch = Dataset.Allocate(indices.Length, i);
            Dataset.Fill(indices.Span, batch.Inputs, batch.Targets);
            yield return batch;
        }
    }

    private IEnumerator<Batch> FilledAhead(int[] order, int first)
    {
        using var filler = new BatchFiller(Dataset);
        int count = BatchCount, asked = first;
        for (int i = first; i < count; i++)
        {
            for (; asked < count && asked <= i + Ahead; asked++) filler.Ask(Indices(order, asked), asked);
            yield return filler.Take();
        }
    }
}
