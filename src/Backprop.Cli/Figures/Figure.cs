using System.Globalization;
using System.Net;
using System.Text;

namespace Backprop.Cli.Figures;

/// <summary>A picture of panels side by side and below one another, as SVG: readable in light and dark, and by those who do not see all colours.</summary>
/// <param name="Title">One sentence that says what is to be seen.</param>
/// <param name="Columns">Panels side by side.</param>
/// <param name="Panels">Row by row.</param>
/// <param name="PanelWidth">The width of a panel between its axes, in pixels.</param>
/// <param name="PanelHeight">Its height.</param>
internal sealed record Figure(string Title, int Columns, IReadOnlyList<Panel> Panels, int PanelWidth, int PanelHeight)
{
    private const int Margin = 14, LineHeight = 19, TitleHeight = 22, SampleWidth = 30;
    private const double LetterWidth = 6.6; // of 12 pixels of height: an average, and rather too wide

    // The colours are those of M. Okabe and K. Ito, "Color universal design" (2008), darker or brighter where text's contrast asks for it.
    private const string StyleSheet =
        """
        :root{color-scheme:light dark}text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.page{fill:#fff}
        path,.frame{fill:none}.grid{stroke:#dfe4e9}.zero,.frame{stroke:#8c959f}
        .line{stroke-width:2;stroke-linejoin:round}.thin{stroke-width:1}.dots{stroke-width:6;stroke-linecap:round}
        .first{stroke:#0072b2}.second{stroke:#d55e00}.third{stroke:#009e73}.fourth{stroke:#b0558a}.faint{stroke:#aab2ba;stroke-width:1}
        .bars{stroke:none;fill:#0072b2}.second.line{stroke-dasharray:7 4}.third.line{stroke-dasharray:2 3}.fourth.line{stroke-dasharray:9 3 2 3}
        @media(prefers-color-scheme:dark){
        text{fill:#e6edf3}.page{fill:#0d1117}.grid{stroke:#262c34}.zero,.frame{stroke:#6e7681}.faint{stroke:#545d68}
        .first{stroke:#56b4e9}.second{stroke:#e69f00}.third{stroke:#2fc49b}.fourth{stroke:#e39cc6}.bars{stroke:none;fill:#56b4e9}}
        """;

    /// <summary>The room at the left of a panel, for the numbers and the name of its axis.</summary>
    private int Left => Margin + 6 + Panels.Max(panel => panel.Y.Ticks(MostRows).Select(tick => TextWidth(panel.Y.Text(tick))).DefaultIfEmpty(0).Max()) + (Panels.Any(panel => panel.Y.Name.Length > 0) ? LineHeight : 0);

    private int MostColumns => Math.Max(2, PanelWidth / 40);

    private int MostRows => Math.Max(2, PanelHeight / 28);

    /// <summary>The picture.</summary>
    public string ToSvg()
    {
        int across = Left + PanelWidth, width = Columns * across + 2 * Margin, top = Margin / 2;
        var body = new StringBuilder();
        foreach (Panel[] row in Panels.Chunk(Columns))
        {
            for (int column = 0; column < row.Length; column++) Draw(body, row[column], column * across + Left, top + TitleHeight);
            top += TitleHeight + PanelHeight + LineHeight + Margin;
            if (row.Any(panel => panel.X.Name.Length > 0)) top += LineHeight;
        }
        int height = Legend(body, top + LineHeight / 2, width) + Margin;
        return string.Create(CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" style="max-width:100%;height:auto" role="img" aria-labelledby="title">
            <title id="title">{Encoded(Title)}</title>
            <style>{StyleSheet}</style>
            <rect class="page" width="{width}" height="{height}"/>
            {body}</svg>

            """);
    }

    private void Draw(StringBuilder svg, Panel panel, int left, int top)
    {
        Append($"<g transform=\"translate({left} {top})\">\n<text class=\"title\" y=\"-7\">{Encoded(panel.Title)}</text>\n");
        foreach (double tick in panel.X.Ticks(MostColumns))
        {
            double x = Math.Round(PanelWidth * panel.X.Place(tick), 1);
            Append($"<path class=\"{Grid(panel.X, tick)}\" d=\"M{x} 0v{PanelHeight}\"/><text x=\"{x}\" y=\"{PanelHeight + 18}\" text-anchor=\"middle\">{panel.X.Text(tick)}</text>\n");
        }
        foreach (double tick in panel.Y.Ticks(MostRows))
        {
            double y = Math.Round(PanelHeight * (1 - panel.Y.Place(tick)), 1);
            Append($"<path class=\"{Grid(panel.Y, tick)}\" d=\"M0 {y}h{PanelWidth}\"/><text x=\"-5\" y=\"{y + 4}\" text-anchor=\"end\">{panel.Y.Text(tick)}</text>\n");
        }
        Append($"<rect class=\"frame\" width=\"{PanelWidth}\" height=\"{PanelHeight}\"/>\n<svg width=\"{PanelWidth}\" height=\"{PanelHeight}\">\n"); // cuts off what leaves the axes
        foreach (Mark mark in panel.Marks) Append($"<path class=\"{Class(mark)}\" d=\"{mark.Path(panel.X, panel.Y, PanelWidth, PanelHeight)}\"/>\n");
        Append($"</svg>\n");
        if (panel.X.Name.Length > 0) Append($"<text x=\"{PanelWidth / 2}\" y=\"{PanelHeight + LineHeight + 16}\" text-anchor=\"middle\">{Encoded(panel.X.Name)}</text>\n");
        if (panel.Y.Name.Length > 0) Append($"<text transform=\"translate({Margin + 8 - Left} {PanelHeight / 2}) rotate(-90)\" text-anchor=\"middle\">{Encoded(panel.Y.Name)}</text>\n");
        Append($"</g>\n");

        void Append(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A sample and the name of each mark that has one, in as many lines as it takes; returns where they end.</summary>
    private int Legend(StringBuilder svg, int top, int width)
    {
        int left = Margin;
        foreach (Mark mark in Panels.SelectMany(panel => panel.Marks).Where(mark => mark.Name is not null).DistinctBy(mark => mark.Name))
        {
            int room = SampleWidth + TextWidth(mark.Name!) + Margin;
            if (left > Margin && left + room > width) (left, top) = (Margin, top + LineHeight);
            string sample = mark is Bars ? $"M{left} {top - 8}h{SampleWidth - 8}v8h-{SampleWidth - 8}z" : mark is Dots ? $"M{left + SampleWidth / 2 - 4} {top - 4}h0" : $"M{left} {top - 4}h{SampleWidth - 8}";
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"{Class(mark)}\" d=\"{sample}\"/><text x=\"{left + SampleWidth}\" y=\"{top}\">{Encoded(mark.Name!)}</text>\n");
            left += room;
        }
        return left > Margin ? top : top - LineHeight;
    }

    private static string Grid(Axis axis, double tick) => tick == 0 && axis.From < 0 ? "zero" : "grid";

    private static string Class(Mark mark) => $"{mark.Look.ToString().ToLowerInvariant()} {mark.Kind}";

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);

    private static int TextWidth(string text) => (int)Math.Ceiling(text.Length * LetterWidth);
}
