using static Backprop.Cli.Proof.Numbers;

namespace Backprop.Cli.Proof;

/// <summary>Functions of two numbers. Each row is (a, b, result, ∂/∂a, ∂/∂b).</summary>
internal static class ArithmeticCases
{
    public static IEnumerable<OperationCase> All =>
    [
        Binary("Add", (a, b) => a + b, (-2, 2),
            (2, 3, 5, 1, 1), (Big, -Big, 0, 1, 1), (Inf, 1, Inf, 1, 1), (Inf, -Inf, NaN, 1, 1), (NaN, 1, NaN, 1, 1), (Tiny, Tiny, 2 * Tiny, 1, 1), (-0.0, -0.0, -0.0, 1, 1), (-0.0, 0, 0, 1, 1)),
        Binary("Subtract", (a, b) => a - b, (-2, 2),
            (2, 3, -1, 1, -1), (Big, -Big, 2 * Big, 1, -1), (Inf, Inf, NaN, 1, -1), (-Inf, 1, -Inf, 1, -1), (1, NaN, NaN, 1, -1), (Tiny, 2 * Tiny, -Tiny, 1, -1), (-0.0, 0, -0.0, 1, -1)),
        Binary("Multiply", (a, b) => a * b, (-2, 2),
            (2, 3, 6, 3, 2), (Big, -Big, -1e8, -Big, Big), (Inf, -2, -Inf, -2, Inf), (Inf, 0, NaN, 0, Inf), (NaN, 2, NaN, 2, NaN), (Tiny, 2, 2 * Tiny, 2, Tiny), (-0.0, 3, -0.0, 3, -0.0)),
        Binary("Divide", (a, b) => a / b, (0.5, 2),
            (6, 3, 2, 1.0 / 3, -2.0 / 3), (Big, -Big, -1, -1e-4, -1e-4), (1, 0, Inf, Inf, -Inf), (0, 0, NaN, Inf, NaN), (1, Inf, 0, 0, 0), (Inf, Inf, NaN, 0, NaN), (NaN, 2, NaN, 0.5, NaN),
            (Tiny, 2, Tiny / 2, 0.5, -Tiny / 4), (-0.0, 2, -0.0, 0.5, 0)),
        Binary("Maximum", (a, b) => a.Maximum(b), (-2, 2),
            (2, 3, 3, 0, 1), (3, 2, 3, 1, 0), (2, 2, 2, 0.5, 0.5), (Big, -Big, Big, 1, 0), (Inf, 1, Inf, 1, 0), (-Inf, -Inf, -Inf, 0.5, 0.5), (NaN, 1, NaN, 1, 1), (1, NaN, NaN, 1, 1), (Tiny, 0, Tiny, 1, 0), (-0.0, -1, -0.0, 1, 0)),
        Binary("Minimum", (a, b) => a.Minimum(b), (-2, 2),
            (2, 3, 2, 1, 0), (3, 2, 2, 0, 1), (2, 2, 2, 0.5, 0.5), (Big, -Big, -Big, 0, 1), (Inf, 1, 1, 0, 1), (-Inf, -Inf, -Inf, 0.5, 0.5), (NaN, 1, NaN, 1, 1), (1, NaN, NaN, 1, 1), (Tiny, 0, 0, 0, 1), (-0.0, 1, -0.0, 1, 0)),
        Binary("Pow", (a, b) => a.Pow(b), (0.5, 2),
            (2, 3, 8, 12, 8 * 0.6931471805599453), (4, 0.5, 2, 0.25, 2 * 1.3862943611198906), (3, 0, 1, 0, 1.0986122886681098), (Inf, 2, Inf, Inf, Inf), (NaN, 2, NaN, NaN, NaN), (2, -Inf, 0, NaN, 0), (Tiny, 1, Tiny, 1, -92.10340371976183 * Tiny)),
    ];
}
