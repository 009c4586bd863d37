using System.Globalization;

namespace Backprop;

/// <summary>A computation graph with all its numbers, for the writers of pictures.</summary>
internal sealed class ExplainedGraph
{
    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<Tensor, GraphNode> _byTensor = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, string> _given;
    private readonly HashSet<string> _taken = [];

    /// <summary>Collects the graph behind a result.</summary>
    /// <param name="result">What backward began with.</param>
    /// <param name="record">What backward did.</param>
    /// <param name="names">What the user calls some of the tensors.</param>
    /// <param name="resultName">What the user calls the result.</param>
    public ExplainedGraph(Tensor result, BackwardRecord record, Dictionary<Tensor, string> names, string resultName)
    {
        (_given, ResultName) = (names, Printable(resultName));
        _taken.UnionWith(names.Values);
        List<Operation> operations = BackwardPass.YoungestFirst(result.Origin!);
        operations.Reverse();
        foreach (Operation operation in operations) Add(operation, record);
        foreach (GraphNode leaf in _nodes.Where(node => node.Operation is null && node.Value.RequiresGradient)) leaf.Gradient = Sum(leaf.Uses);
        Result = _byTensor[result];
        Operations = [.. _nodes.Where(node => node.Operation is not null)];
        FillLayers();
    }

    /// <summary>All nodes: operations in the order they were applied, each leaf before the first operation that uses it.</summary>
    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>The operations, in the order they were applied.</summary>
    public IReadOnlyList<GraphNode> Operations { get; }

    /// <summary>The last operation.</summary>
    public GraphNode Result { get; }

    /// <summary>What its result is called.</summary>
    public string ResultName { get; }

    /// <summary>What some uses of a tensor add to its gradient, together; null where that is nothing.</summary>
    public static Tensor? Sum(IEnumerable<(GraphNode Operation, int Input)> uses)
    {
        Tensor? sum = null;
        foreach ((GraphNode operation, int input) in uses)
        {
            if (operation.Inputs[input].Gradient is { } part) sum = sum is null ? part : Tensor.Generate(part.Shape, part.DType, Adder(sum, part));
        }
        return sum;

        static Func<int, double> Adder(Tensor a, Tensor b) => i => a.ElementAt(i) + b.ElementAt(i);
    }

    private void Add(Operation operation, BackwardRecord record)
    {
        BackwardRecord.Pull? pull = record.Of(operation);
        List<GraphInput> inputs = [];
        for (int i = 0; i < operation.InputCount; i++)
        {
            Tensor input = operation.Input(i);
            if (!_byTensor.TryGetValue(input, out GraphNode? source)) source = Add(input, null, LeafName(input, operation, i));
            inputs.Add(new GraphInput(source, pull?.Parts[i], pull?.Slopes[i]));
        }
        GraphNode node = Add(operation.Output, operation, Printable(operation.Name));
        node.Layer = (record.PathOf(operation) ?? LayerOf(inputs)) is { } layer ? Printable(layer) : null;
        node.Gradient = pull?.Gradient;
        for (int i = 0; i < inputs.Count; i++)
        {
            node.Inputs.Add(inputs[i]);
            inputs[i].Source.Uses.Add((node, i));
        }
    }

    private GraphNode Add(Tensor value, Operation? operation, string name)
    {
        var node = new GraphNode(_nodes.Count, value, operation, name);
        _nodes.Add(node);
        _byTensor.Add(value, node);
        return node;
    }

    private string LeafName(Tensor leaf, Operation user, int input)
    {
        if (_given.TryGetValue(leaf, out string? given)) return Printable(given);
        if (leaf is Parameter { Name: { Length: > 0 } parameter }) return Printable(parameter);
        string symbol = user.Formula is { } formula && input < formula.Derivatives.Count ? formula.Input(input) : "x", name = symbol;
        for (int number = 2; !_taken.Add(name); number++) name = string.Create(CultureInfo.InvariantCulture, $"{symbol}{number}");
        return Printable(name);
    }

    /// <summary>Without a trace of the forward pass: the layer that a parameter's name tells.</summary>
    private static string? LayerOf(List<GraphInput> inputs)
    {
        foreach (GraphInput input in inputs)
        {
            if (input.Source.Value is Parameter parameter && parameter.Name.LastIndexOf('.') is var dot and > 0) return parameter.Name[..dot];
        }
        return null;
    }

    /// <summary>An operation between two others of one layer is of that layer too.</summary>
    private void FillLayers()
    {
        for (int i = 0; i < Operations.Count; i++)
        {
            if (Operations[i].Layer is not null || i == 0 || Operations[i - 1].Layer is not { } before) continue;
            int next = i;
            while (next < Operations.Count && Operations[next].Layer is null) next++;
            if (next == Operations.Count) return;
            string[] a = before.Split('.'), b = Operations[next].Layer!.Split('.');
            string common = string.Join('.', a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Select(pair => pair.First));
            for (; i < next; i++) Operations[i].Layer = common.Length > 0 ? common : null;
        }
    }

    /// <summary>A name as it may stand in any file, and be cut anywhere: without control characters, and without those of two halves.</summary>
    public static string Printable(string name) => string.Concat(name.Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\uFFFE' or '\uFFFF' ? '·' : c));
}
