namespace Backprop;

/// <summary>The networks that <c>backprop</c> knows by name.</summary>
public static class NamedModels
{
    private static readonly Shape s_digit = [1, 28, 28];
    private static readonly Preprocessing s_ink = Preprocessing.UnitInterval with { Fit = PictureFit.Ink }, s_mnist = Preprocessing.Standardize(0.1307, 0.3081) with { Fit = PictureFit.Ink };

    /// <summary>All of them, the smallest first.</summary>
    public static IReadOnlyList<NamedModel> All { get; } =
    [
        new("neuron", "1-1, sigmoid", [1], 1, DataKind.Random, Preprocessing.None,
            new(LossKind.Mse, OptimizerKind.Sgd, 0.1, BatchSize: 1, Epochs: 10), Architectures.Neuron),
        new("tiny-mlp", "4-16-8-3, ReLU, sigmoid at the end", [4], 3, DataKind.Random, Preprocessing.None,
            new(LossKind.Mse, OptimizerKind.Sgd, 0.1, BatchSize: 1, Epochs: 10), Architectures.TinyMlp),
        new("mlp", "784-50-10, ReLU", s_digit, 10, DataKind.Digits, s_mnist,
            new(LossKind.CrossEntropy, OptimizerKind.Sgd, 0.1, BatchSize: 100, Epochs: 16), random => Architectures.Mlp(random, 784, 50, 10)),
        new("mlp-wide", "784-1024-1024-10, ReLU", s_digit, 10, DataKind.Digits, s_ink,
            new(LossKind.CrossEntropy, OptimizerKind.Adam, 1e-3, BatchSize: 128, Epochs: 5), random => Architectures.Mlp(random, 784, 1024, 1024, 10)),
        new("batchnorm-mlp", "784-100-100-100-100-100-10, batch normalization and ReLU after each hidden layer", s_digit, 10, DataKind.Digits, s_ink,
            new(LossKind.CrossEntropy, OptimizerKind.Sgd, 0.01, BatchSize: 100, Epochs: 10), Architectures.BatchNormMlp),
        new("seed-cnn", "convolution 3x3 to 8 channels, max-pool, linear; no activation: the \"CNN from scratch\" of many tutorials", s_digit, 10, DataKind.Digits, Preprocessing.Standardize(0.5, 1) with { Fit = PictureFit.Ink },
            new(LossKind.CrossEntropy, OptimizerKind.Sgd, 0.005, BatchSize: 1, Epochs: 3), Architectures.SeedCnn),
        new("simple-convnet", "convolution 5x5 to 30 channels, max-pool, 4320-100-10, ReLU: the book's first CNN", s_digit, 10, DataKind.Digits, s_ink,
            new(LossKind.CrossEntropy, OptimizerKind.Adam, 3e-3, BatchSize: 100, Epochs: 3, CosineDecay: true), Architectures.SimpleConvNet),
        new("deep-convnet", "six convolutions 3x3 to 64 channels, three max-pools, 1024-50-10, dropout: the book's deep CNN", s_digit, 10, DataKind.Digits, s_ink,
            new(LossKind.CrossEntropy, OptimizerKind.Adam, 1e-3, BatchSize: 100, Epochs: 5, CosineDecay: true), Architectures.DeepConvNet),
        new("resnet20", "ResNet-20 for CIFAR-10, 16/32/64 channels (K. He et al., 2016)", [3, 32, 32], 10, DataKind.Cifar10, Preprocessing.Standardize(0.4734, 0.2516),
            new(LossKind.CrossEntropy, OptimizerKind.Sgd, 0.1, BatchSize: 128, Epochs: 30, Momentum: 0.9, WeightDecay: 1e-4, CosineDecay: true), Architectures.ResNet20),
    ];

    /// <summary>A network by its name.</summary>
    /// <exception cref="ArgumentException">There is none of this name; the message tells the nearest and lists all.</exception>
    public static NamedModel Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Find(name) ?? throw new ArgumentException(
            $"There is no model \"{name}\"; the nearest name is \"{All.MinBy(model => Distance(name, model.Name))!.Name}\". All: {string.Join(", ", All.Select(model => model.Name))}.", nameof(name));
    }

    /// <summary>A network by its name; null if there is none of this name.</summary>
    public static NamedModel? Find(string? name) => All.FirstOrDefault(model => model.Name == name);

    /// <summary>How many letters to insert, remove or change to make one name the other (V. Levenshtein, 1966).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0]++;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j - 1], diagonal) + 1);
            }
        }
        return row[^1];
    }
}
