namespace Backprop.Tests;

/// <summary>A layer for the harness: how to make one, what to give it, and what comes out.</summary>
public sealed record LayerCase(string Name, Func<RandomSource, Module> Create, Shape Input, Shape Output, string Description)
{
    /// <summary>The names under which the layer is saved, in order.</summary>
    public string[] State { get; init; } = [];

    /// <summary>The first element that comes out in evaluation, worked out by hand, where every parameter is 1 and every element of the input 2 (or the row number 0).</summary>
    public required double First { get; init; }

    /// <summary>If not 0, the input is row numbers below this.</summary>
    public int Rows { get; init; }

    public Tensor CreateInput(DType dtype = DType.Float32) => Rows > 0
        ? Tensor.Generate(Input, DType.Int64, i => i * 5 % Rows)
        : Tensor.Uniform(Input, new RandomSource(2), -2, 2, dtype);

    public override string ToString() => Name;

    public static IReadOnlyList<LayerCase> All { get; } =
    [
        new("Linear", r => new Linear(4, 3, random: r), [5, 4], [5, 3], "Linear(4, 3)") { First = 4 * 2 + 1, State = ["weight", "bias"] },
        new("Linear on a sequence", r => new Linear(4, 3, bias: false, random: r), [2, 5, 4], [2, 5, 3], "Linear(4, 3, bias: false)") { First = 4 * 2, State = ["weight"] },
        new("Conv1d", r => new Conv1d(2, 4, 3, stride: 2, padding: 1, random: r), [2, 2, 7], [2, 4, 4], "Conv1d(2, 4, 3, stride: 2, padding: 1)") { First = 2 * 2 * 2 + 1, State = ["weight", "bias"] },
        new("Conv2d", r => new Conv2d(2, 4, (3, 2), stride: (2, 1), padding: (1, 0), groups: 2, random: r), [2, 2, 5, 5], [2, 4, 3, 4],
            "Conv2d(2, 4, 3×2, stride: 2×1, padding: 1×0, groups: 2)") { First = 2 * 2 * 2 + 1, State = ["weight", "bias"] },
        new("ConvTranspose2d", r => new ConvTranspose2d(2, 3, 3, stride: 2, padding: 1, outputPadding: 1, random: r), [2, 2, 3, 3], [2, 3, 6, 6],
            "ConvTranspose2d(2, 3, 3×3, stride: 2×2, padding: 1×1, outputPadding: 1×1)") { First = 2 * 2 + 1, State = ["weight", "bias"] },
        new("MaxPool1d", _ => new MaxPool1d(2), [2, 3, 5], [2, 3, 2], "MaxPool1d(2)") { First = 2 },
        new("MaxPool2d", _ => new MaxPool2d(3, stride: 2, padding: 1, ceilMode: true), [2, 3, 5, 5], [2, 3, 3, 3], "MaxPool2d(3×3, stride: 2×2, padding: 1×1, ceilMode: true)") { First = 2 },
        new("AvgPool1d", _ => new AvgPool1d(2), [2, 3, 5], [2, 3, 2], "AvgPool1d(2)") { First = 2 },
        new("AvgPool2d", _ => new AvgPool2d(3, stride: 2, padding: 1, countIncludePad: false), [2, 3, 5, 5], [2, 3, 3, 3],
            "AvgPool2d(3×3, stride: 2×2, padding: 1×1, countIncludePad: false)") { First = 2 },
        new("AdaptiveAvgPool2d", _ => new AdaptiveAvgPool2d((2, 3)), [2, 3, 5, 5], [2, 3, 2, 3], "AdaptiveAvgPool2d(2×3)") { First = 2 },
        new("GlobalAvgPool2d", _ => new GlobalAvgPool2d(), [2, 3, 4, 5], [2, 3], "GlobalAvgPool2d") { First = 2 },
        new("BatchNorm1d", _ => new BatchNorm1d(3), [6, 3], [6, 3], "BatchNorm1d(3)") { First = 2 + 1, State = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"] },
        new("BatchNorm1d of lines", _ => new BatchNorm1d(3, momentum: null, affine: false), [2, 3, 4], [2, 3, 4], "BatchNorm1d(3, momentum: null, affine: false)")
            { First = 2, State = ["running_mean", "running_var", "num_batches_tracked"] },
        new("BatchNorm2d", _ => new BatchNorm2d(3), [2, 3, 4, 4], [2, 3, 4, 4], "BatchNorm2d(3)") { First = 2 + 1, State = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"] },
        new("BatchNorm2d without running values", _ => new BatchNorm2d(3, epsilon: 0.01, trackRunningStatistics: false), [2, 3, 4, 4], [2, 3, 4, 4],
            "BatchNorm2d(3, epsilon: 0.01, trackRunningStatistics: false)") { First = 0 + 1, State = ["weight", "bias"] },
        new("LayerNorm", _ => new LayerNorm([3, 4]), [2, 3, 4], [2, 3, 4], "LayerNorm([3, 4])") { First = 0 + 1, State = ["weight", "bias"] },
        new("GroupNorm", _ => new GroupNorm(2, 4), [2, 4, 3, 3], [2, 4, 3, 3], "GroupNorm(2, 4)") { First = 0 + 1, State = ["weight", "bias"] },
        new("Dropout", r => new Dropout(0.25, r), [4, 5], [4, 5], "Dropout(0.25)") { First = 2 },
        new("Embedding", r => new Embedding(6, 4, random: r), [2, 3], [2, 3, 4], "Embedding(6, 4)") { First = 1, State = ["weight"], Rows = 6 },
        new("Flatten", _ => new Flatten(), [2, 3, 4], [2, 12], "Flatten") { First = 2 },
        new("Identity", _ => new Identity(), [2, 3], [2, 3], "Identity") { First = 2 },
        new("Sequential", r => new Sequential(new Linear(4, 3, random: r), new Tanh()), [5, 4], [5, 3], "Sequential (\n  (0): Linear(4, 3)\n  (1): Tanh\n)") { First = 1, State = ["0.weight", "0.bias"] },
        new("Residual", r => new Residual(new Linear(4, 4, random: r)), [5, 4], [5, 4], "Residual (\n  (body): Linear(4, 4)\n)") { First = 4 * 2 + 1 + 2, State = ["body.weight", "body.bias"] },
        Activation(new Relu(), "Relu", 2),
        Activation(new LeakyRelu(), "LeakyRelu(0.01)", 2),
        Activation(new Elu(), "Elu(1)", 2),
        Activation(new Selu(), "Selu", 1.0507009873554805 * 2),
        Activation(new Gelu(), "Gelu(Exact)", 1.9544997361036416),
        Activation(new Silu(), "Silu", 1.7615941559557646),
        Activation(new Sigmoid(), "Sigmoid", 0.8807970779778824),
        Activation(new Tanh(), "Tanh", 0.9640275800758169),
        Activation(new Softplus(), "Softplus(1)", 2.1269280110429727),
        Activation(new HardSigmoid(), "HardSigmoid", 5.0 / 6),
        Activation(new HardSwish(), "HardSwish", 5.0 / 3),
        Activation(new Softmax(), "Softmax(-1)", 1.0 / 5),
        Activation(new LogSoftmax(), "LogSoftmax(-1)", -1.6094379124341003),
    ];

    private static LayerCase Activation(Module layer, string description, double first) => new(layer.GetType().Name, _ => layer, [4, 5], [4, 5], description) { First = first };
}
