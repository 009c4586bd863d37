using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Diagnostics.CodeAnalysis;
using Backprop.Cli.Commands;

namespace Backprop.Cli;

/// <summary>The command <c>backprop</c>: its subcommands, and what becomes of errors.</summary>
internal static class BackpropCommand
{
    private const string ShortHelp =
        """
        backprop trains neural networks, in pure C#.

          backprop train                                  a convolutional network learns to read generated digits; no download
          backprop train --model mlp --data data/mnist    a named network on a folder of MNIST files
          backprop predict --model runs/simple-convnet/model.safetensors digit.png

        Commands: train, evaluate, predict, report, check, summary, demo, explain, figures, bench, data, info. More: backprop --help, backprop train --help
        """;

    private static readonly (string Name, Func<Terminal, CancellationToken, Command> Create)[] s_commands =
    [
        ("train", TrainCommand.Create), ("evaluate", EvaluateCommand.Create), ("predict", PredictCommand.Create), ("report", ReportCommand.Create), ("check", CheckCommand.Create),
        ("demo", DemoCommand.Create), ("explain", ExplainCommand.Create), ("summary", SummaryCommand.Create), ("bench", BenchCommand.Create), ("data", DataCommand.Create), ("figures", FiguresCommand.Create), ("info", InfoCommand.Create),
    ];

    public static string Version { get; } = typeof(BackpropCommand).Assembly.GetName().Version!.ToString(3);

    /// <summary>Runs a command line and returns the exit code; whatever goes wrong ends in one message on <see cref="Terminal.Error"/>.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "The command never shows a stack trace.")]
    public static int Run(string[] args, Terminal terminal, CancellationToken cancellation = default)
    {
        try
        {
            ParseResult parsed = Create(args, terminal, cancellation).Parse(args);
            if (parsed.Action is ParseErrorAction)
            {
                string command = CommandPath(parsed.CommandResult.Command);
                terminal.Error.WriteLine($"{command}: {UsageProblem(parsed)}");
                terminal.Error.WriteLine($"Try '{command} --help'.");
                return ExitCode.Usage;
            }
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // Signals does it
            });
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (UsageException error)
        {
            terminal.Error.WriteLine($"backprop: {error.Message}");
            return ExitCode.Usage;
        }
        catch (Exception error)
        {
            terminal.Error.WriteLine($"backprop: {Explain(error)}");
            return ExitCode.Failed;
        }
    }

    /// <summary>The command line. Of the commands only the one is put together that <paramref name="args"/> ask for, or all where that is not plain: the others would cost more than a prediction.</summary>
    private static RootCommand Create(string[] args, Terminal terminal, CancellationToken cancellation)
    {
        Option<ColorChoice> color = Options.Color();
        var quiet = new Option<bool>("--quiet", "-q") { Recursive = true, Description = "Show no progress" };
        var root = new RootCommand("Deep learning in pure C#: trains, evaluates and measures neural networks.")
        {
            color,
            quiet,
        };
        string? asked = Array.Find(args, arg => !arg.StartsWith('-'));
        bool isKnown = Array.Exists(s_commands, command => command.Name == asked);
        foreach ((string name, Func<Terminal, CancellationToken, Command> create) in s_commands)
        {
            if (!isKnown || name == asked) root.Add(create(terminal, cancellation));
        }
        root.Options.OfType<HelpOption>().Single().Action = new Action(Help);
        root.Options.OfType<VersionOption>().Single().Action = new Action(parsed => parsed.InvocationConfiguration.Output.WriteLine($"backprop {Version}"));
        root.SetAction(_ => terminal.Out.WriteLine(ShortHelp));
        foreach (Command command in Commands(root))
        {
            if (command.Action is not SynchronousCommandLineAction action) continue;
            command.Action = new Action(parsed =>
            {
                terminal.Color = parsed.GetValue(color);
                terminal.Quiet = parsed.GetValue(quiet);
                return action.Invoke(parsed);
            });
        }
        return root;
    }

    private static void Help(ParseResult parsed)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        var text = new StringWriter();
        parsed.InvocationConfiguration.Output = text;
        new HelpAction().Invoke(parsed);
        output.Write(text.ToString().Replace($"  {RootCommand.ExecutableName} ", "  backprop ", StringComparison.Ordinal)); // the file may be called otherwise
    }

    private static IEnumerable<Command> Commands(Command command) => command.Subcommands.SelectMany(Commands).Prepend(command);

    private static string UsageProblem(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var token, ..])
        {
            string word = token.Split('=')[0];
            if (word.StartsWith('-')) return $"unknown option '{word}'{Nearest.Suggestion(word, AllOptions(command).SelectMany(option => option.Aliases.Prepend(option.Name)))}";
            if (command.Subcommands.Count > 0) return $"unknown command '{word}'{Nearest.Suggestion(word, command.Subcommands.Select(sub => sub.Name))}";
            return $"unexpected argument '{token}'";
        }
        if (command.Subcommands.Count > 0) return $"a command is missing, one of: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}";
        return parsed.Errors[0].Message.TrimEnd('.');
    }

    private static IEnumerable<Option> AllOptions(Command command) =>
        command.Options.Where(option => !option.Hidden).Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)));

    private static string CommandPath(Command command) =>
        command is RootCommand ? "backprop" : $"{CommandPath(command.Parents.OfType<Command>().First())} {command.Name}";

    /// <summary>What an error has to say to somebody who does not read the source.</summary>
    public static string Explain(Exception error) => error switch
    {
        ArgumentException { ParamName: { } name } => error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
        ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException or NotSupportedException or InvalidOperationException
            or FormatException or ArithmeticException => error.Message,
        _ => $"unexpected {error.GetType().Name}: {error.Message} This is a defect of backprop itself: please report it with the command you typed.",
    };

    /// <summary>An action that may run where there is no work to cancel.</summary>
    private sealed class Action(Func<ParseResult, int> run) : SynchronousCommandLineAction
    {
        public Action(System.Action<ParseResult> run) : this(parsed =>
        {
            run(parsed);
            return ExitCode.Done;
        })
        { }

        public override int Invoke(ParseResult parseResult) => run(parseResult);
    }
}
