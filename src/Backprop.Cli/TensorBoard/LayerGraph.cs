using Google.Protobuf;

namespace Backprop.Cli.TensorBoard;

/// <summary>The layers of a model as TensorBoard's graph: a node for each layer that computes something, an edge for each result that another takes.</summary>
internal static class LayerGraph
{
    private const string Input = "input";

    public static GraphDef Of(ModelSummary summary)
    {
        var graph = new GraphDef { Versions = new VersionDef { Producer = 1 }, Node = { Node(Input, "Placeholder", summary.InputShape) } };
        List<string> names = Names(summary);
        for (int row = 0; row < names.Count; row++)
        {
            LayerSummary layer = summary.Layers[row];
            NodeDef node = Node(names[row], layer.Layer.GetType().Name, layer.OutputShape!.Value);
            foreach (int input in layer.Inputs) node.Input.Add(input < 0 ? Input : names[input]);
            node.Attr["layer"] = new AttrValue { S = ByteString.CopyFromUtf8(layer.Description) };
            if (layer.Parameters > 0) node.Attr["parameters"] = new AttrValue { I = layer.Parameters };
            if (layer.MultiplyAdds > 0) node.Attr["multiply_adds"] = new AttrValue { I = layer.MultiplyAdds };
            graph.Node.Add(node);
        }
        return graph;
    }

    /// <summary>A name for each layer that is called: its path, and a number where it is called again.</summary>
    private static List<string> Names(ModelSummary summary)
    {
        var names = new List<string>();
        foreach (LayerSummary layer in summary.Layers.Where(layer => layer.OutputShape is not null))
        {
            string path = layer.Path.Length > 0 ? layer.Path.Replace('.', '/') : layer.Layer.GetType().Name, name = path;
            for (int again = 1; name == Input || names.Contains(name); again++) name = $"{path}_{again}";
            names.Add(name);
        }
        return names;
    }

    private static NodeDef Node(string name, string operation, Shape output)
    {
        var shape = new TensorShapeProto();
        for (int axis = 0; axis < output.Rank; axis++) shape.Dim.Add(new TensorShapeProto.Types.Dim { Size = axis == 0 ? -1 : output[axis] }); // of any batch
        return new NodeDef { Name = name, Op = operation, Attr = { ["_output_shapes"] = new AttrValue { List = new AttrValue.Types.ListValue { Shape = { shape } } } } };
    }
}
