namespace Backprop;

/// <summary>Orders the slots within their layers so that few arrows cross.</summary>
/// <remarks>
/// Sweeps forward and backward put each slot at the mean place of its neighbours, then neighbouring slots change places where that helps; the best order found is kept.
/// K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures" (1981);
/// E. Gansner, E. Koutsofios, S. North, K. Vo, "A technique for drawing directed graphs" (1993).
/// </remarks>
internal static class LayerOrder
{
    private const int Sweeps = 12;

    public static void Reduce(LayoutGraph graph)
    {
        List<Slot>[] layers = graph.Layers;
        int fewest = int.MaxValue;
        Slot[][] best = [];
        foreach (bool turned in (bool[])[false, true]) // where the one order gets stuck, the other may not
        {
            FromTheEnd(graph, turned);
            Keep();
            for (int sweep = 0; sweep < Sweeps && fewest > 0; sweep++)
            {
                if (sweep % 2 == 0) for (int i = 1; i < layers.Length; i++) Sort(layers[i], slot => slot.In, link => link.From);
                else for (int i = layers.Length - 2; i >= 0; i--) Sort(layers[i], slot => slot.Out, link => link.To);
                while (Transpose(layers)) { }
                Keep();
            }
        }
        for (int i = 0; i < layers.Length; i++) Set(layers[i], best[i]);

        void Keep()
        {
            if (Crossings(layers) is var crossings && crossings < fewest) (fewest, best) = (crossings, [.. layers.Select(layer => layer.ToArray())]);
        }
    }

    /// <summary>How many pairs of arrows cross.</summary>
    public static int Crossings(IReadOnlyList<List<Slot>> layers)
    {
        int crossings = 0;
        foreach (List<Slot> layer in layers)
        {
            Link[] links = [.. layer.SelectMany(slot => slot.Out)];
            for (int i = 0; i < links.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    if ((links[i].From.Order - links[j].From.Order) * (links[i].To.Order - links[j].To.Order) < 0) crossings++;
                }
            }
        }
        return crossings;
    }

    /// <summary>The first order: as one meets the slots on the way from the end to the beginning, inputs in their order or turned round.</summary>
    private static void FromTheEnd(LayoutGraph graph, bool turned)
    {
        var met = new HashSet<Slot>();
        var orders = graph.Layers.Select(_ => new List<Slot>()).ToArray();
        var waiting = new Stack<Slot>(graph.Boxes.Where(box => box.Out.Count == 0));
        while (waiting.TryPop(out Slot? slot))
        {
            if (!met.Add(slot)) continue;
            orders[slot.Layer].Add(slot);
            for (int i = 0; i < slot.In.Count; i++) waiting.Push(slot.In[turned ? i : slot.In.Count - 1 - i].From);
        }
        for (int i = 0; i < orders.Length; i++) Set(graph.Layers[i], orders[i]);
    }

    private static void Sort(List<Slot> layer, Func<Slot, List<Link>> links, Func<Link, Slot> other) =>
        Set(layer, [.. layer.OrderBy(slot => links(slot) is { Count: > 0 } some ? some.Average(link => other(link).Order) : slot.Order)]);

    /// <summary>Lets neighbours change places wherever that saves crossings; whether it did anywhere.</summary>
    private static bool Transpose(List<Slot>[] layers)
    {
        bool improved = false;
        foreach (List<Slot> layer in layers)
        {
            for (int i = 1; i < layer.Count; i++)
            {
                (Slot a, Slot b) = (layer[i - 1], layer[i]);
                int now = Between(a.In, b.In, link => link.From) + Between(a.Out, b.Out, link => link.To);
                int then = Between(b.In, a.In, link => link.From) + Between(b.Out, a.Out, link => link.To);
                if (then >= now) continue;
                (layer[i - 1], layer[i]) = (b, a);
                (a.Order, b.Order) = (b.Order, a.Order);
                improved = true;
            }
        }
        return improved;
    }

    /// <summary>How many links of the first slot cross links of the second, which stands behind it.</summary>
    private static int Between(List<Link> first, List<Link> second, Func<Link, Slot> other)
    {
        int crossings = 0;
        foreach (Link a in first)
        {
            foreach (Link b in second)
            {
                if (other(a).Order > other(b).Order) crossings++;
            }
        }
        return crossings;
    }

    private static void Set(List<Slot> layer, IReadOnlyList<Slot> order)
    {
        layer.Clear();
        layer.AddRange(order);
        for (int i = 0; i < layer.Count; i++) layer[i].Order = i;
    }
}
