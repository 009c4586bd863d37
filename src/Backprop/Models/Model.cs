using System.Globalization;

namespace Backprop;

/// <summary>A trained network with all that is needed to use it, in one file: how it is built, its weights, what is done to its inputs, what its outputs are called.</summary>
/// <remarks>
/// <code>
/// new Model(module) { InputShape = [1, 28, 28], Preprocessing = Preprocessing.UnitInterval, ClassNames = names, Examples = ModelExamples.Of(module, inputs) }.Save("digits.safetensors");
///
/// Model model = Model.Load("digits.safetensors");
/// ClassProbability best = model.Classify(ImageFile.Read("seven.png"))[0];
/// </code>
/// The file is a safetensors file with PyTorch's names, so that other programs read its weights; the rest is in its metadata, see docs/model-file.md. A loaded model is in
/// evaluation mode and may be used from any number of threads. The same training gives the same bytes.
/// </remarks>
/// <param name="Module">The network.</param>
public sealed record Model(Module Module)
{
    /// <summary>What it is called, for one of <see cref="NamedModels"/> its name there.</summary>
    public string? Name { get; init; }

    /// <summary>The shape of one input, without the batch.</summary>
    public Shape? InputShape { get; init; }

    /// <summary>What is done to pixels, where inputs are images.</summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>What the classes are called, where outputs are scores of classes (logits, or probabilities of a <see cref="Softmax"/> at the end); otherwise empty.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>How it was trained, if that is known.</summary>
    public TrainingSummary? Training { get; init; }

    /// <summary>A few inputs with what the network makes of them, by which <c>Load</c> tries the file. Three will do. <c>Save</c> computes the outputs anew: the network may have learnt since.</summary>
    public ModelExamples? Examples { get; init; }

    /// <summary>A named network with what is known of it.</summary>
    /// <param name="named">Which one.</param>
    /// <param name="module">The network with its weights.</param>
    /// <param name="classNames">What its classes are called; by default their numbers.</param>
    public static Model Of(NamedModel named, Module module, IReadOnlyList<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(named);
        return new Model(module)
        {
            Name = named.Name,
            InputShape = named.InputShape,
            Preprocessing = named.Data == DataKind.Random ? null : named.Preprocessing,
            ClassNames = named.Recipe.Loss != LossKind.CrossEntropy ? [] : classNames is { Count: > 0 } ? classNames
                : [.. Enumerable.Range(0, named.Classes).Select(number => number.ToString(CultureInfo.InvariantCulture))],
        };
    }

    /// <summary>Writes the file. Until all of it has reached the disk, whatever stood under this path stays there.</summary>
    /// <exception cref="InvalidOperationException">The properties contradict one another, or there are more modules than a file may describe.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Save(string path)
    {
        Module.Save(path, Metadata());
    }

    /// <inheritdoc cref="Save(string)"/>
    /// <param name="stream">Where to; it stays open.</param>
    public void Save(Stream stream)
    {
        SafeTensors.Save(stream, Module.State, ModelFormat.Describe(Module, Metadata()));
    }

    /// <summary>Reads a file, builds the network anew and tries it on the examples that were saved with it.</summary>
    /// <param name="path">A file that <c>Save</c> wrote, of a model or a module, in this version or any before.</param>
    /// <param name="custom">
    /// How modules are made that are not of the library, by the name of their type: <c>custom: new() { ["MyBlock"] = arguments => new MyBlock(arguments.Get&lt;int>("width")) }</c>.
    /// Their weights come from the file.
    /// </param>
    /// <param name="selfTest">Whether to run the network on the examples.</param>
    /// <exception cref="DataFormatException">The file is damaged, of a newer version, does not say how its model is built, or the network makes something else of the examples than it did.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static Model Load(string path, Dictionary<string, Func<LayerArguments, Module>>? custom = null, bool selfTest = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return Load(stream, path, custom, selfTest);
    }

    /// <inheritdoc cref="Load(string, Dictionary{string, Func{LayerArguments, Module}}?, bool)"/>
    /// <param name="stream">A stream that can seek, read from its position to its end; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="custom">How modules are made that are not of the library.</param>
    /// <param name="selfTest">Whether to run the network on the examples.</param>
    public static Model Load(Stream stream, string name, Dictionary<string, Func<LayerArguments, Module>>? custom = null, bool selfTest = true)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using StepMemory.Outside outside = StepMemory.Suspend();
        long origin = stream.Position;
        SafeTensorsFile file = SafeTensors.Load(stream, name);
        long length = stream.Length - origin;
        var metadata = new FileMetadata(stream, origin, name, file.Metadata);
        Model model = ModelMetadata.Read(metadata, file.Tensors, custom);
        model.Module.Evaluate();
        if (selfTest && model.Examples is { } examples) SelfTest.Run(model.Module, examples, metadata, length);
        return model;
    }

    /// <summary>What the network gives, in evaluation mode and without a graph.</summary>
    /// <param name="inputs">Prepared inputs, [n, ...].</param>
    /// <exception cref="ShapeException">The inputs have another shape.</exception>
    public Tensor Predict(Tensor inputs) => Module.Predict(inputs);

    /// <summary>What the network takes a picture for: all classes, the most probable first.</summary>
    /// <param name="image">A picture of any size, grey or in colour.</param>
    /// <param name="say">Hears of each thing that is done to make the picture fit.</param>
    /// <exception cref="InvalidOperationException">The model tells no classes apart, or takes no images.</exception>
    public IReadOnlyList<ClassProbability> Classify(Image image, Action<string>? say = null)
    {
        if (InputShape is not { } shape || Preprocessing is null) throw new InvalidOperationException($"{this} does not say what is done to pixels: set InputShape and Preprocessing, or call Classify with an input.");
        Tensor input = Preprocessing.Apply(image, shape, say);
        foreach ((_, Parameter parameter) in Module.NamedParameters) return Classify(input.To(parameter.DType));
        return Classify(input);
    }

    /// <summary>What the network takes an input for: all classes, the most probable first.</summary>
    /// <param name="input">One prepared input, [1, ...].</param>
    /// <exception cref="InvalidOperationException">The model tells no classes apart.</exception>
    /// <exception cref="ShapeException">The input has another shape.</exception>
    public IReadOnlyList<ClassProbability> Classify(Tensor input)
    {
        Tensor row = Probabilities(input);
        if (row.Shape[0] != 1) ShapeException.Throw("Classify", $"there are {row.Shape[0]} examples", "one, [1, ...]; Probabilities takes many", ("input", input.Shape));
        var classes = new ClassProbability[ClassNames.Count];
        for (int c = 0; c < classes.Length; c++) classes[c] = new ClassProbability(c, ClassNames[c], row.ElementAt(c));
        Array.Sort(classes, (a, b) => a.Probability != b.Probability ? b.Probability.CompareTo(a.Probability) : a.Class.CompareTo(b.Class));
        return classes;
    }

    /// <summary>How probable the network takes each class to be, [n, classes].</summary>
    /// <param name="inputs">Prepared inputs, [n, ...].</param>
    /// <exception cref="InvalidOperationException">The model tells no classes apart.</exception>
    /// <exception cref="ShapeException">The inputs have another shape.</exception>
    public Tensor Probabilities(Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (ClassNames.Count == 0) throw new InvalidOperationException($"{this} tells no classes apart: it has no class names.");
        return ToProbabilities(Predict(inputs));
    }

    /// <summary>What the network gave, as probabilities of the classes, [n, classes].</summary>
    /// <param name="scores">Outputs of the network, [n, classes].</param>
    /// <exception cref="ShapeException">They are not of as many classes as there are names.</exception>
    public Tensor ToProbabilities(Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Rank != 2 || scores.Shape[1] != ClassNames.Count)
        {
            ShapeException.Throw("Probabilities", $"there are {ClassNames.Count} class names", $"outputs [n, {ClassNames.Count}]", ("output", scores.Shape));
        }
        return Module is Sequential { Count: > 0 } chain && chain[^1] is Softmax ? scores : scores.Softmax(1);
    }

    /// <summary>For example <c>mlp: 39,760 parameters, [1, 28, 28] to 10 classes</c>.</summary>
    public override string ToString()
    {
        int count = 0;
        foreach ((_, Parameter parameter) in Module.NamedParameters) count += parameter.ElementCount;
        string what = string.Create(CultureInfo.InvariantCulture, $"{Name ?? Module.Description.Type}: {count:N0} parameters");
        if (InputShape is { } shape) what += $", {shape}";
        return ClassNames.Count > 0 ? $"{what}{(InputShape is null ? "," : "")} to {ClassNames.Count} classes" : what;
    }

    /// <summary>In what the properties contradict one another; null if in nothing.</summary>
    internal string? Contradiction()
    {
        if (Preprocessing is not null)
        {
            if (InputShape is not { } shape) return "there is preprocessing, and no input shape";
            if (Preprocessing.Contradiction(shape) is { } contradiction) return contradiction;
        }
        if (Examples is not ({ } inputs, { } outputs)) return null;
        if (inputs.Rank == 0 || outputs.Rank == 0 || inputs.ElementCount == 0 || inputs.Shape[0] != outputs.Shape[0]) return $"the examples are {inputs.Shape} and give {outputs.Shape}: not one output for each input";
        if (InputShape is { } one && inputs.Shape[1..] != one) return $"an input is {one}, and those of the examples are {inputs.Shape[1..]}";
        if (ClassNames.Count > 0 && outputs.Shape[^1] != ClassNames.Count) return $"there are {ClassNames.Count} class names, and outputs {outputs.Shape}";
        return null;
    }

    private IReadOnlyDictionary<string, string> Metadata()
    {
        Model model = Examples is null ? this : this with { Examples = ModelExamples.Of(Module, Examples.Inputs) };
        if (model.Contradiction() is { } contradiction) throw new InvalidOperationException($"Save: {contradiction}. Correct the properties of the model.");
        return ModelMetadata.Write(model);
    }
}

/// <summary>A class and how probable a model takes it to be.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Probability">In [0, 1].</param>
public sealed record ClassProbability(int Class, string Name, double Probability);
