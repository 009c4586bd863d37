namespace Backprop.Tests;

/// <summary>Where the checkout is that these tests belong to.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>Backprop.slnx</c>.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Backprop.slnx"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Backprop.slnx: run the tests from a checkout.");
    }
}
