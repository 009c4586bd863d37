using System.Globalization;

namespace Backprop;

/// <summary>What a box of a picture stands for.</summary>
internal enum ItemKind
{
    /// <summary>An operation.</summary>
    Operation,

    /// <summary>A leaf of the graph.</summary>
    Leaf,

    /// <summary>Several operations, which have a picture of their own.</summary>
    Fold,

    /// <summary>A tensor that comes from outside of the picture.</summary>
    From,

    /// <summary>Where a value goes that is used outside of the picture.</summary>
    To,

    /// <summary>The result of the whole graph.</summary>
    Result,
}

/// <summary>A box of a picture.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Node">The node; null for a fold.</param>
/// <param name="Fold">The picture of a fold.</param>
/// <param name="Name">What is written in it.</param>
internal sealed record GraphItem(ItemKind Kind, GraphNode? Node, GraphLevel? Fold, string Name);

/// <summary>An arrow of a picture: a tensor on its way.</summary>
/// <param name="From">The box it leaves.</param>
/// <param name="To">The box it enters.</param>
/// <param name="Source">The node whose value it is.</param>
/// <param name="Gradient">What comes back on this way; null if nothing does.</param>
/// <param name="Uses">The operations in <paramref name="To"/> that use it, or beyond.</param>
internal sealed record GraphArrow(int From, int To, GraphNode Source, Tensor? Gradient, IReadOnlyList<(GraphNode Operation, int Input)> Uses);

/// <summary>One picture of a graph: the whole, or what is in one of its folds.</summary>
/// <remarks>
/// A fold is a run of operations, one recorded after the other, that belong to one layer. Operations are younger than those they depend on, so that boxes never depend on
/// one another in a circle.
/// </remarks>
internal sealed class GraphLevel
{
    private const int FlatUpTo = 12; // operations; so few are shown without folds
    private const int LeastFold = 3;
    private const int MostBoxes = 60, Chunk = 30;

    private readonly List<GraphItem> _items = [];
    private readonly List<GraphArrow> _arrows = [];

    /// <summary>The picture of the whole graph.</summary>
    public GraphLevel(ExplainedGraph graph) : this(graph, null, "", 0, graph.Operations) { }

    private GraphLevel(ExplainedGraph graph, GraphLevel? parent, string name, int depth, IReadOnlyList<GraphNode> operations)
    {
        (Parent, Name, Operations) = (parent, name, operations);
        var boxes = new List<(string? Name, IReadOnlyList<GraphNode> Operations, int Depth)>();
        if (operations.Count <= FlatUpTo) boxes.AddRange(operations.Select(operation => ((string?)null, (IReadOnlyList<GraphNode>)[operation], depth)));
        else Fold(operations, depth, boxes);
        if (boxes.Count > MostBoxes) boxes = Shorten(boxes);

        var itemOf = new Dictionary<GraphNode, int>();
        foreach ((string? title, IReadOnlyList<GraphNode> run, int below) in boxes)
        {
            GraphLevel? fold = run.Count == 1 ? null : new GraphLevel(graph, this, title!, below, run);
            foreach (GraphNode source in run.SelectMany(operation => operation.Inputs).Select(input => input.Source).Distinct()) // stands in front of what first uses it
            {
                if (itemOf.ContainsKey(source) || run.Contains(source)) continue;
                if (fold is not null && source.IsParameter && source.Uses.All(use => run.Contains(use.Operation))) continue; // to be seen inside
                bool isHere = source.Operation is null && (!source.IsParameter || source.Uses.All(use => operations.Contains(use.Operation)));
                itemOf[source] = _items.Count;
                _items.Add(new GraphItem(isHere ? ItemKind.Leaf : ItemKind.From, source, null, source.Operation is null ? source.Name : Title(source)));
            }
            foreach (GraphNode operation in run) itemOf[operation] = _items.Count;
            Connect(run, itemOf, _items.Count);
            _items.Add(fold is null ? new GraphItem(ItemKind.Operation, run[0], null, run[0].Name) : new GraphItem(ItemKind.Fold, null, fold, title!));
        }
        var inside = operations.ToHashSet();
        foreach (GraphNode operation in operations)
        {
            (GraphNode Operation, int Input)[] outside = [.. operation.Uses.Where(use => !inside.Contains(use.Operation))];
            bool isResult = operation == graph.Result;
            if (outside.Length == 0 && !isResult) continue;
            string to = isResult ? graph.ResultName : string.Join(", ", outside.Select(use => Title(use.Operation)).Distinct());
            _arrows.Add(new GraphArrow(itemOf[operation], _items.Count, operation, isResult ? operation.Gradient : ExplainedGraph.Sum(outside), outside));
            _items.Add(new GraphItem(isResult ? ItemKind.Result : ItemKind.To, operation, null, to));
        }
    }

    /// <summary>The picture this one is a fold of.</summary>
    public GraphLevel? Parent { get; }

    /// <summary>What the fold is called; empty for the whole.</summary>
    public string Name { get; }

    /// <summary>All operations that are in it.</summary>
    public IReadOnlyList<GraphNode> Operations { get; }

    public IReadOnlyList<GraphItem> Items => _items;

    public IReadOnlyList<GraphArrow> Arrows => _arrows;

    /// <summary>This picture, then those of its folds, and theirs.</summary>
    public IEnumerable<GraphLevel> All => _items.Where(item => item.Fold is not null).SelectMany(item => item.Fold!.All).Prepend(this);

    private void Connect(IReadOnlyList<GraphNode> run, Dictionary<GraphNode, int> itemOf, int to)
    {
        var bySource = new OrderedDictionary<GraphNode, List<(GraphNode, int)>>();
        foreach (GraphNode operation in run)
        {
            for (int i = 0; i < operation.Inputs.Count; i++)
            {
                GraphNode source = operation.Inputs[i].Source;
                if (!itemOf.TryGetValue(source, out int from) || from == to) continue;
                if (!bySource.TryGetValue(source, out List<(GraphNode, int)>? uses)) bySource.Add(source, uses = []);
                uses.Add((operation, i));
            }
        }
        foreach ((GraphNode source, List<(GraphNode, int)> uses) in bySource)
        {
            _arrows.Add(new GraphArrow(itemOf[source], to, source, ExplainedGraph.Sum(uses), uses));
        }
    }

    /// <summary>Runs of operations that share the next part of their layers' paths.</summary>
    private static void Fold(IReadOnlyList<GraphNode> operations, int depth, List<(string? Name, IReadOnlyList<GraphNode> Operations, int Depth)> boxes)
    {
        for (int start = 0, end; start < operations.Count; start = end)
        {
            string? part = Part(operations[start], depth);
            end = start + 1;
            while (part is not null && end < operations.Count && Part(operations[end], depth) == part) end++;
            GraphNode[] run = [.. operations.Skip(start).Take(end - start)];
            if (part is null) boxes.Add((null, run, depth + 1));
            else if (run.Length == operations.Count || run.Length < LeastFold) Fold(run, depth + 1, boxes); // a layer that is the whole of another, or hardly more than an operation
            else boxes.Add((string.Join('.', run[0].Layer!.Split('.').Take(depth + 1)), run, depth + 1));
        }

        static string? Part(GraphNode operation, int depth) => operation.Layer?.Split('.') is { } path && depth < path.Length ? path[depth] : null;
    }

    /// <summary>A long row of boxes in pieces: a picture of thousands is none.</summary>
    private static List<(string? Name, IReadOnlyList<GraphNode> Operations, int Depth)> Shorten(List<(string? Name, IReadOnlyList<GraphNode> Operations, int Depth)> boxes)
    {
        int chunk = Math.Max(Chunk, (boxes.Count + MostBoxes - 1) / MostBoxes), first = 1;
        var shorter = new List<(string?, IReadOnlyList<GraphNode>, int)>();
        foreach ((string? Name, IReadOnlyList<GraphNode> Operations, int Depth)[] run in boxes.Chunk(chunk))
        {
            GraphNode[] operations = [.. run.SelectMany(box => box.Operations)];
            shorter.Add((string.Create(CultureInfo.InvariantCulture, $"operations {first}–{first + operations.Length - 1}"), operations, run[0].Depth - 1));
            first += operations.Length;
        }
        return shorter;
    }

    private static string Title(GraphNode node) => node.Layer is { } layer ? $"{node.Name} {layer}" : node.Name;
}
