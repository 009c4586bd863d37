namespace Backprop.Tests;

/// <summary>A file for one test, gone afterwards.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("backprop-");

    public TemporaryFile(string name, byte[] bytes)
    {
        Path = System.IO.Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(Path, bytes);
    }

    public TemporaryFile(string name, string text) : this(name, System.Text.Encoding.UTF8.GetBytes(text)) { }

    public string Path { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
