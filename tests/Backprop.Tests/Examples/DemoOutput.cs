using System.Globalization;
using System.Text.RegularExpressions;
using Backprop.Examples;

namespace Backprop.Tests;

/// <summary>What a demo printed, and the numbers in it.</summary>
internal sealed partial class DemoOutput
{
    private DemoOutput(string text) => Lines = text.Split(Environment.NewLine);

    public string[] Lines { get; }

    /// <summary>The line that closes the output.</summary>
    public string LastLine => Lines[^2];

    public static DemoOutput Of(string name, DemoOptions? options = null) => Of(output => Demos.All.Single(demo => demo.Name == name).Run(output, options ?? new DemoOptions()));

    public static DemoOutput Of(Action<TextWriter> run)
    {
        using var output = new StringWriter();
        run(output);
        return new DemoOutput(output.ToString());
    }

    /// <summary>The lines that have a text in them.</summary>
    public string[] With(string text) => [.. Lines.Where(line => line.Contains(text, StringComparison.Ordinal))];

    /// <summary>The numbers of a line, one after the other.</summary>
    public static double[] Numbers(string line) => [.. Number().Matches(line).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"(?<![\w.])-?\d+(\.\d+)?([eE][+-]?\d+)?")]
    private static partial Regex Number();
}
