namespace Backprop;

/// <summary>Text from a file in the message of an error: in quotes, not long, and nothing in it that would steer a terminal.</summary>
internal static class Quote
{
    private const int MostLength = 120;

    public static string Of(ReadOnlySpan<char> text)
    {
        bool isLong = text.Length > MostLength;
        Span<char> shown = stackalloc char[Math.Min(text.Length, MostLength)];
        text[..shown.Length].CopyTo(shown);
        foreach (ref char letter in shown)
        {
            if (char.IsControl(letter) || char.IsSurrogate(letter)) letter = '?';
        }
        return $"\"{shown}{(isLong ? "…" : "")}\"";
    }
}
