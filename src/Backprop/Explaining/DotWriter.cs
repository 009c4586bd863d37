using System.Globalization;
using System.Text;

namespace Backprop;

/// <summary>Writes a graph in Graphviz's language, its layers as clusters.</summary>
internal static class DotWriter
{
    public static string Write(ExplainedGraph graph, SketchBook sketches)
    {
        var text = new StringBuilder("digraph {\n  rankdir=LR\n  node [fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\", fontsize=10]\n");
        foreach (GraphNode leaf in graph.Nodes.Where(node => node.Operation is null)) text.Append(CultureInfo.InvariantCulture, $"  n{leaf.Id} [label={Quoted(leaf.Name)}, shape=box, style=rounded]\n");
        int cluster = 0;
        foreach (IGrouping<string?, GraphNode> layer in graph.Operations.GroupBy(operation => operation.Layer))
        {
            string indent = layer.Key is null ? "  " : "    ";
            if (layer.Key is { } name) text.Append(CultureInfo.InvariantCulture, $"  subgraph cluster{cluster++} {{\n    label={Quoted(name)}\n");
            foreach (GraphNode operation in layer) text.Append(CultureInfo.InvariantCulture, $"{indent}n{operation.Id} [label={Quoted(operation.Name)}, tooltip={Quoted(operation.Formula?.ToString() ?? operation.Name)}]\n");
            if (layer.Key is not null) text.Append("  }\n");
        }
        foreach (GraphNode operation in graph.Operations)
        {
            foreach (GraphInput input in operation.Inputs) Arrow(input.Source, $"n{operation.Id}", input.Gradient);
        }
        text.Append(CultureInfo.InvariantCulture, $"  result [label={Quoted(graph.ResultName)}, shape=box, style=rounded]\n");
        Arrow(graph.Result, "result", graph.Result.Gradient);
        return text.Append("}\n").ToString();

        void Arrow(GraphNode from, string to, Tensor? gradient) => text.Append(CultureInfo.InvariantCulture,
            $"  n{from.Id} -> {to} [label={Quoted($"{Short(from.Value)}{(gradient is null ? "" : "\n" + Short(gradient))}")}]\n");

        string Short(Tensor tensor) => sketches[tensor].Text ?? $"{NumberText.Of(sketches[tensor].Range.Shape)} ±{NumberText.Short(sketches[tensor].Scale)}";
    }

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
