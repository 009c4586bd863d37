using System.CommandLine;
using System.Globalization;
using Backprop.Cli.Figures;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop figures</c>: draws what tutorials draw, from the library's own numbers.</summary>
internal static class FiguresCommand
{
    private static readonly (string Name, string Summary, Func<Figure> Create)[] s_figures =
    [
        ("mse-tangents", "the curve of the squared error with two tangents", MseTangents.Create),
        ("activations", "every activation with its derivative", ActivationCurves.Create),
        ("losses", "the loss curve of each demo, which is run for it", DemoLosses.Create),
        ("initialization", "activations by depth, for six ways to begin the weights", InitialActivations.Create),
        ("optimizers", "the paths of six optimizers on an elongated bowl", OptimizerPaths.Create),
    ];

    public static Command Create(Terminal terminal, CancellationToken _)
    {
        var names = new Argument<string[]>("NAME") { Description = $"Which of {string.Join(", ", s_figures.Select(figure => figure.Name))} [default: all]", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> output = Options.Text("--output", "DIR", "Where the SVG files go [default: figures]");
        var command = new Command("figures", "Draw the figures of the tutorials as SVG, each from the library's own numbers.") { names, output };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(names) ?? [], parsed.GetValue(output) ?? "figures"));
        return command;
    }

    private static void Run(Terminal terminal, string[] names, string output)
    {
        if (names.FirstOrDefault(name => !s_figures.Any(figure => figure.Name == name)) is { } unknown)
        {
            throw new UsageException($"figures: none of {string.Join(", ", s_figures.Select(figure => figure.Name))} is called '{unknown}'{Nearest.Suggestion(unknown, s_figures.Select(figure => figure.Name))}");
        }
        using var folder = new OutputFolder(output);
        foreach ((string name, string summary, Func<Figure> create) in s_figures)
        {
            if (names.Length > 0 && !names.Contains(name)) continue;
            string svg = create().ToSvg(), path = Path.Combine(output, name + ".svg");
            File.WriteAllText(path, svg);
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}  {svg.Length / 1000.0:F1} kB  {summary}"));
        }
    }
}
