namespace Backprop;

/// <summary>A file that is not what its format demands. The message names the file and the place, what was expected, what was found, and the remedy.</summary>
public sealed class DataFormatException : IOException
{
    private const int MostCharacters = 1000; // of what is wrong: more is no message, but the file

    /// <summary>Says what is wrong at a place of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">The place, in bytes from the start of the file, or of what it unpacks to where it is compressed.</param>
    /// <param name="problem">What was expected, what was found, and the remedy. What it quotes of the file may be anything: control characters become �, and what is long is left out in its middle.</param>
    /// <param name="cause">The error underneath, if there is one.</param>
    public DataFormatException(string path, long offset, string problem, Exception? cause = null) : base($"{Readable(path)}, byte {offset}: {Readable(problem)}", cause) =>
        (Path, Offset) = (path, offset);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The place, in bytes from the start of the file, or of what it unpacks to where it is compressed.</summary>
    public long Offset { get; }

    private static string Readable(string problem)
    {
        if (problem.Length > MostCharacters) problem = string.Concat(problem.AsSpan(0, MostCharacters * 2 / 3), " ... ", problem.AsSpan(problem.Length - MostCharacters / 3));
        return problem.Any(IsControl) ? new string([.. problem.Select(c => IsControl(c) ? '\uFFFD' : c)]) : problem; // a terminal would obey them

        static bool IsControl(char c) => char.IsControl(c) && c is not ('\n' or '\r' or '\t');
    }
}
