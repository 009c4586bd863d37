using static Backprop.Cli.Proof.Numbers;

namespace Backprop.Cli.Proof;

/// <summary>Functions of one number. Each row is (x, y, dy/dx), as PyTorch has it in float64: ordinary numbers first, then the extremes.</summary>
internal static class ElementwiseCases
{
    public static IEnumerable<OperationCase> All =>
    [
        Unary("AddNumber", x => x + 1.5, (-2, 2),
            (-1, 0.5, 1), (0, 1.5, 1), (2, 3.5, 1),
            (Big, 10001.5, 1), (-Big, -9998.5, 1), (Inf, Inf, 1), (-Inf, -Inf, 1), (NaN, NaN, 1), (Tiny, 1.5, 1), (-0.0, 1.5, 1)),
        Unary("SubtractFromNumber", x => 1 - x, (-2, 2),
            (-1, 2, -1), (0, 1, -1), (2, -1, -1),
            (Big, -9999, -1), (-Big, 10001, -1), (Inf, -Inf, -1), (-Inf, Inf, -1), (NaN, NaN, -1), (Tiny, 1, -1), (-0.0, 1, -1)),
        Unary("Negate", x => -x, (-2, 2),
            (-1, 1, -1), (0, -0.0, -1), (2, -2, -1),
            (Big, -Big, -1), (-Big, Big, -1), (Inf, -Inf, -1), (-Inf, Inf, -1), (NaN, NaN, -1), (Tiny, -1E-40, -1), (-0.0, 0, -1)),
        Unary("MultiplyByNumber", x => x * 2, (-2, 2),
            (-1, -2, 2), (0, 0, 2), (2, 4, 2),
            (Big, 20000, 2), (-Big, -20000, 2), (Inf, Inf, 2), (-Inf, -Inf, 2), (NaN, NaN, 2), (Tiny, 2E-40, 2), (-0.0, -0.0, 2)),
        Unary("DivideByNumber", x => x / 4, (-2, 2),
            (-1, -0.25, 0.25), (0, 0, 0.25), (2, 0.5, 0.25),
            (Big, 2500, 0.25), (-Big, -2500, 0.25), (Inf, Inf, 0.25), (-Inf, -Inf, 0.25), (NaN, NaN, 0.25), (Tiny, 2.5E-41, 0.25), (-0.0, -0.0, 0.25)),
        Unary("DivideNumber", x => 2 / x, (0.5, 2),
            (-1, -2, -2), (0, Inf, -Inf), (2, 1, -0.5),
            (Big, 0.0002, -2E-08), (-Big, -0.0002, -2E-08), (Inf, 0, -0.0), (-Inf, -0.0, -0.0), (NaN, NaN, NaN), (Tiny, 2E+40, -2E+80), (-0.0, -Inf, -Inf)),
        Unary("PowNumber", x => x.Pow(3), (-2, 2),
            (-1, -1, 3), (0, 0, 0), (2, 8, 12),
            (Big, 1000000000000, 300000000), (-Big, -1000000000000, 300000000), (Inf, Inf, Inf), (-Inf, -Inf, Inf), (NaN, NaN, NaN), (Tiny, 9.999999999999996E-121, 2.9999999999999993E-80), (-0.0, -0.0, 0)),
        Unary("Exp", x => x.Exp(), (-2, 2),
            (-1, 0.36787944117144233, 0.36787944117144233), (0, 1, 1), (2, 7.38905609893065, 7.38905609893065),
            (Big, Inf, Inf), (-Big, 0, 0), (Inf, Inf, Inf), (-Inf, 0, 0), (NaN, NaN, NaN), (Tiny, 1, 1), (-0.0, 1, 1)),
        Unary("Log", x => x.Log(), (0.3, 3),
            (-1, NaN, -1), (0, -Inf, Inf), (2, 0.6931471805599453, 0.5),
            (Big, 9.210340371976184, 0.0001), (-Big, NaN, -0.0001), (Inf, Inf, 0), (-Inf, NaN, -0.0), (NaN, NaN, NaN), (Tiny, -92.10340371976183, 1E+40), (-0.0, -Inf, -Inf)),
        Unary("Sqrt", x => x.Sqrt(), (0.3, 3),
            (-1, NaN, NaN), (0, 0, Inf), (2, 1.4142135623730951, 0.35355339059327373),
            (Big, 100, 0.005), (-Big, NaN, NaN), (Inf, Inf, 0), (-Inf, NaN, NaN), (NaN, NaN, NaN), (Tiny, 1E-20, 5E+19), (-0.0, -0.0, -Inf)),
        Unary("Abs", x => x.Abs(), (-2, 2),
            (-1, 1, -1), (0, 0, 0), (2, 2, 1),
            (Big, Big, 1), (-Big, Big, -1), (Inf, Inf, 1), (-Inf, Inf, -1), (NaN, NaN, 0), (Tiny, Tiny, 1), (-0.0, 0, 0)),
        Unary("Clamp", x => x.Clamp(-1, 1), (-2, 2),
            (-1, -1, 1), (0, 0, 1), (2, 1, 0),
            (Big, 1, 0), (-Big, -1, 0), (Inf, 1, 0), (-Inf, -1, 0), (NaN, NaN, 0), (Tiny, Tiny, 1), (-0.0, -0.0, 1)),
    ];
}
