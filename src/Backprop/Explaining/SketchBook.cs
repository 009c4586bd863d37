namespace Backprop;

/// <summary>The sketches of all tensors of an explanation, each drawn once. Together they have a bounded number of cells.</summary>
internal sealed class SketchBook
{
    private const int Room = 300_000, Least = 256, Most = 4096; // cells, of a byte each

    private readonly Dictionary<Tensor, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly List<TensorSketch> _sketches = [];
    private readonly int _room;

    /// <param name="count">How many tensors there are.</param>
    public SketchBook(int count) => _room = Math.Clamp(Room / Math.Max(1, count), Least, Most);

    /// <summary>All sketches drawn so far.</summary>
    public IReadOnlyList<TensorSketch> All => _sketches;

    public TensorSketch this[Tensor tensor] => _sketches[Number(tensor)];

    /// <summary>The number of a tensor's sketch.</summary>
    public int Number(Tensor tensor)
    {
        if (_numbers.TryGetValue(tensor, out int number)) return number;
        _numbers.Add(tensor, _sketches.Count);
        _sketches.Add(new TensorSketch(tensor, _room));
        return _sketches.Count - 1;
    }
}
