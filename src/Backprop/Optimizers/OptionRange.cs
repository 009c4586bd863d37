namespace Backprop;

/// <summary>Refuses settings that no update rule has a meaning for, NaN among them.</summary>
internal static class OptionRange
{
    public static double NotNegative(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be a number from 0 up.");

    /// <summary>A share of what was before: 1 would never hear anything new.</summary>
    public static double Fraction(double value, string name) =>
        value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be in [0, 1).");
}
