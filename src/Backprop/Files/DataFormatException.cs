namespace Backprop;

/// <summary>A file that is not what its format demands. The message names the file and the place, what was expected, what was found, and the remedy.</summary>
public sealed class DataFormatException : IOException
{
    /// <summary>Says what is wrong at a place of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">The place, in bytes from the start of the file, or of what it unpacks to where it is compressed.</param>
    /// <param name="problem">What was expected, what was found, and the remedy.</param>
    /// <param name="cause">The error underneath, if there is one.</param>
    public DataFormatException(string path, long offset, string problem, Exception? cause = null) : base($"{path}, byte {offset}: {problem}", cause) =>
        (Path, Offset) = (path, offset);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The place, in bytes from the start of the file, or of what it unpacks to where it is compressed.</summary>
    public long Offset { get; }
}
