using System.Globalization;
using System.Text;

namespace Backprop.Cli.Screen;

/// <summary>Lines at the bottom of a terminal that are written over. Those that stay as they are are not written again, and the rest goes out at once: nothing flickers.</summary>
internal sealed class LiveLines(TextWriter writer)
{
    private string[] _shown = []; // the cursor is in the last of them

    /// <summary>Shows lines in place of those that are shown; each has to be narrower than the terminal.</summary>
    public void Show(string[] lines)
    {
        var text = new StringBuilder();
        GoToFirst(text);
        for (int i = 0; i < lines.Length; i++)
        {
            if (i > 0) text.Append("\r\n");
            if (i >= _shown.Length || lines[i] != _shown[i]) text.Append(lines[i]).Append("\e[K");
        }
        if (lines.Length < _shown.Length) text.Append("\e[J");
        Write(text);
        _shown = lines;
    }

    /// <summary>Takes the lines away; what is written next stands in their place.</summary>
    public void Clear()
    {
        if (_shown.Length == 0) return;
        var text = new StringBuilder();
        GoToFirst(text);
        Write(text.Append("\e[J"));
        _shown = [];
    }

    private void GoToFirst(StringBuilder text)
    {
        if (_shown.Length > 1) text.Append(CultureInfo.InvariantCulture, $"\e[{_shown.Length - 1}A");
        text.Append('\r');
    }

    private void Write(StringBuilder text)
    {
        writer.Write(text.ToString());
        writer.Flush();
    }
}
