namespace Backprop;

/// <summary>The values of floating-point numbers of eight bits.</summary>
/// <remarks>
/// Sources: P. Micikevicius et al., "FP8 formats for deep learning" (2022), for E4M3 and E5M2; B. Noune et al., "8-bit numerical formats for deep neural networks" (2022), for those
/// that end in FNUZ: no infinity, one NaN, no negative zero, exponents one lower; Open Compute Project, "Microscaling formats" (2023), for E8M0: a power of two and nothing else.
/// </remarks>
internal static class Float8
{
    private static readonly float[] s_e4m3 = Table(bits => Value(bits, mantissaBits: 3, bias: 7, isNaN: (bits & 0x7F) == 0x7F));
    private static readonly float[] s_e5m2 = Table(bits => (bits & 0x7F) == 0x7C ? (bits < 0x80 ? float.PositiveInfinity : float.NegativeInfinity) : Value(bits, mantissaBits: 2, bias: 15, isNaN: (bits & 0x7F) > 0x7C));
    private static readonly float[] s_e4m3Fnuz = Table(bits => Value(bits, mantissaBits: 3, bias: 8, isNaN: bits == 0x80));
    private static readonly float[] s_e5m2Fnuz = Table(bits => Value(bits, mantissaBits: 2, bias: 16, isNaN: bits == 0x80));
    private static readonly float[] s_e8m0 = Table(bits => bits == 0xFF ? float.NaN : MathF.ScaleB(1, bits - 127));

    /// <summary>The value of each of the 256 bytes.</summary>
    public static ReadOnlySpan<float> Values(StoredType type) => type switch
    {
        StoredType.Float8E4M3 => s_e4m3,
        StoredType.Float8E5M2 => s_e5m2,
        StoredType.Float8E4M3Fnuz => s_e4m3Fnuz,
        StoredType.Float8E5M2Fnuz => s_e5m2Fnuz,
        _ => s_e8m0,
    };

    private static float[] Table(Func<int, float> value)
    {
        float[] values = new float[256];
        for (int bits = 0; bits < values.Length; bits++) values[bits] = value(bits);
        return values;
    }

    private static float Value(int bits, int mantissaBits, int bias, bool isNaN)
    {
        if (isNaN) return float.NaN;
        int exponent = (bits & 0x7F) >> mantissaBits, fraction = bits & ((1 << mantissaBits) - 1), one = 1 << mantissaBits;
        float size = exponent == 0 ? MathF.ScaleB(fraction, 1 - bias - mantissaBits) : MathF.ScaleB(one + fraction, exponent - bias - mantissaBits);
        return bits < 0x80 ? size : -size;
    }
}
