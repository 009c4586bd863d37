using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Backprop;

/// <summary>Writes a graph with its numbers as JSON, and for the page its pictures too. Characters that mean something in HTML are escaped.</summary>
internal sealed class ExplanationJson
{
    private readonly Utf8JsonWriter _json;
    private readonly SketchBook _sketches;
    private readonly ChainRule _chains;

    private ExplanationJson(Utf8JsonWriter json, SketchBook sketches, ChainRule chains) => (_json, _sketches, _chains) = (json, sketches, chains);

    /// <param name="graph">The graph.</param>
    /// <param name="sketches">Its tensors.</param>
    /// <param name="chains">The chain rule in numbers.</param>
    /// <param name="pictures">The picture of the whole, if pictures are to be told too.</param>
    public static string Write(ExplainedGraph graph, SketchBook sketches, ChainRule chains, GraphLevel? pictures = null)
    {
        var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) })) new ExplanationJson(json, sketches, chains).Write(graph, pictures);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private void Write(ExplainedGraph graph, GraphLevel? pictures)
    {
        _json.WriteStartObject();
        _json.WriteString("result", graph.ResultName);
        _json.WriteNumber("last", graph.Result.Id);
        List("nodes", graph.Nodes, Node);
        if (pictures is not null)
        {
            List<GraphLevel> levels = [.. pictures.All];
            List("levels", levels, level => Level(level, levels));
        }
        List("tensors", _sketches.All, Sketch);
        _json.WriteEndObject();
    }

    private void Node(GraphNode node)
    {
        _json.WriteString("name", node.Name);
        Optional("layer", node.Layer);
        _json.WriteNumber("value", _sketches.Number(node.Value));
        Optional("gradient", node.Gradient);
        Optional("chain", _chains.Of(node));
        if (node.IsParameter) _json.WriteBoolean("parameter", true);
        if (node.Operation is null) return;
        OperationFormula? formula = node.Formula;
        Optional("formula", formula?.Value);
        int number = 0;
        List("inputs", node.Inputs, input =>
        {
            _json.WriteNumber("node", input.Source.Id);
            if (formula is not null && number < formula.Derivatives.Count)
            {
                _json.WriteString("symbol", formula.Input(number));
                _json.WriteString("derivative", formula.Derivatives[number]);
            }
            Optional("gradient", input.Gradient);
            Optional("slope", input.Slope);
            Optional("chain", _chains.Of(node, number));
            number++;
        });
    }

    private void Sketch(TensorSketch sketch)
    {
        Integers("shape", sketch.Range.Shape.AsSpan());
        if (sketch.Values is { } values) Numbers("values", values);
        if (sketch.IsNumber) return;
        Optional("text", sketch.Text);
        if (!sketch.IsKept || sketch.Range.Shape.ElementCount == 0) return;
        Number("min", sketch.Range.Minimum);
        Number("max", sketch.Range.Maximum);
        if (sketch.Range.NaNs + sketch.Range.Infinities > 0) _json.WriteNumber("strange", sketch.Range.NaNs + sketch.Range.Infinities);
        if (!sketch.HasPicture) return;
        Integers("planes", sketch.Planes, sketch.PlaneCount, sketch.Across);
        Integers("cells", sketch.Rows, sketch.Columns, sketch.Whole.Rows, sketch.Whole.Columns);
        Number("scale", sketch.Scale);
        _json.WriteBase64String("levels", System.Runtime.InteropServices.MemoryMarshal.AsBytes<sbyte>(sketch.Cells));
        (double width, double height) = GraphText.Thumb(sketch);
        Numbers("thumb", Math.Round(width, 1), Math.Round(height, 1));
    }

    private void Level(GraphLevel level, List<GraphLevel> levels)
    {
        _json.WriteString("name", level.Name);
        if (level.Parent is not null) _json.WriteNumber("parent", levels.IndexOf(level.Parent));
        List("items", level.Items, item =>
        {
            (string title, string caption) = GraphText.Of(item, level);
            _json.WriteString("kind", GraphText.Css(item));
            if (GraphText.IsCircle(item, title)) _json.WriteBoolean("circle", true);
            _json.WriteString("title", title);
            if (caption.Length > 0) _json.WriteString("caption", caption);
            if (item.Node is not null) _json.WriteNumber("node", item.Node.Id);
            if (item.Fold is null) return;
            _json.WriteNumber("level", levels.IndexOf(item.Fold));
            _json.WriteNumber("parameters", item.Fold.Operations.SelectMany(operation => operation.Inputs).Select(input => input.Source).Where(source => source.IsParameter).Distinct().Sum(source => source.Value.ElementCount));
        });
        List("arrows", level.Arrows, arrow =>
        {
            _json.WriteNumber("from", arrow.From);
            _json.WriteNumber("to", arrow.To);
            _json.WriteNumber("node", arrow.Source.Id);
            Optional("gradient", arrow.Gradient);
        });
        Scene("wide", GraphScene.Of(level, tensor => _sketches[tensor], isTall: false));
        Scene("tall", GraphScene.Of(level, tensor => _sketches[tensor], isTall: true));
    }

    private void Scene(string name, GraphScene scene)
    {
        _json.WriteStartObject(name);
        Numbers("size", Math.Ceiling(scene.Width), Math.Ceiling(scene.Height));
        _json.WriteStartArray("boxes");
        foreach (SceneBox box in scene.Boxes) Numbers(null, box.X, box.Y, box.Width, box.Height);
        _json.WriteEndArray();
        List("arrows", scene.Arrows, arrow =>
        {
            _json.WriteString("path", arrow.Path);
            _json.WriteString("head", arrow.Head);
            Numbers("label", arrow.LabelX, arrow.LabelY);
        });
        _json.WriteEndObject();
    }

    private void List<T>(string name, IEnumerable<T> items, Action<T> write)
    {
        _json.WriteStartArray(name);
        foreach (T item in items)
        {
            _json.WriteStartObject();
            write(item);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
    }

    private void Optional(string name, string? text)
    {
        if (!string.IsNullOrEmpty(text)) _json.WriteString(name, text);
    }

    private void Optional(string name, Tensor? tensor)
    {
        if (tensor is not null) _json.WriteNumber(name, _sketches.Number(tensor));
    }

    private void Numbers(string? name, params ReadOnlySpan<double> numbers)
    {
        if (name is null) _json.WriteStartArray();
        else _json.WriteStartArray(name);
        foreach (double number in numbers) Number(number);
        _json.WriteEndArray();
    }

    private void Integers(string name, params ReadOnlySpan<int> numbers)
    {
        _json.WriteStartArray(name);
        foreach (int number in numbers) _json.WriteNumberValue(number);
        _json.WriteEndArray();
    }

    private void Number(string name, double number)
    {
        _json.WritePropertyName(name);
        Number(number);
    }

    /// <summary>JSON knows neither NaN nor infinity; six digits will do for a picture.</summary>
    private void Number(double number)
    {
        if (double.IsFinite(number)) _json.WriteRawValue(number.ToString("G6", System.Globalization.CultureInfo.InvariantCulture));
        else _json.WriteStringValue(NumberText.Short(number));
    }
}
