namespace Backprop;

/// <summary>Gives slots their places: layer behind layer, and within each so that chains are straight and nothing overlaps.</summary>
/// <remarks>
/// A slot wants to stand where the arrows pull it: at the weighted median of its neighbours' places, which makes the heaviest arrow straight. The places of a layer that come
/// nearest to all wishes, order and distances kept, are found by pooling slots that would overlap (isotonic regression; R. Barlow et al., "Statistical inference under
/// order restrictions", 1972). Sweeps forward and backward repeat it.
/// </remarks>
internal static class LayerPlacement
{
    private const int Sweeps = 17; // the last one goes forward: a box stands between what it is made of
    private const double Gap = 10; // between slots of a layer
    private const double LeastDistance = 20, MostDistance = 56, Steepness = 0.2; // between layers; the farther an arrow has to go across, the more

    public static void Place(LayoutGraph graph)
    {
        foreach (List<Slot> layer in graph.Layers) Stack(layer);
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            if (sweep % 2 == 0) foreach (List<Slot> layer in graph.Layers) Settle(layer, slot => slot.In, link => link.From);
            else foreach (List<Slot> layer in Enumerable.Reverse(graph.Layers)) Settle(layer, slot => slot.Out, link => link.To);
        }
        double least = graph.Layers.SelectMany(layer => layer).Select(slot => slot.Across - slot.Size.Breadth / 2).DefaultIfEmpty().Min();
        double along = 0;
        foreach (List<Slot> layer in graph.Layers)
        {
            double length = layer.Max(slot => slot.Size.Length);
            foreach (Slot slot in layer)
            {
                slot.Along = along + length / 2;
                slot.Across -= least;
            }
            double steepest = layer.SelectMany(slot => slot.Out).Select(link => Math.Abs(link.To.Across - link.From.Across)).DefaultIfEmpty().Max();
            along += length + Math.Clamp(Steepness * steepest, LeastDistance, MostDistance);
        }
    }

    private static void Stack(List<Slot> layer)
    {
        double across = 0;
        for (int i = 0; i < layer.Count; i++)
        {
            across += i == 0 ? 0 : Distance(layer[i - 1], layer[i]);
            layer[i].Across = across;
        }
        foreach (Slot slot in layer) slot.Across -= across / 2;
    }

    private static double Distance(Slot a, Slot b) => (a.Size.Breadth + b.Size.Breadth) / 2 + Gap;

    private static void Settle(List<Slot> layer, Func<Slot, List<Link>> links, Func<Link, Slot> other)
    {
        var pools = new List<Pool>();
        double offset = 0; // of a slot from the first, where all stand as near as they may
        for (int i = 0; i < layer.Count; i++)
        {
            Slot slot = layer[i];
            offset += i == 0 ? 0 : Distance(layer[i - 1], slot);
            List<(double Place, double Pull)> pulls = [.. links(slot).Select(link => (other(link).Across, link.Pull))];
            (double wish, double weight) = pulls.Count == 0 ? (slot.Across, 0.01) : (Median(pulls), pulls.Sum(pull => pull.Pull));
            var pool = new Pool([(wish - offset, weight)]);
            while (pools.Count > 0 && pools[^1].Place >= pool.Place)
            {
                pool = new Pool([.. pools[^1].Wishes, .. pool.Wishes]);
                pools.RemoveAt(pools.Count - 1);
            }
            pools.Add(pool);
        }
        int next = 0;
        offset = 0;
        foreach (Pool pool in pools)
        {
            for (int k = 0; k < pool.Wishes.Count; k++, next++)
            {
                offset += next == 0 ? 0 : Distance(layer[next - 1], layer[next]);
                layer[next].Across = pool.Place + offset;
            }
        }
    }

    /// <summary>The number with as much weight below it as above; the mean of two where both will do.</summary>
    private static double Median(List<(double Place, double Pull)> numbers)
    {
        numbers.Sort((a, b) => a.Place.CompareTo(b.Place));
        double half = numbers.Sum(number => number.Pull) / 2, sum = 0;
        for (int i = 0; i < numbers.Count; i++)
        {
            sum += numbers[i].Pull;
            if (Math.Abs(sum - half) < 1e-9 && i + 1 < numbers.Count) return (numbers[i].Place + numbers[i + 1].Place) / 2;
            if (sum > half) return numbers[i].Place;
        }
        return numbers[^1].Place;
    }

    /// <summary>Slots that stand as near to one another as they may.</summary>
    private sealed class Pool(List<(double Place, double Pull)> wishes)
    {
        public List<(double Place, double Pull)> Wishes { get; } = wishes;

        public double Place { get; } = Median([.. wishes]);
    }
}
