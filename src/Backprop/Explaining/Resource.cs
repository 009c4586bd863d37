namespace Backprop;

/// <summary>The files of a page, which the library has in itself.</summary>
internal static class Resource
{
    public static string Text(string name)
    {
        using Stream stream = typeof(Resource).Assembly.GetManifestResourceStream("Backprop.Explaining." + name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
