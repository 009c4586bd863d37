namespace Backprop;

/// <summary>Writes the chain rule out in numbers, from the end of the graph to one of its tensors: <c>2.2 = 1 · 1.1 · 2</c>.</summary>
/// <remarks>Where there are several ways from the end, the products of their slopes are added up. Tensors of more than one element, many ways and long ways have no such line.</remarks>
internal sealed class ChainRule
{
    private const int MostWays = 4, MostFactors = 12;

    private readonly Dictionary<GraphNode, List<double[]>?> _ways = [];

    public ChainRule(ExplainedGraph graph)
    {
        foreach (GraphNode node in graph.Nodes.Reverse()) _ways[node] = node == graph.Result ? [[1]] : Ways(node);
    }

    /// <summary>The line for all that reaches a tensor; null if there is none.</summary>
    public string? Of(GraphNode node) => Line(_ways[node]);

    /// <summary>The line for what one use of a tensor adds to its gradient.</summary>
    public string? Of(GraphNode operation, int input) => Line(Ways(operation, input));

    private List<double[]>? Ways(GraphNode node)
    {
        var all = new List<double[]>();
        foreach ((GraphNode operation, int input) in node.Uses)
        {
            if (operation.Inputs[input].Gradient is null) continue;
            if (Ways(operation, input) is not { } ways || all.Count + ways.Count > MostWays) return null;
            all.AddRange(ways);
        }
        return all;
    }

    private List<double[]>? Ways(GraphNode operation, int input)
    {
        if (operation.Inputs[input].Slope is not { ElementCount: 1 } slope || _ways[operation] is not { Count: > 0 } ways || ways[0].Length == MostFactors) return null;
        return ways.ConvertAll(way => (double[])[.. way, slope.Item()]);
    }

    private static string? Line(List<double[]>? ways) => ways is not { Count: > 0 } ? null
        : $"{NumberText.Short(ways.Sum(way => way.Aggregate((a, b) => a * b)))} = {string.Join(" + ", ways.Select(way => string.Join(" · ", way.Select(NumberText.Factor))))}";
}
