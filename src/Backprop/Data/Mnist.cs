namespace Backprop;

/// <summary>MNIST, and whatever comes in files like its own (Fashion-MNIST, KMNIST): grey images of ten classes.</summary>
/// <remarks>Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits": 60 000 images of 28×28 pixels to learn from, 10 000 to be judged by.</remarks>
public static class Mnist
{
    private const int ClassCount = 10;

    internal static IReadOnlyList<string> FileNames { get; } =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

    /// <summary>Reads the four files in a folder, each packed (<c>.gz</c>) or not.</summary>
    /// <returns>Inputs [1, height, width] in [0, 1], targets 0 to 9.</returns>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    /// <exception cref="DataFormatException">A file is damaged or of another kind.</exception>
    public static (ImageDataset Train, ImageDataset Test) Load(string folder)
    {
        string[] paths = [.. FileNames.Select(name => Find(folder, name) ?? throw Missing(folder, name))]; // all of them before the first is read
        return (Read(paths[0], paths[1]), Read(paths[2], paths[3]));
    }

    /// <summary>Whether the folder holds one of the files.</summary>
    internal static bool IsIn(string folder) => FileNames.Any(name => Find(folder, name) is not null);

    private static string? Find(string folder, string name)
    {
        string dotted = name.Replace("-idx", ".idx", StringComparison.Ordinal); // as some mirrors name them
        return new[] { name, name + ".gz", dotted, dotted + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }

    private static FileNotFoundException Missing(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return new FileNotFoundException($"{path}: there is no such file, and no {name}.gz. MNIST is four files: {string.Join(", ", FileNames)}.", path);
    }

    private static ImageDataset Read(string imagePath, string labelPath)
    {
        IdxFile images = IdxFile.Read(imagePath), labels = IdxFile.Read(labelPath);
        if (images.Shape.Rank != 3) throw new DataFormatException(imagePath, 3, $"the axes are {images.Shape}, where [images, height, width] must stand. Is it a file of labels?");
        if (labels.Shape.Rank != 1) throw new DataFormatException(labelPath, 3, $"the axes are {labels.Shape}, where [images] must stand. Is it a file of images?");
        if (labels.Shape[0] != images.Shape[0])
        {
            throw new DataFormatException(labelPath, 4, $"{labels.Shape[0]} labels for the {images.Shape[0]} images of {Path.GetFileName(imagePath)}. Take both files from the same place.");
        }
        byte[] classes = labels.Bytes.ToArray();
        int wrong = classes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(ClassCount - 1));
        if (wrong >= 0) throw new DataFormatException(labelPath, 8 + wrong, $"label {classes[wrong]}, where 0 to 9 must stand.");
        return new ImageDataset([1, images.Shape[1], images.Shape[2]], images.Bytes, classes, [.. Enumerable.Range(0, ClassCount).Select(digit => $"{digit}")]);
    }
}
