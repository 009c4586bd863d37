using System.CommandLine;
using Backprop.Examples;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop demo</c>: runs the tutorials' examples; a subcommand each, so that each has its own options.</summary>
internal static class DemoCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var command = new Command("demo", "Run a tutorial's example; without a name, list them.");
        foreach (Demo demo in Demos.All) command.Add(Of(demo, terminal, cancellation));
        command.SetAction(_ =>
        {
            foreach (Demo demo in Demos.All) terminal.Out.WriteLine($"{demo.Name,-18}{demo.Summary}");
        });
        return command;
    }

    private static Command Of(Demo demo, Terminal terminal, CancellationToken cancellation)
    {
        Option<string?> data = Options.Text("--data", "DIR", "A folder of MNIST files [default: digits that are generated]");
        Option<long?> seed = Options.Seed("What random numbers depend on [default: 0]");
        var command = new Command(demo.Name, demo.Summary);
        if (demo.TakesData) command.Add(data);
        if (demo.TakesSeed) command.Add(seed);
        command.SetAction(parsed => demo.Run(terminal.Out, new DemoOptions(
            demo.TakesData ? parsed.GetValue(data) : null,
            demo.TakesSeed ? parsed.GetValue(seed) ?? 0 : 0,
            cancellation)));
        return command;
    }
}
