using System.Globalization;
using System.Text;
using System.Xml;

namespace Backprop;

/// <summary>Writes a picture of the graph as an SVG file of its own: values above the arrows, gradients below.</summary>
internal sealed class SvgWriter
{
    private const string Namespace = "http://www.w3.org/2000/svg";

    private readonly XmlWriter _xml;
    private readonly SketchBook _sketches;

    private SvgWriter(XmlWriter xml, SketchBook sketches) => (_xml, _sketches) = (xml, sketches);

    public static string Write(string title, GraphLevel level, SketchBook sketches)
    {
        var text = new StringBuilder();
        using (XmlWriter xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, NewLineChars = "\n" })) new SvgWriter(xml, sketches).Write(title, level);
        return text.Append('\n').ToString();
    }

    private void Write(string title, GraphLevel level)
    {
        GraphScene scene = GraphScene.Of(level, tensor => _sketches[tensor], isTall: false);
        _xml.WriteStartElement("svg", Namespace);
        Attributes(("viewBox", $"0 0 {Number(scene.Width)} {Number(scene.Height)}"), ("width", Number(scene.Width)), ("height", Number(scene.Height)), ("class", "graph all"), ("role", "img"), ("aria-label", title));
        _xml.WriteElementString("title", Namespace, title);
        _xml.WriteElementString("style", Namespace, Resource.Text("graph.css"));
        Element("rect", ("class", "ground"), ("width", "100%"), ("height", "100%"), ("rx", "8"));
        for (int i = 0; i < level.Arrows.Count; i++) Arrow(level.Arrows[i], scene.Arrows[i]);
        for (int i = 0; i < level.Items.Count; i++) Box(level.Items[i], scene.Boxes[i], level);
        _xml.WriteEndElement();
    }

    private void Arrow(GraphArrow arrow, SceneArrow place)
    {
        _xml.WriteStartElement("g", Namespace);
        Attributes(("class", arrow.Gradient is null ? "arrow constant" : "arrow"));
        Element("path", ("d", place.Path));
        Element("path", ("class", "head"), ("d", place.Head));
        Label(_sketches[arrow.Source.Value], "value", place.LabelX, place.LabelY, isGradient: false);
        if (arrow.Gradient is { } gradient) Label(_sketches[gradient], "gradient", place.LabelX, place.LabelY, isGradient: true);
        _xml.WriteEndElement();
    }

    /// <summary>A number, or a heat map with a line of text, above or below the middle of the arrow.</summary>
    private void Label(TensorSketch sketch, string css, double x, double y, bool isGradient)
    {
        _xml.WriteStartElement("g", Namespace);
        Attributes(("class", css));
        if (sketch.Text is { } text)
        {
            Text(text, x, isGradient ? y + 16 : y - 6);
        }
        else
        {
            (double width, double height) = GraphText.Thumb(sketch);
            double top = isGradient ? y + 5 : y - 17 - height;
            Element("image", ("x", Number(x - width / 2)), ("y", Number(top)), ("width", Number(width)), ("height", Number(height)), ("preserveAspectRatio", "none"), ("href", HeatMapPng.Address(sketch)));
            Element("rect", ("class", "frame"), ("x", Number(x - width / 2)), ("y", Number(top)), ("width", Number(width)), ("height", Number(height)));
            Text(GraphText.Caption(sketch, isGradient), x, top + height + 11, "small");
        }
        _xml.WriteEndElement();
    }

    private void Box(GraphItem item, SceneBox place, GraphLevel level)
    {
        (string title, string caption) = GraphText.Of(item, level);
        bool isCircle = GraphText.IsCircle(item, title);
        _xml.WriteStartElement("g", Namespace);
        Attributes(("class", $"box {GraphText.Css(item)}"));
        double radius = isCircle || item.Kind is not (ItemKind.Operation or ItemKind.Fold) ? place.Height / 2 : 7;
        if (item.Kind == ItemKind.Fold) Rectangle(place with { X = place.X + 4, Y = place.Y - 4 }, radius);
        Rectangle(place, radius);
        if (isCircle) Text(title, place.X, place.Y + 7, "sign");
        else Text(title, place.X, caption.Length > 0 ? place.Y - 1 : place.Y + 4.5);
        if (caption.Length > 0) Text(caption, place.X, place.Y + 13, "small");
        _xml.WriteEndElement();
    }

    private void Rectangle(SceneBox box, double radius) => Element("rect",
        ("x", Number(box.X - box.Width / 2)), ("y", Number(box.Y - box.Height / 2)), ("width", Number(box.Width)), ("height", Number(box.Height)), ("rx", Number(radius)));

    private void Text(string text, double x, double y, string? css = null)
    {
        _xml.WriteStartElement("text", Namespace);
        Attributes(("x", Number(x)), ("y", Number(y)));
        if (css is not null) Attributes(("class", css));
        _xml.WriteString(text);
        _xml.WriteEndElement();
    }

    private void Element(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        _xml.WriteStartElement(name, Namespace);
        Attributes(attributes);
        _xml.WriteEndElement();
    }

    private void Attributes(params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        foreach ((string name, string value) in attributes) _xml.WriteAttributeString(name, value);
    }

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
