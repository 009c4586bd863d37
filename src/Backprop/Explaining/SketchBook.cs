namespace Backprop;

/// <summary>The sketches of all tensors of an explanation. Together they have a bounded number of cells: the more tensors, the smaller, and of very many the last have none.</summary>
internal sealed class SketchBook
{
    /// <summary>The cells of all sketches together, of a byte each.</summary>
    public const int Room = 300_000;

    private const int Least = 16, Most = 4096; // cells of one sketch

    private readonly Dictionary<Tensor, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly List<TensorSketch> _sketches = [];

    /// <summary>Draws the tensors, which differ from one another, as they are now.</summary>
    public SketchBook(IReadOnlyCollection<Tensor> tensors)
    {
        int room = Math.Clamp(Room / Math.Max(1, tensors.Count(tensor => tensor.ElementCount > 1)), Least, Most), left = Room; // a number needs no picture
        foreach (Tensor tensor in tensors)
        {
            var sketch = new TensorSketch(tensor, tensor.ElementCount > 1 ? Math.Min(room, left) : 0);
            left -= sketch.Cells.Length;
            _numbers.Add(tensor, _sketches.Count);
            _sketches.Add(sketch);
        }
    }

    /// <summary>All sketches, by their numbers.</summary>
    public IReadOnlyList<TensorSketch> All => _sketches;

    public TensorSketch this[Tensor tensor] => _sketches[Number(tensor)];

    /// <summary>The number of a tensor's sketch.</summary>
    public int Number(Tensor tensor) => _numbers[tensor];
}
