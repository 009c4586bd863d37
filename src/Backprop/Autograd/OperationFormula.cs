using System.Globalization;

namespace Backprop;

/// <summary>What an operation computes and what its derivatives are, written for people: <c>c = a · b</c>, <c>∂c/∂a = b</c>, <c>∂c/∂b = a</c>.</summary>
/// <remarks>
/// A derivative of the result, <c>∂c/∂a = b</c>, holds element by element; backward multiplies what arrives by it. Where the derivative is no such slope, it says what
/// backward makes of what arrives: <c>∂L/∂W = ∂L/∂yᵀ · x</c>.
/// </remarks>
public sealed class OperationFormula
{
    private readonly string[] _derivatives;

    /// <summary>A formula.</summary>
    /// <param name="value">The result: <c>c = a · b</c>.</param>
    /// <param name="derivatives">One for each input, in their order: <c>∂c/∂a = b</c> or <c>∂L/∂a = …</c>.</param>
    /// <exception cref="ArgumentException">A formula is not of this form.</exception>
    public OperationFormula(string value, params ReadOnlySpan<string> derivatives)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.IndexOf(" = ", StringComparison.Ordinal) <= 0) throw new ArgumentException($"OperationFormula: \"{value}\" does not say what is computed; write \"y = …\".", nameof(value));
        (Value, Result, _derivatives) = (value, value[..value.IndexOf(" = ", StringComparison.Ordinal)], derivatives.ToArray());
        foreach (string derivative in _derivatives)
        {
            if (!IsSlope(derivative) && !derivative.StartsWith("∂L/∂", StringComparison.Ordinal) || derivative.IndexOf(" = ", StringComparison.Ordinal) < 0)
            {
                throw new ArgumentException($"OperationFormula: \"{derivative}\" is no derivative of {Result}; write \"∂{Result}/∂x = …\", or \"∂L/∂x = …\" for what backward makes of ∂L/∂{Result}.", nameof(derivatives));
            }
        }
    }

    /// <summary>The result: <c>c = a · b</c>.</summary>
    public string Value { get; }

    /// <summary>What the result is called: <c>c</c>.</summary>
    public string Result { get; }

    /// <summary>One derivative for each input.</summary>
    public IReadOnlyList<string> Derivatives => _derivatives;

    /// <summary>What an input is called: <c>a</c>.</summary>
    public string Input(int index)
    {
        string derivative = _derivatives[index];
        int start = derivative.IndexOf("/∂", StringComparison.Ordinal) + 2;
        return derivative[start..derivative.IndexOf(" = ", StringComparison.Ordinal)];
    }

    /// <summary>Whether the derivative by an input is a slope, element by element.</summary>
    public bool IsSlope(int index) => IsSlope(_derivatives[index]);

    /// <summary>The formula, then its derivatives, separated by commas.</summary>
    public override string ToString() => string.Join(", ", [Value, .. _derivatives]);

    /// <summary>A number in a formula.</summary>
    internal static string Text(double number) => number.ToString("G6", CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>An exponent in a formula: <c>x²</c>, <c>x^0.5</c>.</summary>
    internal static string Power(string symbol, double exponent) => exponent switch
    {
        1 => symbol,
        2 => symbol + "²",
        3 => symbol + "³",
        _ => $"{symbol}^{Text(exponent)}",
    };

    /// <summary>A term as it stands among factors: in parentheses if it is a sum, or has cases.</summary>
    internal static string Factor(string term)
    {
        (int depth, bool isMagnitude) = (0, false);
        for (int i = 0; i < term.Length; i++)
        {
            if (term[i] is '(' or '[') depth++;
            else if (term[i] is ')' or ']') depth--;
            else if (term[i] == '|') isMagnitude = !isMagnitude;
            else if (depth == 0 && !isMagnitude && term.AsSpan(i) is ['+' or '−' or ',', ' ', ..]) return $"({term})"; // a sign has no space behind it
        }
        return term;
    }

    private bool IsSlope(string derivative) => derivative.StartsWith($"∂{Result}/∂", StringComparison.Ordinal);
}
