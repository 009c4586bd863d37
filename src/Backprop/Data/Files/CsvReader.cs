using System.Text;

namespace Backprop;

/// <summary>Goes through a table in UTF-8 line by line and finds the fields, without making strings of them.</summary>
internal sealed class CsvReader
{
    private readonly string _path;
    private readonly byte[] _bytes;
    private readonly byte _separator;
    private readonly List<(int Start, int Length)> _fields = [];
    private int _next, _start;

    public CsvReader(string path, char separator = ',')
    {
        if (separator is >= (char)128 or '"' or '\n' or '\r')
        {
            throw new ArgumentOutOfRangeException(nameof(separator), separator, "The separator must be an ASCII character, and neither a quote nor an end of line.");
        }
        (_path, _bytes, _separator) = (path, File.ReadAllBytes(path), (byte)separator);
        if (_bytes is [0xef, 0xbb, 0xbf, ..]) _next = 3; // the mark that some editors put before UTF-8
    }

    /// <summary>The number of the line that was read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>How many fields it has.</summary>
    public int Count => _fields.Count;

    /// <summary>A field of it, without the spaces and quotes around.</summary>
    public ReadOnlySpan<byte> this[int column] => _bytes.AsSpan(_fields[column].Start, _fields[column].Length);

    /// <summary>A field as text.</summary>
    public string Text(int column) => Encoding.UTF8.GetString(this[column]).Replace("\"\"", "\"", StringComparison.Ordinal);

    /// <summary>The fields as text.</summary>
    public string[] Texts() => [.. Enumerable.Range(0, Count).Select(Text)];

    /// <summary>Goes to the next line that is not empty; false where there is none.</summary>
    public bool ReadLine()
    {
        while (_next < _bytes.Length)
        {
            _start = _next;
            int length = _bytes.AsSpan(_start).IndexOf((byte)'\n');
            if (length < 0) length = _bytes.Length - _start;
            _next = _start + length + 1;
            Line++;
            _fields.Clear();
            if (_bytes.AsSpan(_start, length).Trim(" \t\r"u8).IsEmpty) continue;
            Split(_start, _start + length);
            return true;
        }
        return false;
    }

    /// <summary>The error in a column of the line that was read last, from 0, or in the line as a whole where that is −1.</summary>
    public DataFormatException Error(int column, string problem) => column < 0
        ? new(_path, _start, $"line {Line}: {problem}")
        : new(_path, _fields[column].Start, $"line {Line}, column {column + 1}: {problem}");

    private void Split(int start, int end)
    {
        for (int next; ; start = next + 1)
        {
            start = SkipSpaces(start, end);
            if (start < end && _bytes[start] == '"')
            {
                int close = ClosingQuote(start + 1, end);
                _fields.Add((start + 1, close - start - 1));
                next = SkipSpaces(close + 1, end);
                if (next < end && _bytes[next] != _separator) throw Error(Count - 1, "something follows the closing quote.");
            }
            else
            {
                int length = _bytes.AsSpan(start, end - start).IndexOf(_separator), last;
                last = next = length < 0 ? end : start + length;
                while (last > start && IsSpace(_bytes[last - 1])) last--;
                _fields.Add((start, last - start));
            }
            if (next >= end) return;
        }
    }

    private int ClosingQuote(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (_bytes[i] != '"') continue;
            if (i + 1 == end || _bytes[i + 1] != '"') return i;
            i++; // a doubled quote is one of the text
        }
        _fields.Add((start, 0));
        throw Error(Count - 1, "a quote is opened and not closed in the line.");
    }

    private int SkipSpaces(int start, int end)
    {
        while (start < end && IsSpace(_bytes[start])) start++;
        return start;
    }

    private bool IsSpace(byte value) => value != _separator && (value is (byte)' ' or (byte)'\t' or (byte)'\r');
}
