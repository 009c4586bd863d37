using static Backprop.Cli.Proof.Numbers;

namespace Backprop.Cli.Proof;

/// <summary>Normalization and dropout. Known results: x = 1, 2, 3 has mean 2 and deviation √⅔.</summary>
internal static class NormalizationCases
{
    private const double Z = 1.224744871391589; // 1 / √⅔

    private static readonly double[] s_normal = [-Z, 0, Z], s_slopes = [Z / 6, -Z / 3, Z / 6]; // under the upstream gradient 1, 0, 0

    public static IEnumerable<OperationCase> All =>
    [
        new("BatchNorm in training", inputs => inputs[0].BatchNorm(null, null, inputs[1], inputs[2], training: true))
        {
            Shapes = [[[5, 3], [3], [3]], [[4, 3, 5], [3], [3]], [[2, 3, 4, 2], [3], [3]], [[4, 1], [1], [1]]],
            Stated =
            [
                new([Of([2, 1], Inf, 1), Of([1], 1), Of([1], 0)], [NaN, NaN], [NaN, NaN], [NaN], [2]), new([Of([2, 1], 5, 5), Of([1], 2), Of([1], 7)], [7, 7], [0, 0], [0], [2]),
                new([Of([2, 1], NaN, 1), Of([1], 1), Of([1], 0)], [NaN, NaN], [NaN, NaN], [NaN], [2]),
            ],
        },
        new("BatchNorm in training, by hand", inputs => inputs[0].BatchNorm(null, null, null, null, training: true, epsilon: 0))
        {
            Shapes = [[[5, 3]]],
            Stated = [new([Of([3, 1], 1, 2, 3)], s_normal, s_slopes) { Upstream = [1, 0, 0] }, new([Of([3, 1], Big + 1, Big + 2, Big + 3)], s_normal, s_slopes) { Upstream = [1, 0, 0] }],
        },
        new("BatchNorm in evaluation", inputs => inputs[0].BatchNorm(Tensor.From(1.0, 2, 3).To(inputs[0].DType), Tensor.From(4.0, 1, 0.25).To(inputs[0].DType), inputs[1], inputs[2], training: false, epsilon: 0))
        {
            Shapes = [[[5, 3], [3], [3]], [[2, 3, 4, 2], [3], [3]], [[1, 3], [3], [3]], [[0, 3], [3], [3]]],
            Stated =
            [
                new([Of([1, 3], 3, 3, 3), Of(10, 20, 30), Of(1, 2, 3)], [11, 22, 3], [5, 20, 60], [1, 1, 0], [1, 1, 1]),
                new([Of([1, 3], Inf, NaN, -Big), Of(1, 1, 1), Of(0, 0, 0)], [Inf, NaN, -2 * (Big + 3)], [0.5, 1, 2], [Inf, NaN, -2 * (Big + 3)], [1, 1, 1]),
            ],
        },
        new("LayerNorm", inputs => inputs[0].LayerNorm([3], inputs[1], inputs[2]))
        {
            Shapes = [[[4, 3], [3], [3]], [[2, 4, 3], [3], [3]], [[1, 3], [3], [3]], [[0, 3], [3], [3]]],
            Stated = [new([Of([1, 3], 5, 5, 5), Of(1, 2, 3), Of(7, 8, 9)], [7, 8, 9], null, [0, 0, 0], [1, 1, 1]), new([Of([1, 3], NaN, 1, 2), Of(1, 1, 1), Of(0, 0, 0)], [NaN, NaN, NaN], [NaN, NaN, NaN])],
        },
        new("LayerNorm, by hand", inputs => inputs[0].LayerNorm([3], epsilon: 0))
        {
            Shapes = [[[4, 3]]],
            Stated = [new([Of([1, 3], 1, 2, 3)], s_normal, s_slopes) { Upstream = [1, 0, 0] }, new([Of([1, 3], Big + 1, Big + 2, Big + 3)], s_normal, s_slopes) { Upstream = [1, 0, 0] }],
        },
        new("GroupNorm", inputs => inputs[0].GroupNorm(2, inputs[1], inputs[2]))
        {
            Shapes = [[[3, 4, 5], [4], [4]], [[2, 4, 3, 2], [4], [4]], [[0, 4, 3], [4], [4]]],
            Stated =
            [
                new([Of([1, 4], 5, 5, 6, 6), Of(1, 2, 3, 4), Of(7, 8, 9, 10)], [7, 8, 9, 10], null, [0, 0, 0, 0], [1, 1, 1, 1]),
                new([Of([1, 4], NaN, 1, 2, 2), Of(1, 1, 1, 1), Of(0, 0, 0, 0)], [NaN, NaN, 0, 0], [NaN, NaN, 0, 0]),
            ],
        },
        new("GroupNorm, by hand", inputs => inputs[0].GroupNorm(1, epsilon: 0)) { Shapes = [[[2, 4, 3]]], Stated = [new([Of([1, 3], 1, 2, 3)], s_normal, s_slopes) { Upstream = [1, 0, 0] }] },
        new("Dropout", inputs => inputs[0].Dropout(0.25, new RandomSource(1)))
        {
            Shapes = [[[3, 4]], [[50]], [[1]], [[0]]],
            Stated = [new([Of([0])], [], [])],
        },
        new("Dropout of everything", inputs => inputs[0].Dropout(1, new RandomSource(1))) { Shapes = [[[3, 4]]], Stated = [new([Of(1, Inf, NaN, -0.0, Tiny, -Big)], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0])] },
    ];
}
