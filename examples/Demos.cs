namespace Backprop.Examples;

/// <summary>The list of all examples, in the order of learning.</summary>
public static class Demos
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Demo> All { get; } =
    [
        new("apple", "A basket of fruit as a graph: 715, and what each price moves.", (output, _) => Apple.Run(output), Explain: Apple.Explain),
        new("neuron", "One sigmoid neuron, 520 epochs, the table of losses and predictions.", (output, _) => Neuron.Run(output), Explain: Neuron.Explain),
        new("three-neurons", "1-3-1 with sigmoid, from 20 random starts.", (output, options) => ThreeNeurons.Run(output, options.Seed), TakesSeed: true, Explain: ThreeNeurons.Explain),
        new("fit", "4-16-8-3 fitted to [0.1, 0.1, 0.6].", (output, options) => Fit.Run(output, options.Seed), TakesSeed: true, Explain: Fit.Explain),
        new("gradient-tape", "Two derivatives of TensorFlow's tape, and the shapes they have.", (output, _) => GradientTape.Run(output)),
        new("tensorflow-check", "2-4-8-2: the chain rule by hand, by the library and by another library.", (output, _) => TensorFlowCheck.Run(output)),
        new("gradient-check", "784-50-10: backpropagation against numerical gradients.", (output, options) => NumericalCheck.Run(output, options.Seed, cancellation: options.Cancellation), TakesSeed: true),
        new("cnn", "A CNN learns 1,000 digits, one at a time.",
            (output, options) => Cnn.Run(output, options.DataFolder, options.Seed, cancellation: options.Cancellation), TakesData: true, TakesSeed: true),
        new("layers", "Each layer of the book written by hand, proved, and compared with the library's.", (output, _) => Layers.Run(output)),
        new("errata", "Mistakes that tutorials make, and how the gradient check names them.", (output, _) => Errata.Run(output)),
    ];
}
