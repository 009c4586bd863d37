using System.Globalization;
using System.Runtime.InteropServices;

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
        var classes = new CsvClasses(classNames, MaximumClasses);
        Tensor inputs = Read(new CsvReader(path, separator), label, classes.Add);
        (Tensor targets, IReadOnlyList<string> names) = classes.Finish();
        return new TensorDataset(inputs, targets, names);
    }

    /// <summary>Reads examples of a number to be predicted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The column of the number.</param>
    /// <param name="separator">What stands between values.</param>
    /// <returns>Inputs Float32 [n, columns − 1], targets Float32 [n, 1], in the order of the file.</returns>
    /// <inheritdoc cref="ReadClasses" path="/exception"/>
    public static TensorDataset ReadValues(string path, CsvColumn target, char separator = ',')
    {
        var values = new List<float>();
        Tensor inputs = Read(new CsvReader(path, separator), target, (line, column) => values.Add(Number(line, column)));
        return new TensorDataset(inputs, Tensor.From<float>(CollectionsMarshal.AsSpan(values), [values.Count, 1]));
    }

    /// <summary>The fields of the first line: the names of the columns, where there are names.</summary>
    internal static string[] FirstLine(string path)
    {
        var file = new CsvReader(path);
        return file.ReadLine() ? file.Texts() : [];
    }

    private static Tensor Read(CsvReader file, CsvColumn label, Action<CsvReader, int> addLabel)
    {
        if (!file.ReadLine()) throw file.Error(-1, "there is no line in the file.");
        int columns = file.Count, labelColumn = label.Find(file);
        if (columns < 2) throw file.Error(-1, "one column is the label and there is no other; is the separator right?");
        bool isExample = !label.IsNamed && !HoldsNames(file, labelColumn);

        var inputs = new List<float>();
        for (bool more = isExample || file.ReadLine(); more; more = file.ReadLine())
        {
            if (file.Count != columns) throw file.Error(-1, $"found {file.Count} values, and the first line has {columns}.");
            for (int column = 0; column < columns; column++)
            {
                if (column == labelColumn) addLabel(file, column);
                else inputs.Add(Number(file, column));
            }
        }
        if (inputs.Count == 0) throw file.Error(-1, "there is no example under the names.");
        return Tensor.From<float>(CollectionsMarshal.AsSpan(inputs), [inputs.Count / (columns - 1), columns - 1]);
    }

    private static bool HoldsNames(CsvReader line, int label)
    {
        for (int column = 0; column < line.Count; column++)
        {
            if (column != label && IsNumber(line[column], out _)) return false;
        }
        return true;
    }

    private static float Number(CsvReader line, int column) => IsNumber(line[column], out float number) && float.IsFinite(number)
        ? number
        : throw line.Error(column, $"found '{line.Text(column)}' where a finite number must stand.");

    private static bool IsNumber(ReadOnlySpan<byte> field, out float number) => float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
