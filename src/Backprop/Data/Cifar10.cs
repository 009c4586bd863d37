namespace Backprop;

/// <summary>CIFAR-10: colour images of 32×32 pixels of ten classes of things, 50 000 to learn from and 10 000 to be judged by.</summary>
/// <remarks>Source: A. Krizhevsky, "Learning multiple layers of features from tiny images" (2009).</remarks>
public static class Cifar10
{
    private const string TestFile = "test_batch.bin";

    /// <summary>The folder that the published archive unpacks to.</summary>
    private const string ArchiveFolder = "cifar-10-batches-bin";

    private static readonly string[] s_trainFiles = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];

    private static readonly string[] s_classNames = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    internal static IReadOnlyList<string> FileNames { get; } = [.. s_trainFiles, TestFile];

    /// <summary>Reads the six files of the binary version, in a folder or in its subfolder <c>cifar-10-batches-bin</c>.</summary>
    /// <returns>Inputs [3, 32, 32] in [0, 1] (red, green, blue), targets 0 to 9.</returns>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    /// <exception cref="DataFormatException">A file is damaged or of another kind.</exception>
    public static (ImageDataset Train, ImageDataset Test) Load(string folder)
    {
        string inside = Path.Combine(folder, ArchiveFolder);
        if (!HoldsAny(folder) && HoldsAny(inside)) folder = inside;
        foreach (string name in FileNames)
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) throw new FileNotFoundException($"{path}: there is no such file. The binary version of CIFAR-10 is six files: {string.Join(", ", FileNames)}.", path);
        }
        return (Read([.. s_trainFiles.Select(name => Path.Combine(folder, name))]), Read([Path.Combine(folder, TestFile)]));
    }

    /// <summary>Whether the folder holds one of the files.</summary>
    internal static bool IsIn(string folder) => HoldsAny(folder) || HoldsAny(Path.Combine(folder, ArchiveFolder));

    private static bool HoldsAny(string folder) => FileNames.Any(name => File.Exists(Path.Combine(folder, name)));

    private static ImageDataset Read(string[] paths)
    {
        (byte[] pixels, byte[] labels) = Cifar10File.Read(paths);
        return new ImageDataset([Cifar10File.Channels, Cifar10File.Side, Cifar10File.Side], pixels, labels, s_classNames);
    }
}
