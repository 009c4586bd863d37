namespace Backprop.Tests;

/// <summary>A fact about the real MNIST, skipped where its files are not at hand.</summary>
internal sealed class RealMnistFactAttribute : FactAttribute
{
    private const string Variable = "BACKPROP_MNIST";

    public RealMnistFactAttribute()
    {
        if (Folder is null) Skip = $"Needs the four files of MNIST: name their folder in {Variable}, or put them into {Usual}.";
    }

    /// <summary>Where the files are; null if they are not at hand.</summary>
    public static string? Folder { get; } = new[] { Environment.GetEnvironmentVariable(Variable), Usual }.FirstOrDefault(folder => folder is not null && Mnist.IsIn(folder));

    private static string Usual => Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data", "mnist"));
}
