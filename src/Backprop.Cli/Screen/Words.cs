using System.Globalization;

namespace Backprop.Cli.Screen;

/// <summary>How numbers of a training are written.</summary>
internal static class Words
{
    /// <summary>A metric's name, where there is little room.</summary>
    public static string Short(string metric) => metric == "accuracy" ? "acc" : metric;

    /// <summary>A loss or a metric.</summary>
    public static string Number(double value) => value.ToString(Math.Abs(value) < 1e5 ? "F4" : "0.000E+0", CultureInfo.InvariantCulture);

    /// <summary>A speed, which has no more than three digits that mean something.</summary>
    public static string Speed(double value) => value.ToString(value < 100 ? "G3" : "N0", CultureInfo.InvariantCulture);

    public static string Duration(double seconds) => seconds switch
    {
        < 0.1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:F0} ms"),
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s"),
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60} min {(int)seconds % 60:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)seconds / 3600} h {(long)seconds / 60 % 60:00} min"),
    };
}
