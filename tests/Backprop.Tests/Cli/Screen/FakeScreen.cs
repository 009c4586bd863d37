using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Backprop.Tests;

/// <summary>A terminal that does what it is told: it keeps the lines that a user would see, and counts what no user wants to see.</summary>
internal sealed partial class FakeScreen(int columns) : StringWriter(CultureInfo.InvariantCulture)
{
    private readonly List<StringBuilder> _lines = [new()];
    private int _row, _column;

    /// <summary>How often something was written that begins by going back to the line's beginning.</summary>
    public int Refreshes { get; private set; }

    /// <summary>Characters that did not fit into their line.</summary>
    public int Wrapped { get; private set; }

    /// <summary>What is to be seen, with all that has scrolled away.</summary>
    public string[] Lines => [.. _lines.Select(line => line.ToString().TrimEnd())];

    public override void Write(string? value)
    {
        base.Write(value);
        if (value is null) return;
        if (value.TrimStart('\e').Contains('\r') && !value.EndsWith('\n')) Refreshes++;
        foreach (Match token in Tokens().Matches(value)) Do(token.Value);
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void WriteLine() => Write("\n");

    [GeneratedRegex(@"\e\[[\d;]*[A-Za-z]|.|\n", RegexOptions.Singleline)]
    private static partial Regex Tokens();

    private void Do(string token)
    {
        if (token == "\r") _column = 0;
        else if (token == "\n")
        {
            _column = 0;
            if (++_row == _lines.Count) _lines.Add(new StringBuilder());
        }
        else if (token[0] == '\e') Control(token[^1], token[2..^1]);
        else
        {
            if (_column >= columns) Wrapped++;
            StringBuilder line = _lines[_row];
            while (line.Length <= _column) line.Append(' ');
            line[_column++] = token[0];
        }
    }

    private void Control(char command, string argument)
    {
        switch (command)
        {
            case 'A':
                _row -= int.Parse(argument, CultureInfo.InvariantCulture);
                break;
            case 'K' or 'J':
                _lines[_row].Length = Math.Min(_lines[_row].Length, _column);
                if (command == 'J') _lines.RemoveRange(_row + 1, _lines.Count - _row - 1);
                break;
            case 'm':
                break;
            default:
                throw new InvalidOperationException($"This terminal does not know \\e[{argument}{command}.");
        }
    }
}
