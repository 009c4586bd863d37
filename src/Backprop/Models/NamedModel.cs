namespace Backprop;

/// <summary>A network with a name, and how it is usually trained: what <c>backprop train mlp</c> needs to know.</summary>
/// <param name="Name">For example <c>simple-convnet</c>.</param>
/// <param name="Description">Its layers and where it comes from, one line.</param>
/// <param name="InputShape">The shape of one input, without the batch.</param>
/// <param name="Classes">The length of one output: scores of so many classes, or so many numbers where the loss is <see cref="LossKind.Mse"/>.</param>
/// <param name="Data">What it is usually trained on.</param>
/// <param name="Preprocessing">What is done to that data first.</param>
/// <param name="Recipe">How it is usually trained; loss and optimizer are also those of the benchmark.</param>
/// <param name="Build">Makes a new one, with weights from the given source.</param>
public sealed record NamedModel(
    string Name, string Description, Shape InputShape, int Classes, DataKind Data, Preprocessing Preprocessing, Recipe Recipe, Func<RandomSource, Module> Build)
{
    /// <summary>For example <c>mlp: 784-50-10, ReLU</c>.</summary>
    public override string ToString() => $"{Name}: {Description}";
}

/// <summary>The data that a named model is made for.</summary>
public enum DataKind
{
    /// <summary>Inputs and targets in [0, 1) that are made up on the spot: a model for a first look, and for timing.</summary>
    Random,

    /// <summary>Handwritten digits, 28×28 grey pixels, of 10 classes: MNIST, or digits that are generated.</summary>
    Digits,

    /// <summary>CIFAR-10: photographs, 32×32 pixels of three colours, of 10 classes.</summary>
    Cifar10,
}
