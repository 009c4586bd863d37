namespace Backprop.Cli;

/// <summary>A folder that results go to. It is there before the work begins, so that nobody trains for nothing, and gone if nothing came of it.</summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly string _path;
    private readonly bool _isNew;

    /// <exception cref="IOException">The folder can't be made.</exception>
    public OutputFolder(string path)
    {
        (_path, _isNew) = (path, !Directory.Exists(path));
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"--output {path}: this folder can't be made. Choose another one.", error);
        }
    }

    public void Dispose()
    {
        if (_isNew && !Directory.EnumerateFileSystemEntries(_path).Any()) Directory.Delete(_path);
    }
}
