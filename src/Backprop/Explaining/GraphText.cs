namespace Backprop;

/// <summary>What is written into boxes and onto arrows, and how much room that takes.</summary>
internal static class GraphText
{
    public const double BoxFont = 13, CaptionFont = 10.5, ArrowFont = 12.5;

    private const double ThumbWidth = 60, ThumbHeight = 36, LeastThumb = 8;

    /// <summary>What stands in a box, and smaller below it.</summary>
    public static (string Title, string Caption) Of(GraphItem item, GraphLevel level) => item.Kind switch
    {
        ItemKind.Operation => (Symbol(item.Node!), Cut(WithinLevel(item.Node!.Layer, level))),
        ItemKind.Fold => (Cut(WithinLevel(item.Name, level)), $"{item.Fold!.Operations.Count} operations"),
        ItemKind.From => (Cut(item.Name), "from outside"),
        ItemKind.Leaf => (Cut(WithinLevel(item.Name, level)), ""),
        ItemKind.To => (Cut(item.Name), "goes on to"),
        _ => (Cut(item.Name), ""),
    };

    /// <summary>The width and height of a box.</summary>
    public static (double Width, double Height) Size(GraphItem item, string title, string caption)
    {
        if (IsCircle(item, title)) return (40, 40);
        double width = Math.Max(Width(title, BoxFont), Width(caption, CaptionFont)) + (item.Kind == ItemKind.Fold ? 32 : 22), height = caption.Length > 0 ? 42 : 30;
        return (Math.Max(width, 40), item.Kind == ItemKind.Fold ? height + 8 : height);
    }

    /// <summary>Whether a box is a circle with a sign in it.</summary>
    public static bool IsCircle(GraphItem item, string title) => item.Kind == ItemKind.Operation && title.Length == 1;

    /// <summary>What a style sheet calls it.</summary>
    public static string Css(GraphItem item) => item.Kind switch
    {
        ItemKind.Operation => "operation",
        ItemKind.Fold => "fold",
        ItemKind.From => "from",
        ItemKind.To => "to",
        ItemKind.Result => "result",
        _ => item.Node!.IsParameter ? "leaf parameter" : item.Node.Gradient is null ? "leaf constant" : "leaf",
    };

    /// <summary>The size of what is written or drawn on one side of an arrow; nothing for no tensor.</summary>
    public static (double Width, double Height) Size(TensorSketch? sketch, bool isGradient)
    {
        if (sketch is null) return (0, 0);
        if (sketch.Text is { } text) return (Width(text, ArrowFont), 17);
        (double width, double height) = Thumb(sketch);
        return (Math.Max(width, Width(Caption(sketch, isGradient), CaptionFont)), height + 14);
    }

    /// <summary>The size of a heat map on an arrow.</summary>
    public static (double Width, double Height) Thumb(TensorSketch sketch)
    {
        (int width, int height) = sketch.Size;
        double scale = Math.Min(ThumbWidth / Math.Max(1, width), ThumbHeight / Math.Max(1, height));
        return (Math.Max(LeastThumb, width * scale), Math.Max(LeastThumb, height * scale));
    }

    /// <summary>What is written below a heat map: a value's shape, a gradient's range.</summary>
    public static string Caption(TensorSketch sketch, bool isGradient) => isGradient ? $"±{NumberText.Of(sketch.Scale, 3)}" : NumberText.Of(sketch.Range.Shape);

    /// <summary>About how wide a text is, rather too much than too little: fonts differ.</summary>
    public static double Width(string text, double size) => text.Sum(c => c switch
    {
        '.' or ',' or ' ' or '[' or ']' or '(' or ')' or 'i' or 'l' or 'j' or ':' or '|' or '\'' => 0.4,
        'm' or 'w' or '×' or '±' or '−' or '+' or '=' or '→' or '∂' => 0.85,
        >= 'A' and <= 'Z' => 0.75,
        > '\u2fff' => 1.05,
        _ => 0.64,
    }) * size;

    private static string Symbol(GraphNode node) => node.Name switch
    {
        "Add" => "+",
        "Subtract" => "−",
        "Multiply" => "×",
        "Divide" => "÷",
        "AddNumber" or "SubtractFromNumber" or "Negate" or "MultiplyByNumber" or "DivideByNumber" or "DivideNumber" or "PowNumber" when node.Formula is { } formula =>
            formula.Value[(formula.Result.Length + 3)..],
        _ => Cut(node.Name),
    };

    private static string WithinLevel(string? path, GraphLevel level) =>
        path is null || path == level.Name ? "" : path.StartsWith(level.Name + ".", StringComparison.Ordinal) && level.Name.Length > 0 ? path[(level.Name.Length + 1)..] : path;

    private static string Cut(string text) => text.Length <= 24 ? text : text[..11] + "…" + text[^12..];
}
