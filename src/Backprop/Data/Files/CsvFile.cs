using System.Globalization;

namespace Backprop;

/// <summary>Reads tables of numbers in text: an example a line, one column the label, all others inputs.</summary>
/// <remarks>
/// UTF-8, with a decimal point whatever the culture of the machine; fields may stand in quotes; empty lines are passed over. A first line without a number beside the label holds
/// the names of the columns.
/// </remarks>
public static class CsvFile
{
    private const int MaximumClasses = 1 << 16; // a label above is no class number but the mistake of another column

    /// <summary>Reads examples of classes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="label">The column of the class: numbers from 0, or names.</param>
    /// <param name="classNames">The classes by number, where another file has settled them (<c>train.ClassNames</c>); otherwise the numbers up to the greatest of this file, or its names in alphabetical order.</param>
    /// <param name="separator">What stands between values.</param>
    /// <returns>Inputs Float32 [n, columns − 1], targets Int32 [n], in the order of the file.</returns>
    /// <exception cref="DataFormatException">A line or a value does not fit; the message names line and column.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static TensorDataset ReadClasses(string path, CsvColumn label, IReadOnlyList<string>? classNames = null, char separator = ',')
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ReadClasses(File.ReadAllBytes(path), path, label, classNames, separator);
    }

    /// <summary>Reads examples of classes in a file of which only the bytes are there.</summary>
    internal static TensorDataset ReadClasses(byte[] bytes, string name, CsvColumn label, IReadOnlyList<string>? classNames = null, char separator = ',')
    {
        var classes = new CsvClasses(classNames, MaximumClasses);
        Tensor inputs = Read(bytes, name, separator, label, classes.Prepare, classes.Add);
        (Tensor targets, IReadOnlyList<string> names) = classes.Finish();
        return new TensorDataset(inputs, targets, names);
    }

    /// <summary>Reads examples of a number to be predicted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The column of the number.</param>
    /// <param name="separator">What stands between values.</param>
    /// <returns>Inputs Float32 [n, columns − 1], targets Float32 [n, 1], in the order of the file.</returns>
    /// <inheritdoc cref="ReadClasses(string, CsvColumn, IReadOnlyList{string}, char)" path="/exception"/>
    public static TensorDataset ReadValues(string path, CsvColumn target, char separator = ',')
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ReadValues(File.ReadAllBytes(path), path, target, separator);
    }

    /// <summary>Reads examples of a number in a file of which only the bytes are there.</summary>
    internal static TensorDataset ReadValues(byte[] bytes, string name, CsvColumn target, char separator = ',')
    {
        float[] values = [];
        int count = 0;
        Tensor inputs = Read(bytes, name, separator, target, rows => values = new float[rows], line => values[count++] = Number(line));
        return new TensorDataset(inputs, Tensor.From<float>(values, [values.Length, 1]));
    }

    /// <summary>The number of the first of these columns that the first line names; −1 where it names none.</summary>
    internal static int FindColumn(string path, params ReadOnlySpan<string> names)
    {
        var line = new CsvReader(File.ReadAllBytes(path), path);
        if (!line.ReadLine()) return -1;
        int first = -1;
        foreach (string name in names)
        {
            if (line.Find(name) is >= 0 and int column && (first < 0 || column < first)) first = column;
        }
        return first;
    }

    /// <summary>The inputs. <paramref name="prepare"/> is told the number of examples; then <paramref name="addLabel"/> takes the field that the reader is at, for each of them.</summary>
    private static Tensor Read(byte[] bytes, string name, char separator, CsvColumn label, Action<int> prepare, Action<CsvReader> addLabel)
    {
        var file = new CsvReader(bytes, name, separator);
        if (!file.ReadLine()) throw file.Error("there is no line in the file.");
        int columns = file.Count, labelColumn = label.Find(file);
        if (columns < 2) throw file.Error("one column is the label and there is no other; is the separator right?");
        bool isNames = label.IsNamed || HoldsNames(file, labelColumn);

        int lines = 1;
        for (; file.ReadLine(); lines++) // all lines are looked at before anything is allocated for them
        {
            if (file.Count != columns) throw file.Error($"found {file.Count} values, and the first line has {columns}.");
        }
        int rows = isNames ? lines - 1 : lines, next = 0;
        if (rows == 0) throw file.Error("there is no example under the names.");

        Tensor inputs = Tensor.Uninitialized<float>([rows, columns - 1]);
        Span<float> numbers = inputs.AsSpan<float>();
        prepare(rows);
        file = new CsvReader(bytes, name, separator);
        if (isNames) file.ReadLine();
        while (file.ReadLine())
        {
            while (file.ReadField())
            {
                if (file.Column == labelColumn) addLabel(file);
                else numbers[next++] = Number(file);
            }
        }
        return inputs;
    }

    private static bool HoldsNames(CsvReader line, int label)
    {
        line.Rewind();
        while (line.ReadField())
        {
            if (line.Column != label && IsNumber(line.Field, out _)) return false;
        }
        return true;
    }

    private static float Number(CsvReader line) => IsNumber(line.Field, out float number) && float.IsFinite(number)
        ? number
        : throw line.ErrorHere($"found '{line.Excerpt}' where a finite number must stand.");

    private static bool IsNumber(ReadOnlySpan<byte> field, out float number) =>
        float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && field[^1] != 0; // .NET passes over zero characters at the end of a number
}
