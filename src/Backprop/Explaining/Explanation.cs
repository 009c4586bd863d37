using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Backprop;

/// <summary>A computation graph with its numbers, to be looked at: the value of each tensor, the gradient that comes back, and between them the local derivatives.</summary>
/// <remarks>
/// <code>
/// Tensor price = (apple * apples + orange * oranges) * tax;
/// price.Explain([apple, apples, orange, oranges, tax]).SaveHtml("price.html");
/// </code>
/// The page needs nothing but a browser. It plays the forward and the backward pass step by step and writes the chain rule out; layers of several operations are folded
/// and open on a click. What it shows of large tensors is bounded: a page has less than 1 MB for networks of some hundred operations.
/// </remarks>
public sealed class Explanation
{
    private readonly ExplainedGraph _graph;
    private readonly ChainRule _chains;

    internal Explanation(Tensor result, BackwardRecord record, Dictionary<Tensor, string> names, string resultName)
    {
        _graph = new ExplainedGraph(result, record, names, resultName);
        Level = new GraphLevel(_graph);
        _chains = new ChainRule(_graph);
        Sketches = new SketchBook([.. Tensors.Distinct()]); // now: a step's memory may take the tensors back
    }

    /// <summary>The picture of the whole, which those of its folds hang on.</summary>
    internal GraphLevel Level { get; }

    internal SketchBook Sketches { get; }

    private IEnumerable<Tensor> Tensors => _graph.Nodes.SelectMany(node => (Tensor?[])[node.Value, node.Gradient, .. node.Inputs.SelectMany(input => (Tensor?[])[input.Gradient, input.Slope])])
        .Concat(Level.All.SelectMany(level => level.Arrows).Select(arrow => arrow.Gradient)).OfType<Tensor>();

    private string Heading => ExplainedGraph.Printable(Title ?? _graph.ResultName);

    /// <summary>What stands above the picture; by default the result's name.</summary>
    public string? Title { get; set; }

    /// <summary>Runs a model and its loss forward and backward, and explains them; operations are folded into the model's layers.</summary>
    /// <param name="model">The model. It computes in the mode it is in: a loaded one evaluates.</param>
    /// <param name="x">Its input; the picture also shows what each element of it does to the loss.</param>
    /// <param name="target">What the loss compares the output with.</param>
    /// <param name="loss">The loss, a scalar: <c>Losses.CrossEntropy</c>.</param>
    /// <exception cref="ShapeException">The input does not fit the model, or the target its output.</exception>
    /// <exception cref="InvalidOperationException">The loss is no scalar.</exception>
    public static Explanation Of(Module model, Tensor x, Tensor target, Func<Tensor, Tensor, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(loss);
        using StepMemory.Outside outside = StepMemory.Suspend();
        var record = new BackwardRecord();
        using LayerTrace.Span span = record.Open();
        Tensor input = x.DType.IsFloatingPoint ? x.Detach().RequireGradient() : x, result = loss(model.Forward(input), target);
        result.Backward(retainGraph: true);
        return new Explanation(result, record, new(ReferenceEqualityComparer.Instance) { [input] = "x", [target] = "target" }, "loss");
    }

    /// <summary>The page: one HTML file that needs no other.</summary>
    public string ToHtml() => ExplanationPage.Write(Heading, _graph, Level, Sketches, _chains);

    /// <summary>The picture alone; layers of several operations are folded.</summary>
    public string ToSvg() => SvgWriter.Write(Heading, Level, Sketches);

    /// <summary>The whole graph in the language of Graphviz.</summary>
    public string ToDot() => DotWriter.Write(_graph, Sketches);

    /// <summary>The data: nodes with formulas, values, gradients, slopes and the chain rule in numbers. Tensors of more than 64 elements are sampled.</summary>
    public string ToJson() => ExplanationJson.Write(_graph, Sketches, _chains);

    /// <summary>Writes <see cref="ToHtml"/> to a file.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void SaveHtml(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] page = Encoding.UTF8.GetBytes(ToHtml());
        AtomicFile.Write(path, stream => stream.Write(page));
    }
}

/// <summary>Explanations as a member of <see cref="Tensor"/>.</summary>
public static class ExplainExtensions
{
    extension(Tensor result)
    {
        /// <summary>Runs backward from this scalar and explains the graph behind it with all its numbers. The graph can be used afterwards.</summary>
        /// <remarks>
        /// Inside a step scope layers give back what no backward needs; of that only the shape is shown, as "not kept". <see cref="Explanation.Of"/> keeps everything.
        /// </remarks>
        /// <param name="named">Tensors whose names the picture shall tell; parameters have theirs already: <c>price.Explain([apple, tax])</c>.</param>
        /// <param name="names">What they are called, separated by commas; by default as in the code that calls.</param>
        /// <param name="resultName">What the result is called; by default likewise.</param>
        /// <param name="code">The compiler fills this in: how the caller wrote the tensors, <c>[apple, tax]</c>, or <c>inputs</c>, which gives <c>inputs[0]</c> and so on.</param>
        /// <exception cref="InvalidOperationException">The tensor has no graph, its graph was consumed by a backward pass, or it is no scalar.</exception>
        /// <exception cref="ArgumentException">There are not as many <paramref name="names"/> as tensors.</exception>
        public Explanation Explain(
            ReadOnlySpan<Tensor> named = default, string? names = null,
            [CallerArgumentExpression(nameof(result))] string? resultName = null, [CallerArgumentExpression(nameof(named))] string? code = null)
        {
            if (result.Origin is null) throw new InvalidOperationException($"Explain: no operation made this tensor {result.Shape}, or it was not recorded. Call RequireGradient() on an input before the forward pass.");
            using StepMemory.Outside outside = StepMemory.Suspend();
            var record = new BackwardRecord();
            using LayerTrace.Span span = record.Open();
            Dictionary<Tensor, string> byTensor = Name(named, names is null ? InCode(code ?? "", named.Length) : Given(names, named.Length));
            result.Backward(retainGraph: true);
            return new Explanation(result, record, byTensor, IsName(resultName) ? resultName! : "result");
        }
    }

    private static Dictionary<Tensor, string> Name(ReadOnlySpan<Tensor> named, List<string> names)
    {
        var byTensor = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < names.Count; i++) byTensor[named[i]] = names[i];
        return byTensor;
    }

    private static List<string> Given(string names, int count)
    {
        List<string> all = Separate(names);
        if (all.Count == count) return all;
        throw new ArgumentException($"Explain: {count} tensors and {all.Count} names, \"{names}\"; give one name each, separated by commas.", nameof(names));
    }

    /// <summary>What the calling code calls its tensors; nothing where that can't be told, and then their formulas' names must do.</summary>
    private static List<string> InCode(string code, int count)
    {
        if (code is not ['[', .. string list, ']']) return IsName(code) ? [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{code}[{i}]"))] : [];
        List<string> parts = Separate(list);
        if (parts[^1].Length == 0) parts.RemoveAt(parts.Count - 1); // a comma may be the last
        return parts.Count == count && parts.All(IsWhole) ? parts : [];

        static bool IsWhole(string part) => !part.StartsWith("..", StringComparison.Ordinal) && !part.Contains('\n') && part.Count('<') == part.Count('>');
    }

    /// <summary>What stands between commas, except those within parentheses.</summary>
    private static List<string> Separate(string names)
    {
        var parts = new List<string>();
        int start = 0, depth = 0;
        for (int i = 0; i <= names.Length; i++)
        {
            if (i < names.Length && names[i] is '(' or '[' or '{') depth++;
            else if (i < names.Length && names[i] is ')' or ']' or '}') depth--;
            else if (i == names.Length || (names[i] == ',' && depth == 0))
            {
                parts.Add(names[start..i].Trim());
                start = i + 1;
            }
        }
        return parts;
    }

    private static bool IsName(string? expression) => expression is { Length: > 0 and < 40 } && expression.All(c => char.IsLetterOrDigit(c) || c is '_' or '.');
}
