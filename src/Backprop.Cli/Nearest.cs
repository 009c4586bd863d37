namespace Backprop.Cli;

/// <summary>Guesses what a mistyped word was meant to be.</summary>
internal static class Nearest
{
    /// <summary><c>; did you mean 'WORD'?</c> for the known word that is close enough, else nothing.</summary>
    public static string Suggestion(string word, IEnumerable<string> known)
    {
        string? best = known.Where(candidate => candidate.Length > 0).MinBy(candidate => Distance(word, candidate));
        bool close = best is not null && (Distance(word, best) <= Math.Max(1, best.Length / 3) || (word.Length > 3 && best.StartsWith(word, StringComparison.Ordinal)));
        return close ? $"; did you mean '{best}'?" : "";
    }

    /// <summary>The fewest letters to insert, remove, change or swap with a neighbour (optimal string alignment).</summary>
    public static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(change, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
