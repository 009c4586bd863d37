using static Backprop.Cli.Proof.Numbers;

namespace Backprop.Cli.Proof;

/// <summary>Functions that make one number of several.</summary>
internal static class ReductionCases
{
    private static readonly Shape[][] s_shapes = [[[3, 4]], [[2, 3, 4]], [[1, 5]], [[4, 1]], [[1, 1]]];

    public static IEnumerable<OperationCase> All =>
    [
        new("Sum", inputs => inputs[0].Sum())
        {
            Shapes = [.. s_shapes, [Shape.Scalar], [[0]], [[2, 0]]],
            Stated =
            [
                new([Of([2, 2], 1, 2, 3, 4)], [10], [5, 5, 5, 5]) { Upstream = [5] },
                new([Of(Big, -Big, 1)], [1], [1, 1, 1]), new([Of(Inf, 1)], [Inf], [1, 1]), new([Of(Inf, -Inf)], [NaN], [1, 1]), new([Of(NaN, 1)], [NaN], [1, 1]),
                new([Of(Tiny, Tiny)], [2 * Tiny], [1, 1]), new([Of([0])], [0], []),
            ],
        },
        new("Sum along axes", inputs => inputs[0].Sum([0, -1], keepAxes: true))
        {
            Shapes = [[[3, 4]], [[2, 3, 4]], [[2, 1, 3]], [[0, 3]], [[2, 0]]],
            Stated = [new([Of([2, 2, 1], 1, 2, 3, 4)], [4, 6], [10, 20, 10, 20]) { Upstream = [10, 20] }],
        },
        new("Mean", inputs => inputs[0].Mean(-1))
        {
            Shapes = [.. s_shapes, [[0, 3]]],
            Stated =
            [
                new([Of([2, 2], 1, 2, 3, 5)], [1.5, 4], [5, 5, 10, 10]) { Upstream = [10, 20] },
                new([Of(Big, -Big)], [0], [0.5, 0.5]), new([Of(Inf, 1)], [Inf], [0.5, 0.5]), new([Of(Inf, -Inf)], [NaN], [0.5, 0.5]), new([Of(NaN, 1)], [NaN], [0.5, 0.5]),
                new([Of(Tiny, 3 * Tiny)], [2 * Tiny], [0.5, 0.5]), new([Of([1, 0])], [NaN], []),
            ],
        },
        new("Max along an axis: the first of equals has the gradient", inputs => inputs[0].Max(-1))
        {
            Shapes = [.. s_shapes, [[0, 3]]],
            Stated =
            [
                new([Of([2, 3], 1, 3, 2, 6, 6, 5)], [3, 6], [0, 10, 0, 20, 0, 0]) { Upstream = [10, 20] },
                new([Of(Big, -Big)], [Big], [1, 0]), new([Of(-Inf, Inf)], [Inf], [0, 1]), new([Of(-Inf, -Inf)], [-Inf], [1, 0]), new([Of(1, NaN, 2)], [NaN], [0, 1, 0]), new([Of(0, Tiny)], [Tiny], [0, 1]),
            ],
        },
        new("Max of all: equals share the gradient", inputs => inputs[0].Max())
        {
            Shapes = [.. s_shapes, [Shape.Scalar]],
            Stated = [new([Of([2, 2], 1, 3, 3, 2)], [3], [0, 5, 5, 0]) { Upstream = [10] }, new([Of(Inf, 1, Inf)], [Inf], [0.5, 0, 0.5])],
        },
        new("Min along an axis: the first of equals has the gradient", inputs => inputs[0].Min(-1))
        {
            Shapes = [.. s_shapes, [[0, 3]]],
            Stated =
            [
                new([Of([2, 3], 1, 3, 2, 6, 5, 5)], [1, 5], [10, 0, 0, 0, 20, 0]) { Upstream = [10, 20] },
                new([Of(Big, -Big)], [-Big], [0, 1]), new([Of(-Inf, Inf)], [-Inf], [1, 0]), new([Of(1, NaN, 2)], [NaN], [0, 1, 0]), new([Of(0, Tiny)], [0], [1, 0]),
            ],
        },
        new("Min of all: equals share the gradient", inputs => inputs[0].Min())
        {
            Shapes = [.. s_shapes, [Shape.Scalar]],
            Stated = [new([Of([2, 2], 1, 3, 1, 2)], [1], [5, 0, 5, 0]) { Upstream = [10] }],
        },
        new("Variance", inputs => inputs[0].Variance(-1))
        {
            Shapes = [[[3, 4]], [[2, 3, 4]], [[1, 5]], [[0, 3]]],
            Stated =
            [
                new([Of([1, 3], 1, 2, 6)], [7], [-2, -1, 3]), // mean 3; (4 + 1 + 9) / 2; 2 (x - 3) / 2
                new([Of(Big, -Big)], [2e8], [2 * Big, -2 * Big]), new([Of(Inf, 1)], [NaN], [NaN, -Inf]), new([Of(NaN, 1)], [NaN], [NaN, NaN]), new([Of([1], 5)], [NaN], [NaN]),
                new([Of(4, 4)], [0], [0, 0]),
            ],
        },
        new("Softmax", inputs => inputs[0].Softmax())
        {
            Shapes = [.. s_shapes, [[0, 3]]],
            Stated =
            [
                new([Of(0, Math.Log(3))], [0.25, 0.75], [0.1875, -0.1875]) { Upstream = [1, 0] },
                new([Of(Big, 0, -Big)], [1, 0, 0], [0, 0, 0]), new([Of(Inf, 0)], [NaN, NaN], [NaN, NaN]), new([Of(-Inf, 0)], [0, 1], [0, 0]), new([Of(NaN, 0)], [NaN, NaN], [NaN, NaN]),
                new([Of(Tiny, -0.0)], [0.5, 0.5], [0, 0]), new([Of([1], 7)], [1], [0]),
            ],
        },
        new("Softmax along axis 0", inputs => inputs[0].Softmax(0)) { Shapes = [.. s_shapes, [[3, 0]]], Stated = [new([Of([2, 1], 0, Math.Log(3))], [0.25, 0.75], [0.1875, -0.1875]) { Upstream = [1, 0] }] },
        new("LogSoftmax", inputs => inputs[0].LogSoftmax())
        {
            Shapes = [.. s_shapes, [[0, 3]]],
            Stated =
            [
                new([Of(0, Math.Log(3))], [-Math.Log(4), Math.Log(0.75)], [0.75, -0.75]) { Upstream = [1, 0] },
                new([Of(Big, 0, -Big)], [0, -Big, -2 * Big], [-2, 1, 1]), new([Of(-Inf, 0)], [-Inf, 0], [1, -1]), new([Of(NaN, 0)], [NaN, NaN], [NaN, NaN]), new([Of([1], 7)], [0], [0]),
            ],
        },
        new("LogSoftmax along axis 0", inputs => inputs[0].LogSoftmax(0)) { Shapes = [.. s_shapes, [[3, 0]]], Stated = [new([Of([2, 1], 0, Math.Log(3))], [-Math.Log(4), Math.Log(0.75)], [0.75, -0.75]) { Upstream = [1, 0] }] },
    ];
}
