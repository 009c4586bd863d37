namespace Backprop;

/// <summary>The kinds of data set that <see cref="DataFolder"/> recognises.</summary>
public enum DataFolderKind
{
    /// <summary>The files of MNIST, or others that are named like them.</summary>
    Mnist,

    /// <summary>The binary files of CIFAR-10.</summary>
    Cifar10,

    /// <summary>Tables of numbers, <c>train.csv</c> and <c>test.csv</c>.</summary>
    Csv,
}

/// <summary>A data set in a folder, recognised by the names of its files.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Train">The examples to learn from.</param>
/// <param name="Test">The examples to be judged by.</param>
public sealed record DataFolder(DataFolderKind Kind, Dataset Train, Dataset Test)
{
    private const string TrainCsv = "train.csv", TestCsv = "test.csv";
    private const int Listed = 8; // files named in a message

    /// <summary>Reads the data set in a folder.</summary>
    /// <remarks>Tables are of classes: the column named <c>label</c> or <c>class</c>, otherwise the last one, holds the class. <see cref="CsvFile"/> reads others.</remarks>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The folder holds no data set of a known kind, or not all of its files.</exception>
    /// <exception cref="DataFormatException">A file is damaged or of another kind than its name says.</exception>
    public static DataFolder Open(string folder)
    {
        DataFolderKind kind = Recognise(folder);
        if (kind != DataFolderKind.Csv)
        {
            (ImageDataset train, ImageDataset test) = Images(folder, kind);
            return new DataFolder(kind, train, test);
        }
        int label = CsvFile.FindColumn(Path.Combine(folder, TrainCsv), "label", "class"); // if there is none −1, which is the last column
        TensorDataset learnt = CsvFile.ReadClasses(Path.Combine(folder, TrainCsv), label);
        return new DataFolder(kind, learnt, CsvFile.ReadClasses(Path.Combine(folder, TestCsv), label, learnt.ClassNames));
    }

    /// <summary>Reads the images in a folder: <see cref="Mnist"/> or <see cref="Cifar10"/>.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The folder holds no images in files of a known kind, or not all of the files.</exception>
    /// <exception cref="DataFormatException">A file is damaged or of another kind than its name says.</exception>
    public static (ImageDataset Train, ImageDataset Test) LoadImages(string folder)
    {
        DataFolderKind kind = Recognise(folder);
        return kind == DataFolderKind.Csv
            ? throw new FileNotFoundException($"{folder}: the data set is tables ({TrainCsv}, {TestCsv}), and images are needed: MNIST or CIFAR-10 in their own files.")
            : Images(folder, kind);
    }

    private static DataFolderKind Recognise(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: there is no such folder.{(File.Exists(folder) ? " It is a file: give the folder it is in." : "")}");
        return Mnist.IsIn(folder) ? DataFolderKind.Mnist
            : Cifar10.IsIn(folder) ? DataFolderKind.Cifar10
            : File.Exists(Path.Combine(folder, TrainCsv)) && File.Exists(Path.Combine(folder, TestCsv)) ? DataFolderKind.Csv
            : throw Unknown(folder);
    }

    private static (ImageDataset Train, ImageDataset Test) Images(string folder, DataFolderKind kind) => kind == DataFolderKind.Mnist ? Mnist.Load(folder) : Cifar10.Load(folder);

    private static FileNotFoundException Unknown(string folder)
    {
        string[] names = [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        string found = names.Length == 0 ? "nothing" : string.Join(", ", names.Take(Listed)) + (names.Length > Listed ? $" and {names.Length - Listed} more" : "");
        return new FileNotFoundException(string.Join(Environment.NewLine,
            $"{folder}: no data set of a known kind.",
            $"  found  {found}",
            $"  needs  MNIST: {string.Join(", ", Mnist.FileNames)} (or .gz)",
            $"         or CIFAR-10, binary version: {string.Join(", ", Cifar10.FileNames)}",
            $"         or tables: {TrainCsv}, {TestCsv}"));
    }
}
