namespace Backprop;

/// <summary>A box to be placed: so long in the direction of the arrows, so broad across it.</summary>
internal readonly record struct LayoutSize(double Length, double Breadth);

/// <summary>An arrow to be drawn, with a label on it. A side arrow may bend for the sake of others.</summary>
internal readonly record struct LayoutArrow(int From, int To, LayoutSize Label, bool IsSide = false);

/// <summary>Something that takes room in a layer: a box, the label of an arrow, or a place where an arrow passes.</summary>
internal sealed class Slot(int layer, LayoutSize size, bool isBox)
{
    public int Layer { get; } = layer;

    public LayoutSize Size { get; } = size;

    public bool IsBox { get; } = isBox;

    public List<Link> In { get; } = [];

    public List<Link> Out { get; } = [];

    /// <summary>The place in its layer.</summary>
    public int Order { get; set; }

    /// <summary>The centre.</summary>
    public double Along { get; set; }

    public double Across { get; set; }
}

/// <summary>A piece of an arrow, from one layer to the next.</summary>
/// <param name="From">In the layer before.</param>
/// <param name="To">In the layer behind.</param>
/// <param name="Pull">How much it wants to be straight.</param>
internal sealed record Link(Slot From, Slot To, double Pull);

/// <summary>A graph cut into layers: boxes in even ones, labels of arrows in odd ones, so that no text can lie on another.</summary>
/// <remarks>
/// Each box stands as late as its followers allow, and so a weight right in front of the operation that uses it. An arrow over several layers passes each in a slot of
/// its own, and its label stands in the last of them.
/// </remarks>
internal sealed class LayoutGraph
{
    private const double SidePull = 1, MainPull = 3, DepthPull = 0.01; // where ways meet, the longest goes on straight
    private const double PassingPull = 4; // an arrow that passes a layer bends there as good as never

    public LayoutGraph(IReadOnlyList<LayoutSize> boxes, IReadOnlyList<LayoutArrow> arrows)
    {
        int[] layers = LayersOf(boxes.Count, arrows);
        Layers = [.. Enumerable.Range(0, layers.DefaultIfEmpty(-1).Max() + 1).Select(_ => new List<Slot>())];
        Boxes = [.. boxes.Select((size, i) => Add(new Slot(layers[i], size, isBox: true)))];
        int[] depth = Depths(layers, arrows);
        Ways = new Slot[arrows.Count][];
        for (int i = 0; i < Ways.Length; i++)
        {
            LayoutArrow arrow = arrows[i];
            (int from, int to) = (layers[arrow.From], layers[arrow.To]);
            Slot[] way = Ways[i] = new Slot[to - from + 1];
            (way[0], way[^1]) = (Boxes[arrow.From], Boxes[arrow.To]);
            for (int k = 1; k < way.Length - 1; k++) way[k] = Add(new Slot(from + k, k == way.Length - 2 ? arrow.Label : new LayoutSize(0, PassingBreadth), isBox: false));
            for (int k = 1; k < way.Length; k++)
            {
                double pull = (arrow.IsSide ? SidePull : MainPull + DepthPull * depth[arrow.From]) * (way[k - 1].IsBox || way[k].IsBox ? 1 : PassingPull);
                var link = new Link(way[k - 1], way[k], pull);
                link.From.Out.Add(link);
                link.To.In.Add(link);
            }
        }
    }

    /// <summary>How much room an arrow takes where it passes a layer.</summary>
    public const double PassingBreadth = 14;

    /// <summary>The slots of each layer, in their order.</summary>
    public List<Slot>[] Layers { get; }

    public Slot[] Boxes { get; }

    /// <summary>For each arrow the slots it goes through, the two boxes included; the label's is the last but one.</summary>
    public Slot[][] Ways { get; }

    private Slot Add(Slot slot)
    {
        slot.Order = Layers[slot.Layer].Count;
        Layers[slot.Layer].Add(slot);
        return slot;
    }

    /// <summary>How many boxes are in front of each, on the longest way.</summary>
    private static int[] Depths(int[] layers, IReadOnlyList<LayoutArrow> arrows)
    {
        int[] depth = new int[layers.Length];
        foreach (LayoutArrow arrow in arrows.OrderBy(arrow => layers[arrow.From])) depth[arrow.To] = Math.Max(depth[arrow.To], depth[arrow.From] + 1);
        return depth;
    }

    /// <summary>The longest way to the end decides: 0, 2, 4, …, counted from the beginning.</summary>
    private static int[] LayersOf(int count, IReadOnlyList<LayoutArrow> arrows)
    {
        int[] toEnd = new int[count], waiting = new int[count];
        var into = new List<int>[count];
        for (int i = 0; i < count; i++) into[i] = [];
        foreach (LayoutArrow arrow in arrows)
        {
            into[arrow.To].Add(arrow.From);
            waiting[arrow.From]++;
        }
        var ready = new Stack<int>(Enumerable.Range(0, count).Where(i => waiting[i] == 0));
        while (ready.TryPop(out int box))
        {
            foreach (int source in into[box])
            {
                toEnd[source] = Math.Max(toEnd[source], toEnd[box] + 1);
                if (--waiting[source] == 0) ready.Push(source);
            }
        }
        int longest = toEnd.DefaultIfEmpty().Max();
        return Array.ConvertAll(toEnd, distance => 2 * (longest - distance));
    }
}
