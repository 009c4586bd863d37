using System.Globalization;
using System.Numerics;

namespace Backprop.Tests.Kernels;

/// <summary>A number with 192 binary digits, mantissa · 2^exponent, and the functions that 53 digits are to be judged by, as their series say.</summary>
internal readonly struct Precise
{
    private const int Digits = 192;

    private static readonly Precise s_ln2 = Ln2();

    private static readonly Precise s_inverseRootOfTwoPi =
        new Precise(BigInteger.Parse("39894228040143267793994605993438186847585863116493465766592582967", CultureInfo.InvariantCulture), 0) / new Precise(BigInteger.Pow(10, 65), 0);

    private readonly BigInteger _mantissa;
    private readonly int _exponent;

    private Precise(BigInteger mantissa, int exponent)
    {
        int excess = Math.Max(0, (int)mantissa.GetBitLength() - Digits);
        (_mantissa, _exponent) = (mantissa >> excess, exponent + excess);
    }

    /// <summary>Exactly x; infinity is 2¹⁰²⁴, the number that it is rounded from.</summary>
    public static implicit operator Precise(double x)
    {
        if (double.IsInfinity(x)) return new(Math.Sign(x), 1024);
        long bits = BitConverter.DoubleToInt64Bits(x), fraction = bits & ((1L << 52) - 1);
        int exponent = (int)(bits >> 52) & 0x7FF;
        return new(Math.CopySign(1, x) < 0 ? -Whole() : Whole(), Math.Max(exponent, 1) - 1075);

        BigInteger Whole() => exponent == 0 ? fraction : fraction | (1L << 52);
    }

    public static explicit operator double(Precise x) => Math.ScaleB((double)x._mantissa, x._exponent);

    public static Precise operator -(Precise x) => new(-x._mantissa, x._exponent);

    public static Precise operator +(Precise a, Precise b)
    {
        if (a._mantissa.IsZero) return b;
        if (b._mantissa.IsZero) return a;
        if (a._exponent < b._exponent) (a, b) = (b, a);
        int shift = a._exponent - b._exponent;
        return shift > 3 * Digits ? a : new((a._mantissa << shift) + b._mantissa, b._exponent);
    }

    public static Precise operator -(Precise a, Precise b) => a + -b;

    public static Precise operator *(Precise a, Precise b) => new(a._mantissa * b._mantissa, a._exponent + b._exponent);

    public static Precise operator /(Precise a, Precise b)
    {
        int shift = Math.Max(0, Digits + (int)b._mantissa.GetBitLength() - (int)a._mantissa.GetBitLength() + 1);
        return new((a._mantissa << shift) / b._mantissa, a._exponent - b._exponent - shift);
    }

    /// <summary>How far a double is from this number, in units of the last place a double of this size has; beyond the range of double, nothing is as near as infinity.</summary>
    public double UnitsTo(double actual)
    {
        Precise limited = Magnitude >= 1024 ? new(_mantissa.Sign, 1024) : this, difference = actual - limited;
        return Math.Abs(Math.ScaleB((double)difference._mantissa, difference._exponent - Math.Max(limited.Magnitude - 52, -1074)));
    }

    /// <summary>⌊log₂ |x|⌋.</summary>
    private int Magnitude => _mantissa.IsZero ? int.MinValue / 2 : (int)BigInteger.Abs(_mantissa).GetBitLength() - 1 + _exponent;

    /// <summary>eˣ = 2ⁿ · (eʳ)²⁵⁶ with x = n·ln 2 + 256·r, eʳ by its series. Far beyond the range of double it is any number there.</summary>
    public static Precise Exp(Precise x)
    {
        if (x.Magnitude >= 11) return new(1, 4000 * x._mantissa.Sign);
        int n = (int)Math.Round((double)x / Math.Log(2));
        Precise r = x - s_ln2 * n, power = 1 + Series(new(r._mantissa, r._exponent - 8));
        for (int i = 0; i < 8; i++) power *= power;
        return new(power._mantissa, power._exponent + n);
    }

    /// <summary>eˣ − 1.</summary>
    public static Precise ExpM1(Precise x) => x.Magnitude < -1 ? Series(x) : Exp(x) - 1;

    /// <summary>ln x = y + ln(x·e⁻ʸ), where y is a good guess, so that the second logarithm is that of nearly 1.</summary>
    public static Precise Log(Precise x)
    {
        int scale = x.Magnitude;
        double guess = Math.Log((double)new Precise(x._mantissa, x._exponent - scale));
        return guess + s_ln2 * scale + LogNearOne(new Precise(x._mantissa, x._exponent - scale) * Exp(-guess) - 1);
    }

    /// <summary>ln(1 + x).</summary>
    public static Precise Log1P(Precise x) => x.Magnitude < -40 ? LogNearOne(x) : Log(1 + x);

    public static Precise Tanh(Precise x)
    {
        if (x.Magnitude >= 6) return x._mantissa.Sign; // less than 2⁻¹⁸⁰ from it
        Precise e = ExpM1(x + x);
        return e / (e + 2);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static Precise Sigmoid(Precise x) => 1 / (1 + Exp(-x));

    /// <summary>φ(x), the density of the standard normal distribution.</summary>
    public static Precise Density(Precise x) => Exp(-(x * x) / 2) * s_inverseRootOfTwoPi;

    /// <summary>Φ(x), the standard normal distribution: as <see cref="Reference.Below"/>.</summary>
    public static Precise Below(Precise x)
    {
        if (x._mantissa.Sign > 0) return 1 - Below(-x);
        if (x.Magnitude >= 2) // −4 and below
        {
            Precise fraction = -x;
            for (int k = 200; k > 0; k--) fraction = k / fraction - x;
            return Density(x) / fraction;
        }
        Precise term = x, sum = x;
        for (int k = 3; term.Magnitude > -Digits; k += 2) sum += term = term * x * x / k;
        return 0.5 + Density(x) * sum;
    }

    /// <summary>x + x²/2! + x³/3! + …, for a small x.</summary>
    private static Precise Series(Precise x)
    {
        Precise term = x, sum = x;
        for (int k = 2; !term._mantissa.IsZero && term.Magnitude > x.Magnitude - Digits; k++) sum += term = term * x / k;
        return sum;
    }

    /// <summary>d − d²/2 + d³/3 − …, for a d below 2⁻⁴⁰.</summary>
    private static Precise LogNearOne(Precise d)
    {
        Precise power = d, sum = d;
        for (int k = 2; k <= 5; k++) sum += (power *= -d) / k;
        return sum;
    }

    /// <summary>Σ 1 / (k·2ᵏ).</summary>
    private static Precise Ln2()
    {
        Precise sum = 0;
        for (int k = 1; k <= Digits + 8; k++) sum += new Precise(1, -k) / k;
        return sum;
    }
}
