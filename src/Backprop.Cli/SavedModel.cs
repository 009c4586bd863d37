using System.Globalization;

namespace Backprop.Cli;

/// <summary>A named model as it lies in a safetensors file: the weights, and in the metadata all that is needed to use them.</summary>
/// <param name="Named">Which network.</param>
/// <param name="Module">The network with its weights.</param>
/// <param name="Preprocessing">What it expects to be done to pixels.</param>
/// <param name="Classes">What its outputs are called.</param>
/// <param name="Epochs">For how many epochs it was trained, if known.</param>
internal sealed record SavedModel(NamedModel Named, Module Module, Preprocessing Preprocessing, IReadOnlyList<string> Classes, int? Epochs)
{
    private const string ModelKey = "backprop.model", ScaleKey = "backprop.scale", ShiftKey = "backprop.shift", ClassesKey = "backprop.classes", EpochsKey = "backprop.epochs";

    /// <summary>Writes the file. Everything in it depends on the training alone, so the same training gives the same file.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Save(string path) => Module.Save(path, new Dictionary<string, string>
    {
        [ModelKey] = Named.Name,
        [ScaleKey] = Preprocessing.Scale.ToString("R", CultureInfo.InvariantCulture),
        [ShiftKey] = Preprocessing.Shift.ToString("R", CultureInfo.InvariantCulture),
        [ClassesKey] = string.Join(',', Classes),
        [EpochsKey] = (Epochs ?? 0).ToString(CultureInfo.InvariantCulture),
    });

    /// <summary>Reads a file.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="name">Which network it is of; needed only where the file does not say.</param>
    /// <exception cref="UsageException">Neither the file nor the name says which network it is of.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or of another network.</exception>
    public static SavedModel Load(string path, string? name)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"{path}: there is no such file. 'backprop train' writes one to runs/MODEL/model.safetensors.", path);
        IReadOnlyDictionary<string, string> metadata = SafeTensors.LoadMetadata(path);
        name ??= metadata.GetValueOrDefault(ModelKey) ?? throw new UsageException($"{path} does not say which network it is of: name it with --model.");
        NamedModel named = Models.Get(name);
        Module module = named.Build(new RandomSource(0));
        module.Load(path);
        Preprocessing preprocessing = Number(ScaleKey) is { } scale && Number(ShiftKey) is { } shift ? new Preprocessing(scale, shift) : named.Preprocessing;
        string[] classes = metadata.GetValueOrDefault(ClassesKey)?.Split(',') is { } given && given.Length == named.Classes
            ? given
            : [.. Enumerable.Range(0, named.Classes).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        int? epochs = int.TryParse(metadata.GetValueOrDefault(EpochsKey), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : null;
        return new SavedModel(named, module, preprocessing, classes, epochs);

        double? Number(string key) => double.TryParse(metadata.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
    }
}
