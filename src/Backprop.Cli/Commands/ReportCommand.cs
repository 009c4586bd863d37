using System.CommandLine;
using Backprop.Cli.Runs;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop report</c>: makes the page of a training again, or one of several trainings.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal, CancellationToken _)
    {
        var runs = new Argument<string[]>("RUN") { Description = "Folders of trainings; several are laid over one another", Arity = ArgumentArity.OneOrMore };
        Option<string?> output = Options.Text("--output", "FILE", $"Where the page is written [default: RUN/{ReportFile.Name}, for several ./{ReportFile.Name}]");
        Option<bool> json = Options.Json();
        var command = new Command("report", "Make the page of a training again from its log, or one page of several.") { runs, output, json };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(runs), parsed.GetValue(output), parsed.GetValue(json)));
        return command;
    }

    private static void Run(Terminal terminal, string[] folders, string? output, bool json)
    {
        RunData[] runs = [.. Names(folders).Zip(folders, (name, folder) => RunFile.Open(folder, name).Data)];
        string path = output ?? (folders is [var only] && Directory.Exists(only) ? Path.Combine(only, ReportFile.Name) : ReportFile.Name);
        try
        {
            ReportPage.Write(path, ReportPage.Of(runs, silence: null));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: the page can't be written: {error.Message} Choose another --output.", error);
        }
        terminal.Out.WriteLine(path);
        if (json) terminal.Out.WriteLine(new System.Text.Json.Nodes.JsonObject { ["page"] = path, ["bytes"] = new FileInfo(path).Length }.ToJsonString());
    }

    /// <summary>The folders' names, or where two are the same their paths.</summary>
    private static string[] Names(string[] folders)
    {
        string[] names = [.. folders.Select(RunFile.NameOf)];
        return names.Distinct().Count() == names.Length ? names : folders;
    }
}
