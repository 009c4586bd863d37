namespace Backprop;

/// <summary>A column of a table, by its name in the first line or by its number: 0 is the first, −1 the last. Written as a string or an int.</summary>
public readonly struct CsvColumn
{
    private readonly string? _name;
    private readonly int _number;

    private CsvColumn(string? name, int number) => (_name, _number) = (name, number);

    /// <summary>The column of this name.</summary>
    public static implicit operator CsvColumn(string name) => FromString(name);

    /// <summary>The column of this number, from 0; −1 is the last.</summary>
    public static implicit operator CsvColumn(int number) => FromInt32(number);

    /// <summary>The column of this name.</summary>
    public static CsvColumn FromString(string name) => new(name ?? throw new ArgumentNullException(nameof(name)), 0);

    /// <summary>The column of this number, from 0; −1 is the last.</summary>
    public static CsvColumn FromInt32(int number) => new(null, number);

    /// <summary>The name in quotes, or the number.</summary>
    public override string ToString() => _name is null ? $"{_number}" : $"'{_name}'";

    /// <summary>Whether the column is given by its name, so that the first line must hold names.</summary>
    internal bool IsNamed => _name is not null;

    /// <summary>The number of the column among those of the line that a reader is at, counted from 0.</summary>
    /// <exception cref="DataFormatException">There is no such column.</exception>
    internal int Find(CsvReader line)
    {
        int column = _name is not null ? line.Find(_name) : _number < 0 ? _number + line.Count : _number;
        if (column >= 0 && column < line.Count) return column;
        throw line.Error(IsNamed ? $"there is no column {this}: found {line.Names()}." : $"there is no column {this}: {line.Count} were found, numbered from 0.");
    }
}
