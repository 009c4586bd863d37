using static Backprop.Cli.Proof.Numbers;

namespace Backprop.Cli.Proof;

/// <summary>The losses, in their input and, where that is differentiable, in their target.</summary>
internal static class LossCases
{
    private const double Ln2 = 0.6931471805599453;

    private static readonly Shape[][] s_pairs = [[[3, 4], [3, 4]], [[2, 3, 2], [2, 3, 2]], [[1], [1]], [Shape.Scalar, Shape.Scalar]];

    public static IEnumerable<OperationCase> All =>
    [
        new("Mse", inputs => Losses.Mse(inputs[0], inputs[1]))
        {
            Shapes = s_pairs,
            Stated =
            [
                new([Of(1, 5), Of(3, 2)], [6.5], [-2, 3], [2, -3]), new([Of(Big), Of(-Big)], [4e8], [4 * Big], [-4 * Big]), new([Of(Inf), Of(0)], [Inf], [Inf], [-Inf]),
                new([Of(NaN, 1), Of(0, 1)], [NaN], [NaN, 0], [NaN, 0]), new([Of([0]), Of([0])], [NaN], [], []),
            ],
        },
        new("L1", inputs => Losses.L1(inputs[0], inputs[1]))
        {
            Shapes = s_pairs,
            Stated = [new([Of(1, 5, 2, 2), Of(3, 2, 2, 3)], [1.5], [-0.25, 0.25, 0, -0.25], [0.25, -0.25, 0, 0.25]), new([Of(Inf), Of(0)], [Inf], [1], [-1]), new([Of(Tiny), Of(0)], [Tiny], [1], [-1])],
        },
        new("SmoothL1", inputs => Losses.SmoothL1(inputs[0], inputs[1]))
        {
            Shapes = s_pairs,
            Stated = [new([Of(0, 3), Of(0.5, 0)], [(0.125 + 2.5) / 2], [-0.25, 0.5], [0.25, -0.5]), new([Of(Inf), Of(0)], [Inf], [1], [-1]), new([Of(Big), Of(0)], [Big - 0.5], [1], [-1]), new([Of(NaN), Of(0)], [NaN], [NaN], [NaN])],
        },
        new("Huber", inputs => Losses.Huber(inputs[0], inputs[1], 2))
        {
            Shapes = s_pairs,
            Stated = [new([Of(1, 5), Of(0, 0)], [(0.5 + 8) / 2], [0.5, 1], [-0.5, -1]), new([Of(Inf), Of(0)], [Inf], [2], [-2]), new([Of(-Big), Of(0)], [2 * (Big - 1)], [-2], [2]), new([Of(NaN), Of(0)], [NaN], [NaN], [NaN])],
        },
        new("Bce", inputs => Losses.Bce(inputs[0], inputs[1]))
        {
            Shapes = s_pairs,
            Domain = (0.2, 0.8),
            Stated = [new([Of(0.5, 0.25), Of(1, 0)], [(Ln2 + 0.2876820724517809) / 2], [-1, 2.0 / 3]), new([Of(1, 0), Of(0, 1)], [100]), new([Of(1, 0), Of(1, 0)], [0]), new([Of(NaN), Of(1)], [NaN])],
        },
        new("BceWithLogits", inputs => Losses.BceWithLogits(inputs[0], inputs[1]))
        {
            Shapes = s_pairs,
            Stated =
            [
                new([Of(0, 0), Of(1, 0)], [Ln2], [-0.25, 0.25]), new([Of(Big, -Big), Of(0, 1)], [Big], [0.5, -0.5]), new([Of(Big, -Big), Of(1, 0)], [0], [0, 0]), new([Of(NaN), Of(1)], [NaN], [NaN]),
                new([Of(Tiny), Of(1)], [Ln2], [-0.5]),
            ],
        },
        new("KlDiv", inputs => Losses.KlDiv(inputs[0], inputs[1], logTarget: false, Reduction.Sum))
        {
            Shapes = s_pairs,
            Domain = (0.2, 2),
            Stated = [new([Of(-1, 2), Of(0.5, 0)], [0.5 * (1 - Ln2)], [-0.5, 0]), new([Of(-Inf), Of(0)], [0], null, null), new([Of(-Big), Of(1)], [Big], [-1]), new([Of(NaN), Of(1)], [NaN], [-1])],
        },
        new("KlDiv of logarithms", inputs => Losses.KlDiv(inputs[0], inputs[1], logTarget: true, Reduction.BatchMean))
        {
            Shapes = s_pairs,
            Stated = [new([Of([2, 1], -1, -2), Of([2, 1], 0, -Ln2)], [(1 + 0.5 * (2 - Ln2)) / 2], [-0.5, -0.25])],
        },
        new("CrossEntropy", inputs => Losses.CrossEntropy(inputs[0], Tensor.From(2, 0, 1)))
        {
            Shapes = [[[3, 4]], [[3, 3]]],
            Stated =
            [
                new([Of([3, 3])], [1.0986122886681098], [1.0 / 9, 1.0 / 9, -2.0 / 9, -2.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 9, -2.0 / 9, 1.0 / 9]),
                new([Of([3, 3], 0, 0, Big, Big, 0, 0, 0, Big, 0)], [0], [0, 0, 0, 0, 0, 0, 0, 0, 0]), new([Of([3, 3], Big, 0, 0, Big, 0, 0, 0, Big, 0)], [Big / 3], [1.0 / 3, 0, -1.0 / 3, 0, 0, 0, 0, 0, 0]),
                new([Of([3, 3], 0, 0, NaN, Big, 0, 0, 0, Big, 0)], [NaN]), new([Of([3, 3], -Inf, 0, 0, 0, -Inf, -Inf, -Inf, 0, -Inf)], [Ln2 / 3], [0, 1.0 / 6, -1.0 / 6, 0, 0, 0, 0, 0, 0]),
            ],
        },
        new("CrossEntropy with weights, an ignored label and smoothing", inputs => Losses.CrossEntropy(inputs[0], Tensor.From(2, -100, 1), Tensor.From(1.0, 2, 3).To(inputs[0].DType), labelSmoothing: 0.1))
        {
            Shapes = [[[3, 3]]],
            Stated = [new([Of([3, 3])], [1.0986122886681098 * (0.9 + 2 * 0.1 / 3 * 6 / 5)])],
        },
        new("CrossEntropy with probabilities", inputs => Losses.CrossEntropy(inputs[0], Tensor.From([0.5, 0.25, 0.25, 1, 0, 0], [2, 3]).To(inputs[0].DType)))
        {
            Shapes = [[[2, 3]]],
            Stated = [new([Of([2, 3])], [1.0986122886681098], [(1.0 / 3 - 0.5) / 2, (1.0 / 3 - 0.25) / 2, (1.0 / 3 - 0.25) / 2, -1.0 / 3, 1.0 / 6, 1.0 / 6])],
        },
        new("Nll", inputs => Losses.Nll(inputs[0], Tensor.From(2, 0)))
        {
            Shapes = [[[2, 3]], [[2, 4]]],
            Stated = [new([Of([2, 3], -1, -2, -3, -4, -5, -6)], [3.5], [0, 0, -0.5, -0.5, 0, 0]), new([Of([2, 3], 0, 0, -Inf, 0, NaN, 0)], [Inf], [0, 0, -0.5, -0.5, 0, 0])],
        },
    ];
}
