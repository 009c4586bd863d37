using static Backprop.Cli.Proof.Numbers;

namespace Backprop.Cli.Proof;

/// <summary>Operations that move elements and compute nothing. The extremes pass through them bit by bit.</summary>
internal static class ShapeCases
{
    private static readonly double[] s_any = [1, Inf, NaN, -0.0, Tiny, -Big];

    private static readonly Tensor s_matrix = Of([2, 3], s_any);

    public static IEnumerable<OperationCase> All =>
    [
        new("Reshape", inputs => inputs[0].Reshape(-1, 2))
        {
            Shapes = [[[3, 4]], [[2, 3, 4]], [[2]], [[0, 2]]],
            Stated = [new([s_matrix], s_any, [1, 2, 3, 4, 5, 6]) { Upstream = [1, 2, 3, 4, 5, 6] }],
        },
        new("Permute", inputs => inputs[0].Permute(2, 0, 1))
        {
            Shapes = [[[2, 3, 4]], [[1, 3, 1]], [[2, 0, 3]]],
            Stated = [new([Of([1, 2, 3], s_any)], [1, -0.0, Inf, Tiny, NaN, -Big], [1, 3, 5, 2, 4, 6]) { Upstream = [1, 2, 3, 4, 5, 6] }],
        },
        new("Transpose", inputs => inputs[0].Transpose())
        {
            Shapes = [[[3, 4]], [[2, 3, 4]], [[1, 1]], [[0, 2]]],
            Stated = [new([s_matrix], [1, -0.0, Inf, Tiny, NaN, -Big], [1, 3, 5, 2, 4, 6]) { Upstream = [1, 2, 3, 4, 5, 6] }],
        },
        new("Permute, then a product with the same tensor", inputs => inputs[0].Permute(1, 0).MatMul(inputs[0]))
        {
            Shapes = [[[3, 4]], [[1, 1]]],
            Stated = [new([Of([1, 2], 1, 2)], [1, 2, 2, 4], [2 * 1 + 2 * 2, 2 * 1 + 4 * 2]) { Upstream = [1, 1, 1, 2] }], // x (U + Uᵀ)
        },
        new("Slice", inputs => inputs[0].Slice(.., new SliceRange(1, null, 2)))
        {
            Shapes = [[[3, 4]], [[2, 5, 3]], [[2, 1]], [[0, 3]]],
            Stated = [new([s_matrix], [Inf, Tiny], [0, 7, 0, 0, 8, 0]) { Upstream = [7, 8] }],
        },
        new("Concatenate", inputs => Tensor.Concatenate(1, inputs[0], inputs[1], inputs[0]))
        {
            Shapes = [[[2, 3], [2, 1]], [[2, 3, 2], [2, 2, 2]], [[2, 0], [2, 3]], [[0, 1], [0, 1]]],
            Stated = [new([Of([1, 2], NaN, -0.0), Of([1, 1], Inf)], [NaN, -0.0, Inf, NaN, -0.0], [1 + 4, 2 + 5], [3]) { Upstream = [1, 2, 3, 4, 5] }],
        },
        new("Pad", inputs => inputs[0].Pad([(1, 0), (0, 2)], value: 9))
        {
            Shapes = [[[3, 4]], [[1, 1]], [[0, 2]]],
            Stated = [new([Of([1, 2], NaN, -0.0)], [9, 9, 9, 9, NaN, -0.0, 9, 9], [5, 6]) { Upstream = [1, 2, 3, 4, 5, 6, 7, 8] }],
        },
        new("BroadcastTo", inputs => inputs[0].BroadcastTo([2, 3, 4]))
        {
            Shapes = [[[3, 4]], [[3, 1]], [[2, 1, 4]], [[1]], [Shape.Scalar]],
            Stated = [new([Of([3, 1], Inf, NaN, -0.0)], [.. Enumerable.Repeat(new[] { Inf, NaN, -0.0 }, 2).SelectMany(row => row.SelectMany(x => Enumerable.Repeat(x, 4)))], [8, 8, 8])],
        },
        new("IndexSelect", inputs => inputs[0].IndexSelect(1, Tensor.From(2, 0, 2)))
        {
            Shapes = [[[2, 3]], [[2, 4, 2]], [[0, 3]]],
            Stated = [new([s_matrix], [NaN, 1, NaN, -Big, -0.0, -Big], [2, 0, 1 + 3, 5, 0, 4 + 6]) { Upstream = [1, 2, 3, 4, 5, 6] }],
        },
        new("Gather", inputs => inputs[0].Gather(1, Tensor.From([2, 2, 0, 1], [2, 2])))
        {
            Shapes = [[[2, 3]], [[2, 7]]],
            Stated = [new([s_matrix], [NaN, NaN, -0.0, Tiny], [0, 0, 1 + 2, 3, 4, 0]) { Upstream = [1, 2, 3, 4] }],
        },
        new("Cast to float32 and back", inputs => inputs[0].To(DType.Float32).To(DType.Float64))
        {
            Shapes = [], // a step of 6e-6 is lost among the roundings: there is no central difference to compare with
            Stated = [new([Of(1.5, Inf, NaN, -0.0, Tiny, Big)], [1.5, Inf, NaN, -0.0, (float)Tiny, Big], [1, 2, 3, 4, 5, 6]) { Upstream = [1, 2, 3, 4, 5, 6] }],
        },
    ];
}
