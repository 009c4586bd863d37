using System.CommandLine;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop info</c>: what was detected on this machine.</summary>
internal static class InfoCommand
{
    public static Command Create(Terminal terminal, CancellationToken _)
    {
        Option<bool> json = Options.Json();
        var command = new Command("info", "Show what was detected: processors, instruction set, versions.") { json };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(json)));
        return command;
    }

    private static void Run(Terminal terminal, bool json)
    {
        (string Name, string Field, JsonNode Value)[] facts =
        [
            ("backprop", "version", BackpropCommand.Version),
            (".NET", "runtime", Machine.Runtime),
            ("system", "system", Machine.System),
            ("architecture", "architecture", Machine.Architecture),
            ("processors", "processors", Environment.ProcessorCount),
            ("threads", "threads", Threads.Count),
            ("vectors", "vectors", Machine.Vectors),
            ("memory limit", "memory_mb", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20),
        ];
        foreach ((string name, string field, JsonNode value) in facts)
        {
            terminal.Out.WriteLine($"{name,-14}{value}{(field == "memory_mb" ? " MB" : "")}");
        }
        if (json) terminal.Out.WriteLine(new JsonObject(facts.Select(fact => KeyValuePair.Create(fact.Field, (JsonNode?)fact.Value))).ToJsonString());
    }
}
