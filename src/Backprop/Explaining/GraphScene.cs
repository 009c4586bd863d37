using System.Globalization;
using System.Text;

namespace Backprop;

/// <summary>A picture's geometry: where its boxes, arrows and labels are.</summary>
/// <param name="Width">Of the whole.</param>
/// <param name="Height">Of the whole.</param>
/// <param name="Boxes">Centre and size of each item.</param>
/// <param name="Arrows">Path (as SVG has it) of each arrow, and the centre of its label.</param>
internal sealed record GraphScene(double Width, double Height, IReadOnlyList<SceneBox> Boxes, IReadOnlyList<SceneArrow> Arrows)
{
    private const double Margin = 10, LineDistance = 5, LabelPadding = 8, HeadLength = 8, HeadBreadth = 7;

    /// <summary>Lays a picture out.</summary>
    /// <param name="level">The picture.</param>
    /// <param name="sketch">The sketch of each tensor.</param>
    /// <param name="isTall">Whether arrows go down and values stand left of them, instead of to the right and above.</param>
    public static GraphScene Of(GraphLevel level, Func<Tensor, TensorSketch> sketch, bool isTall)
    {
        (double Width, double Height)[] sizes = [.. level.Items.Select(item =>
        {
            (string title, string caption) = GraphText.Of(item, level);
            return GraphText.Size(item, title, caption);
        })];
        var graph = new LayoutGraph(
            [.. sizes.Select(size => isTall ? new LayoutSize(size.Height, size.Width) : new LayoutSize(size.Width, size.Height))],
            [.. level.Arrows.Select(arrow => new LayoutArrow(arrow.From, arrow.To, Label(arrow, sketch, isTall), IsSide: arrow.Source.IsParameter))]);
        LayerOrder.Reduce(graph);
        LayerPlacement.Place(graph);

        (double Start, double End)[] columns = [.. graph.Layers.Select(layer => (layer.Min(slot => slot.Along - slot.Size.Length / 2), layer.Max(slot => slot.Along + slot.Size.Length / 2)))];
        double along = columns.Length == 0 ? 0 : columns[^1].End, across = graph.Layers.SelectMany(layer => layer).Select(slot => slot.Across + slot.Size.Breadth / 2).DefaultIfEmpty().Max();
        SceneBox[] boxes = [.. graph.Boxes.Select((slot, i) => isTall
            ? new SceneBox(Margin + slot.Across, Margin + slot.Along, sizes[i].Width, sizes[i].Height)
            : new SceneBox(Margin + slot.Along, Margin + slot.Across, sizes[i].Width, sizes[i].Height))];
        SceneArrow[] arrows = [.. graph.Ways.Select(way => isTall
            ? new SceneArrow(Path(way, columns, isTall), Head(way[^1], isTall), Margin + way[^2].Across, Margin + way[^2].Along)
            : new SceneArrow(Path(way, columns, isTall), Head(way[^1], isTall), Margin + way[^2].Along, Margin + way[^2].Across))];
        return isTall ? new GraphScene(across + 2 * Margin, along + 2 * Margin, boxes, arrows) : new GraphScene(along + 2 * Margin, across + 2 * Margin, boxes, arrows);
    }

    /// <summary>A label lies on both sides of its arrow, which goes through the middle.</summary>
    private static LayoutSize Label(GraphArrow arrow, Func<Tensor, TensorSketch> sketch, bool isTall)
    {
        (double valueWidth, double valueHeight) = GraphText.Size(sketch(arrow.Source.Value), isGradient: false);
        (double gradientWidth, double gradientHeight) = GraphText.Size(arrow.Gradient is null ? null : sketch(arrow.Gradient), isGradient: true);
        (double width, double height) = (Math.Max(valueWidth, gradientWidth), Math.Max(valueHeight, gradientHeight));
        return isTall ? new LayoutSize(height + LabelPadding, 2 * (width + LineDistance)) : new LayoutSize(width + LabelPadding, 2 * (height + LineDistance - 2));
    }

    /// <summary>Straight through each layer, bent between two.</summary>
    private static string Path(Slot[] way, (double Start, double End)[] columns, bool isTall)
    {
        var path = new StringBuilder();
        (double at, double across) = (way[0].Along + way[0].Size.Length / 2, way[0].Across);
        Point('M', at, across);
        for (int k = 1; k < way.Length; k++)
        {
            (double leave, double enter) = (columns[way[k - 1].Layer].End, columns[way[k].Layer].Start - (k == way.Length - 1 ? HeadLength : 0));
            if (Math.Abs(way[k].Across - across) < 0.05) continue; // goes straight on
            if (leave > at + 0.05) Point('L', leave, across);
            double middle = (leave + enter) / 2;
            Point('C', middle, across);
            Point(' ', middle, way[k].Across);
            Point(' ', enter, way[k].Across);
            (at, across) = (enter, way[k].Across);
        }
        Point('L', way[^1].Along - way[^1].Size.Length / 2 - HeadLength, across);
        return path.ToString();

        void Point(char command, double along, double across)
        {
            path.Append(command).Append(PointText(along, across, isTall));
        }
    }

    private static string Head(Slot to, bool isTall)
    {
        double tip = to.Along - to.Size.Length / 2, foot = tip - HeadLength;
        return $"M{PointText(tip, to.Across, isTall)}L{PointText(foot, to.Across - HeadBreadth / 2, isTall)} {PointText(foot, to.Across + HeadBreadth / 2, isTall)}Z";
    }

    private static string PointText(double along, double across, bool isTall)
    {
        (double x, double y) = isTall ? (across, along) : (along, across);
        return string.Create(CultureInfo.InvariantCulture, $"{Margin + x:0.#} {Margin + y:0.#}");
    }
}

/// <summary>Centre and size of a box.</summary>
internal readonly record struct SceneBox(double X, double Y, double Width, double Height);

/// <summary>The path of an arrow, that of its head, and the centre of its label.</summary>
internal readonly record struct SceneArrow(string Path, string Head, double LabelX, double LabelY);
