namespace Backprop;

/// <summary>The networks of <see cref="NamedModels"/>, layer by layer. Weights start as PyTorch's do, where nothing else is said.</summary>
internal static class Architectures
{
    public static Module Neuron(RandomSource random) => new Sequential { { "fc", new Linear(1, 1, random: random) }, new Sigmoid() };

    public static Module TinyMlp(RandomSource random) => new Sequential
    {
        { "fc1", new Linear(4, 16, random: random) }, new Relu(),
        { "fc2", new Linear(16, 8, random: random) }, new Relu(),
        { "fc3", new Linear(8, 3, random: random) }, new Sigmoid(),
    };

    /// <summary>Linear layers with ReLU in between, on images as they are.</summary>
    public static Module Mlp(RandomSource random, params ReadOnlySpan<int> widths)
    {
        var model = new Sequential(new Flatten());
        for (int i = 1; i < widths.Length; i++)
        {
            if (i > 1) model.Add(new Relu());
            model.Add($"fc{i}", new Linear(widths[i - 1], widths[i], random: random));
        }
        return model;
    }

    public static Module BatchNormMlp(RandomSource random)
    {
        var model = new Sequential(new Flatten());
        for (int i = 1; i <= 5; i++)
        {
            model.Add($"fc{i}", new Linear(i == 1 ? 784 : 100, 100, random: random));
            model.Add($"bn{i}", new BatchNorm1d(100));
            model.Add(new Relu());
        }
        model.Add("fc6", new Linear(100, 10, random: random));
        return model;
    }

    /// <summary>All weights start at N(0, 1) / fan-in, as the tutorials have it: the filters at N/9, the linear layer at N/in.</summary>
    public static Module SeedCnn(RandomSource random) => Restarted(
        new Sequential
        {
            { "conv", new Conv2d(1, 8, kernelSize: 3, random: random) }, new MaxPool2d(2),
            new Flatten(),
            { "fc", new Linear(8 * 13 * 13, 10, random: random) },
        },
        (weight, source) => Initializers.Normal(0, 1.0 / weight.Shape[1..].ElementCount)(weight, source), random);

    public static Module SimpleConvNet(RandomSource random) => new Sequential
    {
        { "conv", new Conv2d(1, 30, kernelSize: 5, random: random) }, new Relu(), new MaxPool2d(2),
        new Flatten(),
        { "fc1", new Linear(30 * 12 * 12, 100, random: random) }, new Relu(),
        { "fc2", new Linear(100, 10, random: random) },
    };

    /// <summary>Weights start as the book's "He".</summary>
    public static Module DeepConvNet(RandomSource random) => Restarted(
        new Sequential
        {
            { "conv1", new Conv2d(1, 16, kernelSize: 3, padding: 1, random: random) }, new Relu(),
            { "conv2", new Conv2d(16, 16, kernelSize: 3, padding: 1, random: random) }, new Relu(), new MaxPool2d(2),
            { "conv3", new Conv2d(16, 32, kernelSize: 3, padding: 1, random: random) }, new Relu(),
            { "conv4", new Conv2d(32, 32, kernelSize: 3, padding: 2, random: random) }, new Relu(), new MaxPool2d(2),
            { "conv5", new Conv2d(32, 64, kernelSize: 3, padding: 1, random: random) }, new Relu(),
            { "conv6", new Conv2d(64, 64, kernelSize: 3, padding: 1, random: random) }, new Relu(), new MaxPool2d(2),
            new Flatten(),
            { "fc1", new Linear(64 * 4 * 4, 50, random: random) }, new Relu(), new Dropout(0.5, random),
            { "fc2", new Linear(50, 10, random: random) }, new Dropout(0.5, random),
        },
        Initializers.BookHe, random);

    public static Module ResNet20(RandomSource random)
    {
        var model = new Sequential { { "conv", Convolution3x3(3, 16, 1, random) }, { "bn", new BatchNorm2d(16) }, new Relu() };
        int channels = 16, block = 0;
        foreach ((int width, int stride) in new[] { (16, 1), (32, 2), (64, 2) })
        {
            for (int i = 0; i < 3; i++)
            {
                model.Add($"block{++block}", BasicBlock(channels, width, i == 0 ? stride : 1, random));
                model.Add(new Relu());
                channels = width;
            }
        }
        model.Add(new GlobalAvgPool2d());
        model.Add("fc", new Linear(64, 10, random: random));
        return model;
    }

    private static Residual BasicBlock(int inputs, int outputs, int stride, RandomSource random)
    {
        var body = new Sequential
        {
            { "conv1", Convolution3x3(inputs, outputs, stride, random) }, { "bn1", new BatchNorm2d(outputs) }, new Relu(),
            { "conv2", Convolution3x3(outputs, outputs, 1, random) }, { "bn2", new BatchNorm2d(outputs) },
        };
        if (inputs == outputs) return new Residual(body);
        return new Residual(body, new Sequential
        {
            { "conv", new Conv2d(inputs, outputs, kernelSize: 1, stride, bias: false, random: random) }, { "bn", new BatchNorm2d(outputs) },
        });
    }

    private static Conv2d Convolution3x3(int inputs, int outputs, int stride, RandomSource random) => new(inputs, outputs, kernelSize: 3, stride, padding: 1, bias: false, random: random);

    /// <summary>The model with other weights to start with, and biases of 0.</summary>
    private static Module Restarted(Module model, Initializer weights, RandomSource random)
    {
        foreach (Parameter parameter in model.Parameters) (parameter.Rank > 1 ? weights : Initializers.Zeros)(parameter, random);
        return model;
    }
}
