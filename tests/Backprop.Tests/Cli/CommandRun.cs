using System.Text.Json.Nodes;
using Backprop.Cli;

namespace Backprop.Tests;

/// <summary>A command line that was run inside this process, and what it wrote.</summary>
internal sealed record CommandRun(int Code, string Out, string Error)
{
    /// <summary>The last line of the output, read as JSON.</summary>
    public JsonObject Json => JsonNode.Parse(Out.TrimEnd().Split('\n')[^1])!.AsObject();

    public static CommandRun Of(params string[] args) => Of(args, CancellationToken.None);

    public static CommandRun Of(string[] args, CancellationToken cancellation, bool terminal = false)
    {
        (StringWriter output, StringWriter error) = (new StringWriter(), new StringWriter());
        int code = BackpropCommand.Run(args, new Terminal { Out = output, Error = error, OutIsTerminal = terminal, ErrorIsTerminal = terminal, MayColor = terminal }, cancellation);
        return new CommandRun(code, output.ToString(), error.ToString());
    }
}
