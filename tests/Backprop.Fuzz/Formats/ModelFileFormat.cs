namespace Backprop.Fuzz;

/// <summary>Model files: safetensors whose metadata say, in JSON within JSON, how the model is built, what is done to inputs, and what it made of some examples.</summary>
/// <param name="tried">Whether the model is run on the examples too, which takes the memory of the tensors between its layers.</param>
internal sealed class ModelFileFormat(bool tried) : FuzzedFormat
{
    private static readonly Func<RandomSource, (Module Module, Shape Input)>[] s_models =
    [
        random => (new Sequential(new Linear(3, 4, random: random), new Relu(), new Dropout(0.3, random), new Linear(4, 2, random: random)), [3]),
        random => (new Sequential(new Conv2d(1, 2, kernelSize: 3, padding: 1, random: random), new BatchNorm2d(2), new Relu(), new MaxPool2d(2), new Flatten(), new Linear(8, 2, random: random), new Softmax(1)), [1, 4, 4]),
        random => (new Sequential(new Residual(new Sequential(new Linear(3, 3, random: random), new Tanh())), new Residual(new Linear(3, 2, random: random), new Linear(3, 2, bias: false, random: random)), new LayerNorm(2)), [3]),
        random => (new Sequential(new Conv2d(2, 4, (3, 2), stride: (2, 1), groups: 2, random: random), new GroupNorm(2, 4), new Gelu(GeluForm.Tanh), new AvgPool2d(2, ceilMode: true), new GlobalAvgPool2d(), new Flatten(), new Linear(4, 2, random: random)), [2, 7, 6]),
        random => (new Sequential(new Conv1d(1, 2, 3, padding: 1, random: random), new BatchNorm1d(2), new MaxPool1d(2), new AvgPool1d(2), new LeakyRelu(0.1), new Flatten(), new Linear(4, 2, random: random), new LogSoftmax(1)), [1, 8]),
        random => (new Sequential(new ConvTranspose2d(1, 2, 3, stride: 2, outputPadding: 1, random: random), new Elu(0.5), new AdaptiveAvgPool2d((1, 2)), new Softplus(2), new Flatten(), new Linear(4, 2, random: random)), [1, 3, 3]),
    ];

    private readonly byte[]?[] _sound = new byte[]?[24]; // made once: training and saving take longer than reading

    public override string Name => tried ? "model-tried" : "model";

    public override IReadOnlyList<string> Words { get; } =
    [
        .. Json.Words, "Linear", "Conv2d", "Sequential", "Residual", "Flatten", "Softmax", "Embedding", "ConvTranspose2d", "AdaptiveAvgPool2d", "MyBlock", "same", "custom", "0", "1.body", "type", "arguments", "modules", "inputs", "outputs", "kernelSize",
        "padding", "stride", "groups", "268435456", "-268435456", "Float64", "Int64", "Bool", "backprop.format", "backprop.architecture", "backprop.examples", "backprop.model", "resnet20", "mlp-wide", "tiny-mlp", "NaN",
    ];

    public override Part Make(RandomSource random)
    {
        int number = random.Next(_sound.Length);
        return SafeTensorsFormat.Parse(_sound[number] ??= Save(number), random);
    }

    public override void Read(byte[] file, string name)
    {
        Model model = Model.Load(new MemoryStream(file), name, selfTest: tried);
        Check(!model.Module.Training, "a loaded model is in training mode");
        foreach ((_, Tensor tensor) in model.Module.State) Use(tensor);
        if (model.Examples is not { } examples) return;
        Use(examples.Inputs);
        Use(examples.Outputs);
    }

    /// <summary>Tensors, modules and their arguments: each has a colon at least.</summary>
    public override long Objects(byte[] file) => file.AsSpan().Count((byte)':');

    /// <summary>
    /// Here JSON stands in texts of JSON: the text is decoded, parsed and its names decoded once more, 16 bytes for each of the file in all; and the runtime's JSON document takes 12 bytes for
    /// each token, and makes room for twice as many. A model that is run takes what is between its layers: 16 MB and 256 bytes for
    /// each of the file, whatever the file says, and as much for the tables of the layers.
    /// </summary>
    public override long BytesAllowed(byte[] file) => base.BytesAllowed(file) + 12L * file.Length + 128L * file.AsSpan().Count((byte)',') + (tried ? 2 * ((16 << 20) + 256L * file.Length) : 0);

    private static byte[] Save(int number)
    {
        var random = new RandomSource(number);
        (Module module, Shape input) = s_models[number % s_models.Length](random);
        var model = new Model(module)
        {
            InputShape = input,
            Preprocessing = input.Rank == 3 && input[0] == 1 ? Preprocessing.UnitInterval : null,
            ClassNames = number % 2 == 0 ? ["cat", "dog"] : [],
            Examples = number % 3 == 0 ? null : ModelExamples.Of(module, Tensor.Normal(Shape.Create(2).Concat(input), random)),
            Training = number % 4 == 0 ? new TrainingSummary(3) { BatchSize = 100, Scores = new Dictionary<string, double> { ["accuracy"] = 0.5 } } : null,
        };
        var file = new MemoryStream();
        model.Save(file);
        return file.ToArray();
    }
}
