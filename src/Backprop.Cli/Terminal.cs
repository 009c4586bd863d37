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

    /// <summary>How many columns and lines there are now.</summary>
    public Func<(int Columns, int Lines)> Window { get; init; } = () => (100, 30);

    /// <summary>Columns.</summary>
    public int Width => Window().Columns;

    /// <summary>Lines.</summary>
    public int Height => Window().Lines;

    public ColorChoice Color { get; set; } = ColorChoice.Auto;

    /// <summary>Whether to keep progress to oneself.</summary>
    public bool Quiet { get; set; }

    public bool OutHasColor => HasColor(OutIsTerminal);

    public bool ErrorHasColor => HasColor(ErrorIsTerminal);

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
        Window = OwnWindow,
    };

    /// <summary>A line of progress or of explanation, unless the user wants quiet; on a terminal it is broken between words.</summary>
    public void Say(string line)
    {
        if (Quiet) return;
        for (int end; ErrorIsTerminal && line.Length >= Width && (end = line.LastIndexOf(' ', Width - 1)) > 0; line = line[(end + 1)..]) Error.WriteLine(line[..end]);
        Error.WriteLine(line);
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

    private bool HasColor(bool isTerminal) => Color == ColorChoice.Always || (Color == ColorChoice.Auto && MayColor && isTerminal);

    private static (int Columns, int Lines) OwnWindow()
    {
        (int Columns, int Lines) usual = (100, 30);
        try
        {
            if (Console.IsErrorRedirected && Console.IsOutputRedirected) return usual;
            (int columns, int lines) = (Console.WindowWidth, Console.WindowHeight);
            return (columns > 0 ? Math.Max(40, columns) : usual.Columns, lines > 0 ? lines : usual.Lines); // a terminal may say 0
        }
        catch (IOException) // or nothing
        {
            return usual;
        }
    }
}
