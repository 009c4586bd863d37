using static Backprop.Cli.Proof.Numbers;

namespace Backprop.Cli.Proof;

/// <summary>Sums of products and windows: matrices, convolutions, pooling, look-up tables.</summary>
internal static class ProductCases
{
    public static IEnumerable<OperationCase> All =>
    [
        new("MatMul", inputs => inputs[0].MatMul(inputs[1]))
        {
            Shapes =
            [
                [[3, 4], [4, 5]], [[4], [4]], [[3, 4], [4]], [[4], [4, 2]], [[2, 3, 4], [2, 4, 5]], [[2, 3, 4], [4, 5]], [[3, 4], [2, 4, 5]], [[2, 1, 3, 4], [5, 4, 2]],
                [[1, 1], [1, 1]], [[3, 0], [0, 2]], [[0, 4], [4, 2]], [[3, 4], [4, 0]],
            ],
            Stated =
            [
                new([Of([2, 2], 1, 2, 3, 4), Of([2, 2], 5, 6, 7, 8)], [19, 22, 43, 50], [11, 15, 11, 15], [4, 4, 6, 6]),
                new([Of([1, 2], Big, -Big), Of([2, 1], Big, Big)], [0], [Big, Big], [Big, -Big]),
                new([Of([2, 2], Inf, 1, 1, 1), Of([2, 1], 1, 1)], [Inf, 2], [1, 1, 1, 1], [Inf, 2]),
                new([Of([1, 2], NaN, 1), Of([2, 2], 0, 0, 1, 1)], [NaN, NaN], [0, 2], [NaN, NaN, 1, 1]), new([Of([1, 1], Tiny), Of([1, 1], 2)], [2 * Tiny], [2], [Tiny]),
                new([Of([1, 0]), Of([0, 2])], [0, 0], [], []),
            ],
        },
        new("Linear", inputs => inputs[0].Linear(inputs[1], inputs[2]))
        {
            Shapes = [[[3, 4], [2, 4], [2]], [[2, 3, 4], [5, 4], [5]], [[4], [2, 4], [2]], [[1, 1], [1, 1], [1]], [[0, 4], [2, 4], [2]], [[3, 0], [2, 0], [2]]],
            Stated =
            [
                new([Of([1, 2], 1, 2), Of([2, 2], 3, 4, 5, 6), Of(10, 20)], [21, 37], [13, 16], [1, 2, 2, 4], [1, 2]) { Upstream = [1, 2] },
                new([Of([1, 2], Inf, 0), Of([1, 2], 1, 1), Of([1], 1)], [Inf], [1, 1], [Inf, 0], [1]), new([Of([1, 1], NaN), Of([1, 1], 0), Of([1], 1)], [NaN], [0], [NaN], [1]),
            ],
        },
        new("Linear without bias", inputs => inputs[0].Linear(inputs[1])) { Shapes = [[[3, 4], [2, 4]], [[1, 1], [1, 1]]], Stated = [new([Of([1, 2], 1, 2), Of([1, 2], 3, 4)], [11], [3, 4], [1, 2])] },
        new("Conv1d", inputs => inputs[0].Conv1d(inputs[1], inputs[2], stride: 2, padding: 1, dilation: 2))
        {
            Shapes = [[[2, 3, 8], [4, 3, 3], [4]], [[1, 1, 3], [1, 1, 1], [1]], [[0, 1, 4], [2, 1, 2], [2]]],
            Stated = [new([Of([1, 1, 3], 1, 2, 3), Of([1, 1, 2], 10, 1), Of([1], 100)], [102, 120], [0, 1 + 10, 0], [2, 2], [2])],
        },
        new("Conv2d", inputs => inputs[0].Conv2d(inputs[1], inputs[2], padding: 1))
        {
            Shapes = [[[2, 3, 5, 4], [4, 3, 3, 3], [4]], [[1, 2, 3, 3], [2, 2, 1, 2], [2]], [[1, 1, 1, 1], [1, 1, 1, 1], [1]], [[0, 1, 3, 3], [2, 1, 3, 3], [2]]],
            Stated =
            [
                new([Of([1, 1, 2, 2], 1, 2, 3, 4), Of([1, 1, 3, 3], 0, 0, 0, 0, 1, 2, 0, 0, 0), Of([1], 10)], [15, 12, 21, 14], [1, 3, 1, 3], [1, 3, 2, 4, 10, 6, 3, 7, 4], [4]),
                new([Of([1, 1, 1, 1], Inf), Of([1, 1, 1, 1], 2), Of([1], 5)], [5, 5, 5, 5, Inf, 5, 5, 5, 5], [2], [Inf], [9]),
                new([Of([1, 1, 1, 1], NaN), Of([1, 1, 1, 1], 0), Of([1], 5)], [5, 5, 5, 5, NaN, 5, 5, 5, 5], [0], [NaN], [9]),
                new([Of([1, 1, 1, 1], Big), Of([1, 1, 1, 1], Tiny), Of([1], 0)], [0, 0, 0, 0, Big * Tiny, 0, 0, 0, 0], [Tiny], [Big], [9]),
            ],
        },
        new("Conv2d with stride, dilation and groups", inputs => inputs[0].Conv2d(inputs[1], stride: (2, 1), dilation: (1, 2), groups: 2))
        {
            Shapes = [[[2, 4, 5, 6], [6, 2, 2, 3]], [[1, 2, 3, 5], [2, 1, 3, 2]]],
            Stated = [new([Of([1, 2, 1, 3], 1, 2, 3, 4, 5, 6), Of([2, 1, 1, 2], 10, 1, 100, 10)], [13, 460], [10, 0, 1, 100, 0, 10], [1, 3, 4, 6])],
        },
        new("ConvTranspose2d", inputs => inputs[0].ConvTranspose2d(inputs[1], inputs[2], stride: 2, padding: 1, outputPadding: 1))
        {
            Shapes = [[[2, 3, 3, 2], [3, 4, 3, 3], [4]], [[1, 2, 2, 2], [2, 1, 3, 2], [1]], [[0, 1, 2, 2], [1, 2, 3, 3], [2]]],
            Stated = [new([Of([1, 1, 1, 1], 2), Of([1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9), Of([1], 100)], [110, 112, 116, 118], [5 + 6 + 8 + 9], [0, 0, 0, 0, 2, 2, 0, 2, 2], [4])],
        },
        new("ConvTranspose2d, overlapping", inputs => inputs[0].ConvTranspose2d(inputs[1]))
        {
            Shapes = [[[2, 3, 3, 2], [3, 2, 2, 2]], [[1, 1, 1, 1], [1, 1, 1, 1]]],
            Stated = [new([Of([1, 1, 1, 2], 1, 2), Of([1, 1, 1, 2], 3, 4)], [3, 10, 8], [7, 7], [3, 3])],
        },
        new("MaxPool1d", inputs => inputs[0].MaxPool1d(3, stride: 2, padding: 1))
        {
            Shapes = [[[2, 3, 7]], [[1, 1, 1]], [[0, 1, 4]]],
            Stated = [new([Of([1, 1, 4], 4, 5, 5, 2)], [5, 5], [0, 2, 0, 0]), new([Of([1, 1, 2], -Inf, -Big)], [-Big], [0, 1]), new([Of([1, 1, 2], 1, NaN)], [NaN], [0, 1])],
        },
        new("MaxPool2d", inputs => inputs[0].MaxPool2d(2))
        {
            Shapes = [[[2, 3, 5, 4]], [[1, 1, 2, 2]], [[0, 1, 4, 4]]],
            Stated =
            [
                new([Of([1, 1, 2, 4], 1, 3, 7, 7, 3, 2, 7, 7)], [3, 7], [0, 5, 6, 0, 0, 0, 0, 0]) { Upstream = [5, 6] },
                new([Of([1, 1, 2, 2], Inf, 1, 2, 3)], [Inf], [1, 0, 0, 0]), new([Of([1, 1, 2, 2], -Inf, -Inf, -Inf, -Inf)], [-Inf], [1, 0, 0, 0]), new([Of([1, 1, 2, 2], 1, 2, NaN, 3)], [NaN], [0, 0, 1, 0]),
                new([Of([1, 1, 2, 2], 0, Tiny, -Tiny, -Big)], [Tiny], [0, 1, 0, 0]),
            ],
        },
        new("Conv2d with the pooling behind it", inputs => // in a chain the two are one operation; the convolution's weights are 1, its bias 0.5
        {
            var convolution = new Conv2d(inputs[0].Shape[1], 2, (1, 2));
            convolution.Weight.AsSpan<float>().Fill(1);
            convolution.Bias!.AsSpan<float>().Fill(0.5f);
            var chain = new Sequential(convolution, new Relu(), new MaxPool2d(2));
            chain.To(inputs[0].DType);
            return chain.Forward(inputs[0]);
        })
        {
            Shapes = [[[2, 3, 5, 4]], [[1, 1, 2, 3]], [[0, 1, 4, 4]]],
            Stated =
            [
                new([Of([1, 1, 2, 3], 1, 2, 3, 4, 0, 0)], [5.5, 5.5], [0, 5 + 6, 5 + 6, 0, 0, 0]) { Upstream = [5, 6] }, // 3.5, 5.5, 4.5, 0.5
                new([Of([1, 1, 2, 3], -1, -2, -3, -4, -1, 0)], [0, 0], [0, 0, 0, 0, 0, 0]), new([Of([1, 1, 2, 3], 1, 1, NaN, 0, 0, 0)], [NaN, NaN], [0, 2, 2, 0, 0, 0]),
            ],
        },
        new("AvgPool1d", inputs => inputs[0].AvgPool1d(2, padding: 1)) { Shapes = [[[2, 3, 7]], [[1, 1, 1]], [[0, 1, 4]]], Stated = [new([Of([1, 1, 3], 2, 4, 6)], [1, 5], [0.5, 0.5, 0.5])] },
        new("AvgPool2d", inputs => inputs[0].AvgPool2d(2, stride: 1))
        {
            Shapes = [[[2, 3, 5, 4]], [[1, 1, 2, 2]], [[0, 1, 4, 4]]],
            Stated =
            [
                new([Of([1, 1, 2, 3], 1, 2, 3, 4, 5, 6)], [3, 4], [0.25, 0.75, 0.5, 0.25, 0.75, 0.5]) { Upstream = [1, 2] },
                new([Of([1, 1, 2, 2], Inf, 1, 2, 3)], [Inf], [0.25, 0.25, 0.25, 0.25]), new([Of([1, 1, 2, 2], NaN, 1, 2, 3)], [NaN], [0.25, 0.25, 0.25, 0.25]),
                new([Of([1, 1, 2, 2], Big, -Big, 0, 0)], [0], [0.25, 0.25, 0.25, 0.25]), new([Of([1, 1, 2, 2], 0, Tiny, 0, 0)], [Tiny / 4], [0.25, 0.25, 0.25, 0.25]), // in whatever order they are added
            ],
        },
        new("AdaptiveAvgPool2d", inputs => inputs[0].AdaptiveAvgPool2d((2, 1)))
        {
            Shapes = [[[2, 3, 5, 4]], [[1, 1, 1, 1]], [[0, 1, 4, 4]]],
            Stated = [new([Of([1, 1, 3, 1], 1, 2, 6)], [1.5, 4], [5, 15, 10]) { Upstream = [10, 20] }, new([Of([1, 1, 2, 1], Inf, NaN)], [Inf, NaN], [1, 1])],
        },
        new("Embedding", inputs => inputs[0].Embedding(Tensor.From(2, 0, 2)))
        {
            Shapes = [[[3, 4]], [[3, 1]], [[5, 0]]],
            Stated = [new([Of([3, 2], 1, 2, 3, 4, NaN, -0.0)], [NaN, -0.0, 1, 2, NaN, -0.0], [3, 4, 0, 0, 1 + 5, 2 + 6]) { Upstream = [1, 2, 3, 4, 5, 6] }],
        },
        new("Embedding with padding", inputs => inputs[0].Embedding(Tensor.From(2, 0, 2), paddingIndex: 2))
        {
            Shapes = [], // backward leaves the padding row out on purpose, so that it disagrees with the slope
            Stated = [new([Of([3, 1], 1, 2, 3)], [3, 1, 3], [1, 0, 0])],
        },
    ];
}
