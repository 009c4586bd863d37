using Spectre.Console;

namespace Backprop.Cli;

/// <summary>When to write in colour.</summary>
internal enum ColorChoice
{
    Auto,
    Always,
    Never,
}

/// <summary>Where the command writes: results to <see cref="Out"/>, all else to <see cref="Error"/>.</summary>
internal sealed class Terminal
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether a person looks at the stream, and not a file or a pipe.</summary>
    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether the environment lets a terminal have colours.</summary>
    public bool MayColor { get; init; }

    /// <summary>Columns.</summary>
    public int Width { get; init; } = 100;

    public ColorChoice Color { get; set; } = ColorChoice.Auto;

    /// <summary>Whether to keep progress to oneself.</summary>
    public bool Quiet { get; set; }

    public bool OutHasColor => Color == ColorChoice.Always || (Color == ColorChoice.Auto && MayColor && OutIsTerminal);

    /// <summary>Whether block characters will arrive as such.</summary>
    public static bool HasUnicode(TextWriter writer) => writer.Encoding.CodePage is 65001 or 1200; // UTF-8, and the UTF-16 of a StringWriter

    /// <summary>The terminal that the process was started in.</summary>
    public static Terminal OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
        MayColor = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb",
        Width = WindowWidth(),
    };

    /// <summary>A line of progress or of explanation, unless the user wants quiet.</summary>
    public void Say(string line)
    {
        if (!Quiet) Error.WriteLine(line);
    }

    /// <summary>Writes a table or a picture to <see cref="Out"/>.</summary>
    public void Write(Spectre.Console.Rendering.IRenderable renderable)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Out),
            Ansi = OutHasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = OutHasColor ? ColorSystemSupport.TrueColor : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Width = Width;
        console.Profile.Capabilities.Unicode = HasUnicode(Out);
        console.Write(renderable);
    }

    private static int WindowWidth()
    {
        try
        {
            return Console.IsErrorRedirected && Console.IsOutputRedirected ? 100 : Math.Max(40, Console.WindowWidth);
        }
        catch (IOException) // a terminal that will not say
        {
            return 100;
        }
    }
}
