using System.Globalization;

namespace Backprop.Cli.Figures;

/// <summary>An axis: what it shows, with its unit, and from where to where.</summary>
/// <param name="Name">What it shows; empty where a neighbour says it.</param>
/// <param name="From">The number at the left or the bottom.</param>
/// <param name="To">The number at the right or the top.</param>
/// <param name="IsLogarithmic">Whether equal distances are equal factors.</param>
internal sealed record Axis(string Name, double From, double To, bool IsLogarithmic = false)
{
    /// <summary>How far along the axis a number is: 0 at its beginning, 1 at its end.</summary>
    public double Place(double number) => IsLogarithmic ? Math.Log(number / From) / Math.Log(To / From) : (number - From) / (To - From);

    /// <summary>The round numbers to be written at the axis, at most so many.</summary>
    public IEnumerable<double> Ticks(int most)
    {
        if (IsLogarithmic)
        {
            int first = (int)Math.Ceiling(Math.Log10(From) - 1e-9), last = (int)Math.Floor(Math.Log10(To) + 1e-9), stride = (last - first) / most + 1;
            for (int power = first; power <= last; power += stride) yield return Math.Pow(10, power);
            yield break;
        }
        double step = RoundUp((To - From) / most);
        for (long i = (long)Math.Ceiling(From / step - 1e-9); i * step <= To + 1e-9 * step; i++) yield return i * step;
    }

    /// <summary>How a number is written: with a true minus, and powers of ten as such.</summary>
    public string Text(double number)
    {
        string text = IsLogarithmic && (number < 0.01 || number >= 10_000)
            ? "10" + string.Concat(Math.Round(Math.Log10(number)).ToString(CultureInfo.InvariantCulture).Select(Raised))
            : number.ToString("0.####", CultureInfo.InvariantCulture);
        return text.Replace('-', '−');
    }

    /// <summary>The next number up of 1, 2 or 5 times a power of ten.</summary>
    private static double RoundUp(double number)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(number)));
        return power * (number / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        };
    }

    private static char Raised(char digit) => digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0'];
}
