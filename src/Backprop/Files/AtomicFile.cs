namespace Backprop;

/// <summary>Files that are either the old one or the whole new one, whatever happens while they are written.</summary>
internal static class AtomicFile
{
    /// <summary>What the temporary name ends in.</summary>
    public const string Extension = ".partial";

    /// <summary>Writes under a temporary name beside <paramref name="path"/>, waits until the disk has it, and renames.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = path + Extension; // of the same folder, for a rename does not cross file systems
        var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None); // outside of the try: what is another writer's is not deleted
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
