using System.Globalization;

namespace Backprop;

/// <summary>Numbers as the pictures show them: few digits, with a true minus sign.</summary>
internal static class NumberText
{
    /// <summary>Four digits: <c>2.2</c>, <c>0.09516</c>, <c>−1.2e−05</c>.</summary>
    public static string Short(double value) => Of(value, "G4");

    /// <summary>So many digits as are asked for.</summary>
    public static string Of(double value, int digits) => Of(value, string.Create(CultureInfo.InvariantCulture, $"G{digits}"));

    /// <summary>A factor in a product: in parentheses if it is negative.</summary>
    public static string Factor(double value) => value < 0 ? $"({Short(value)})" : Short(value);

    /// <summary>A shape without brackets: <c>1×28×28</c>; empty for a scalar.</summary>
    public static string Of(Shape shape) => string.Join('×', shape.ToArray().Select(length => length.ToString(CultureInfo.InvariantCulture)));

    private static string Of(double value, string format) => double.IsInfinity(value) ? (value > 0 ? "∞" : "−∞")
        : (value == 0 ? 0 : value).ToString(format, CultureInfo.InvariantCulture).Replace("E+", "e", StringComparison.Ordinal).Replace('E', 'e').Replace('-', '−');
}
