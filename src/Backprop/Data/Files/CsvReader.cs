using System.Text;

namespace Backprop;

/// <summary>Goes through a table in UTF-8 line by line and field by field, and keeps no more than the place: a table of any width takes no memory beside its bytes.</summary>
internal sealed class CsvReader
{
    private const int MostQuoted = 60;

    private readonly string _name;
    private readonly byte[] _bytes;
    private readonly byte _separator;
    private int _nextLine, _lineStart, _lineEnd; // of the line that was read last
    private int _next, _start, _end;             // of the field that was read last; the next one starts at _next, and −1 there is none

    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="separator">What stands between fields.</param>
    public CsvReader(byte[] bytes, string name, char separator = ',')
    {
        if (separator is >= (char)128 or '"' or '\n' or '\r')
        {
            throw new ArgumentOutOfRangeException(nameof(separator), separator, "The separator must be an ASCII character, and neither a quote nor an end of line.");
        }
        (_name, _bytes, _separator) = (name, bytes, (byte)separator);
        if (_bytes is [0xef, 0xbb, 0xbf, ..]) _nextLine = 3; // the mark that some editors put before UTF-8
    }

    /// <summary>The number of the line that was read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>How many fields it has.</summary>
    public int Count { get; private set; }

    /// <summary>The number of the field that was read last, from 0.</summary>
    public int Column { get; private set; }

    /// <summary>The field that was read last, without the spaces and quotes around.</summary>
    public ReadOnlySpan<byte> Field => _bytes.AsSpan(_start, _end - _start);

    /// <summary>The same as text.</summary>
    public string Text => Encoding.UTF8.GetString(Field).Replace("\"\"", "\"", StringComparison.Ordinal);

    /// <summary>Its beginning, for a message.</summary>
    public string Excerpt => Field.Length <= MostQuoted ? Text : Encoding.UTF8.GetString(Field[..MostQuoted]) + "...";

    /// <summary>Goes to the next line that is not empty, before its first field; false where there is none.</summary>
    public bool ReadLine()
    {
        while (_nextLine < _bytes.Length)
        {
            _lineStart = _nextLine;
            int length = _bytes.AsSpan(_lineStart).IndexOf((byte)'\n');
            _lineEnd = length < 0 ? _bytes.Length : _lineStart + length;
            _nextLine = _lineEnd + 1;
            Line++;
            ReadOnlySpan<byte> line = _bytes.AsSpan(_lineStart, _lineEnd - _lineStart);
            if (line.Trim(" \t\r"u8).IsEmpty) continue;
            Rewind();
            Count = line.Contains((byte)'"') ? CountFields() : 1 + line.Count(_separator);
            return true;
        }
        return false;
    }

    /// <summary>Goes back to before the first field of the line.</summary>
    public void Rewind() => (_next, Column) = (_lineStart, -1);

    /// <summary>Goes to the next field of the line; false where there is none.</summary>
    public bool ReadField()
    {
        if (_next < 0) return false;
        Column++;
        _start = SkipSpaces(_next);
        int stop;
        if (_start < _lineEnd && _bytes[_start] == '"')
        {
            _end = ClosingQuote(++_start);
            stop = SkipSpaces(_end + 1);
            if (stop < _lineEnd && _bytes[stop] != _separator) throw ErrorHere("something follows the closing quote.");
        }
        else
        {
            int length = _bytes.AsSpan(_start, _lineEnd - _start).IndexOf(_separator);
            _end = stop = length < 0 ? _lineEnd : _start + length;
            while (_end > _start && IsSpace(_bytes[_end - 1])) _end--;
        }
        _next = stop < _lineEnd ? stop + 1 : -1;
        return true;
    }

    /// <summary>The column of this name, from 0; −1 where there is none. Leaves the reader before the first field.</summary>
    public int Find(string name)
    {
        int found = -1;
        while (found < 0 && ReadField())
        {
            if (Field.Length <= 2 * Encoding.UTF8.GetMaxByteCount(name.Length) && Text == name) found = Column;
        }
        Rewind();
        return found;
    }

    /// <summary>The first fields of the line, for a message.</summary>
    public string Names()
    {
        const int most = 20;
        var names = new List<string>();
        Rewind();
        while (names.Count < most && ReadField()) names.Add(Excerpt);
        return string.Join(", ", names) + (Count > most ? ", ..." : "");
    }

    /// <summary>The error in the line that was read last.</summary>
    public DataFormatException Error(string problem) => new(_name, _lineStart, $"line {Line}: {problem}");

    /// <summary>The error in the field that was read last.</summary>
    public DataFormatException ErrorHere(string problem) => new(_name, _start, $"line {Line}, column {Column + 1}: {problem}");

    private int CountFields()
    {
        while (ReadField()) { }
        int count = Column + 1;
        Rewind();
        return count;
    }

    private int ClosingQuote(int start)
    {
        for (int i = start; i < _lineEnd; i++)
        {
            if (_bytes[i] != '"') continue;
            if (i + 1 == _lineEnd || _bytes[i + 1] != '"') return i;
            i++; // a doubled quote is one of the text
        }
        throw ErrorHere("a quote is opened and not closed in the line.");
    }

    private int SkipSpaces(int start)
    {
        while (start < _lineEnd && IsSpace(_bytes[start])) start++;
        return start;
    }

    private bool IsSpace(byte value) => value != _separator && (value is (byte)' ' or (byte)'\t' or (byte)'\r');
}
