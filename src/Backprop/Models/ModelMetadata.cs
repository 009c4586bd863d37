using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Backprop;

/// <summary>What a model file says besides weights and architecture: a text under each key, JSON but for the name.</summary>
internal static class ModelMetadata
{
    public const string ExamplesKey = "backprop.examples";

    private const string NameKey = "backprop.name", InputKey = "backprop.input", PreprocessingKey = "backprop.preprocessing", ClassesKey = "backprop.classes", TrainingKey = "backprop.training";
    private const string NamedKey = "backprop.model", ScaleKey = "backprop.scale", ShiftKey = "backprop.shift", EpochsKey = "backprop.epochs"; // before format 1
    private const int MostExampleBytes = 16 << 20;

    public static IReadOnlyDictionary<string, string> Write(Model model)
    {
        var texts = new OrderedDictionary<string, string>();
        if (model.Name is { } name) texts.Add(NameKey, name);
        if (model.InputShape is { } input) texts.Add(InputKey, Json(json => WriteShape(json, input)));
        if (model.Preprocessing is { } preprocessing) texts.Add(PreprocessingKey, Json(json => WritePreprocessing(json, preprocessing, model.InputShape!.Value[0])));
        if (model.ClassNames.Count > 0)
        {
            texts.Add(ClassesKey, Json(json =>
            {
                json.WriteStartArray();
                foreach (string className in model.ClassNames) json.WriteStringValue(className);
                json.WriteEndArray();
            }));
        }
        if (model.Training is { } training) texts.Add(TrainingKey, Json(json => WriteTraining(json, training)));
        if (model.Examples is { } examples)
        {
            texts.Add(ExamplesKey, Json(json =>
            {
                json.WriteStartObject();
                WriteTensor(json, "inputs", examples.Inputs);
                WriteTensor(json, "outputs", examples.Outputs);
                json.WriteEndObject();
            }));
        }
        return texts;
    }

    /// <summary>The model of a file, with its weights.</summary>
    /// <exception cref="DataFormatException">Something in it is not as it should be.</exception>
    public static Model Read(FileMetadata metadata, IReadOnlyDictionary<string, Tensor> state, Dictionary<string, Func<LayerArguments, Module>>? custom)
    {
        long bytes = 0;
        foreach (Tensor tensor in state.Values) bytes += (long)tensor.ElementCount * tensor.DType.Size;
        if (!ModelFormat.IsDescribed(metadata)) return ReadNamed(metadata, state, bytes);
        if (metadata.Read(ModelFormat.ArchitectureKey) is not { } architecture) throw metadata.Bad(ModelFormat.FormatKey, $"is there, and no \"{ModelFormat.ArchitectureKey}\", which says how the model is built");
        Module module = ArchitectureReader.Read(architecture, bytes, custom);
        var model = new Model(WithState(module, state, metadata, ModelFormat.ArchitectureKey))
        {
            Name = metadata.Text(NameKey),
            InputShape = metadata.Read(InputKey)?.Shape(),
            Preprocessing = metadata.Read(PreprocessingKey) is { } preprocessing ? ReadPreprocessing(preprocessing) : null,
            ClassNames = metadata.Read(ClassesKey) is { } classes ? classes.Texts() : [],
            Training = metadata.Read(TrainingKey) is { } training ? ReadTraining(training) : null,
            Examples = metadata.Read(ExamplesKey) is { } examples ? new ModelExamples(ReadTensor(examples.Get("inputs")), ReadTensor(examples.Get("outputs"))) : null,
        };
        if (model.Contradiction() is { } contradiction) throw metadata.Bad(ModelFormat.FormatKey, $"is of a file that contradicts itself: {contradiction}");
        return model;
    }

    /// <summary>A model in a file from before format 1, which names its network and does not say how it is built.</summary>
    private static Model ReadNamed(FileMetadata metadata, IReadOnlyDictionary<string, Tensor> state, long bytes)
    {
        if (metadata.Text(NamedKey) is not { } name)
        {
            throw new DataFormatException(metadata.File, 0, "the file has weights and does not say of which model. Build that, and call module.Load(path)");
        }
        NamedModel named = NamedModels.Find(name) ?? throw metadata.Bad(NamedKey, $"is \"{name}\", and there is no network of that name");
        Module module;
        try
        {
            using var construction = new Construction(bytes);
            module = named.Build(new RandomSource(0));
        }
        catch (ArgumentException e)
        {
            throw metadata.Bad(NamedKey, $"is \"{name}\", which the tensors do not fit. {e.Message}", e);
        }
        module.NameParameters();
        Model model = Model.Of(named, WithState(module, state, metadata, NamedKey), metadata.Text(ClassesKey)?.Split(',') is { } classes && classes.Length == named.Classes ? classes : null);
        return model with
        {
            Preprocessing = model.Preprocessing is { } own && Number(ScaleKey) is { } scale && Number(ShiftKey) is { } shift ? Scaled(own, scale, shift) : model.Preprocessing,
            Training = int.TryParse(metadata.Text(EpochsKey), NumberStyles.None, CultureInfo.InvariantCulture, out int epochs) ? new TrainingSummary(epochs) : null,
        };

        double? Number(string key) =>
            metadata.Text(key) is not { } text ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : throw metadata.Bad(key, $"is \"{text}\", and must be a number");
    }

    /// <summary>Preprocessing that multiplies by <paramref name="scale"/> and adds <paramref name="shift"/>; the network's own where that does so already, to the bit.</summary>
    private static Preprocessing Scaled(Preprocessing own, double scale, double shift)
    {
        (double[] ownScale, double[] ownShift) = own.Scaling(1);
        return ownScale[0].Equals(scale) && ownShift[0] == shift ? own : own with { Divisor = 1, Mean = [-shift / scale], Deviation = [1 / scale] };
    }

    private static Module WithState(Module module, IReadOnlyDictionary<string, Tensor> state, FileMetadata metadata, string key)
    {
        if (state.Values.Any(tensor => tensor.DType == DType.Float64)) module.To(DType.Float64);
        try
        {
            module.LoadState(state);
        }
        catch (StateMismatchException e)
        {
            throw metadata.Bad(key, $"does not fit the tensors of this file: it was changed since it was saved.{Environment.NewLine}{e.Report}", e);
        }
        return module;
    }

    private static void WritePreprocessing(Utf8JsonWriter json, Preprocessing preprocessing, int channels)
    {
        json.WriteStartObject();
        json.WriteString("channels", Channels(channels));
        json.WriteString("fit", preprocessing.Fit.ToString());
        json.WriteNumber("divisor", preprocessing.Divisor);
        WriteNumbers("mean", preprocessing.Mean);
        WriteNumbers("deviation", preprocessing.Deviation);
        json.WriteEndObject();

        void WriteNumbers(string name, IReadOnlyList<double> numbers)
        {
            json.WriteStartArray(name);
            foreach (double number in numbers) json.WriteNumberValue(number);
            json.WriteEndArray();
        }
    }

    private static Preprocessing ReadPreprocessing(JsonPlace place)
    {
        JsonPlace channels = place.Get("channels");
        if (channels.Text() is var order && order != Channels(1) && order != Channels(3)) throw channels.Bad($"is \"{order}\", and must be \"{Channels(1)}\" or \"{Channels(3)}\"");
        return new Preprocessing { Fit = place.Get("fit").Enum<PictureFit>(), Divisor = place.Get("divisor").Double(), Mean = place.Get("mean").Doubles(), Deviation = place.Get("deviation").Doubles() };
    }

    private static string Channels(int count) => count == 1 ? "grey" : "red, green, blue";

    private static void WriteTraining(Utf8JsonWriter json, TrainingSummary training)
    {
        json.WriteStartObject();
        json.WriteNumber("epochs", training.Epochs);
        if (training.Examples is { } examples) json.WriteNumber("examples", examples);
        if (training.Data is { } data) json.WriteString("data", data);
        if (training.Optimizer is { } optimizer) json.WriteString("optimizer", optimizer);
        if (training.LearningRate is { } rate) json.WriteNumber("learningRate", rate);
        if (training.BatchSize is { } batchSize) json.WriteNumber("batchSize", batchSize);
        if (training.Seed is { } seed) json.WriteNumber("seed", seed);
        json.WriteStartObject("scores");
        foreach ((string name, double score) in training.Scores)
        {
            if (double.IsFinite(score)) json.WriteNumber(name, score);
            else json.WriteNull(name);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static TrainingSummary ReadTraining(JsonPlace place)
    {
        var scores = new Dictionary<string, double>();
        foreach ((string name, JsonPlace score) in place.Get("scores").Fields) scores.Add(name, score.IsNull ? double.NaN : score.Double());
        return new TrainingSummary(place.Get("epochs").Int32())
        {
            Examples = place.Find("examples")?.Int32(),
            Data = place.Find("data")?.Text(),
            Optimizer = place.Find("optimizer")?.Text(),
            LearningRate = place.Find("learningRate")?.Double(),
            BatchSize = place.Find("batchSize")?.Int32(),
            Seed = place.Find("seed")?.Int64(),
            Scores = scores,
        };
    }

    private static void WriteTensor(Utf8JsonWriter json, string name, Tensor tensor)
    {
        long length = (long)tensor.ElementCount * tensor.DType.Size;
        if (length > MostExampleBytes) throw new InvalidOperationException($"Save: the {name} of the examples take {length} bytes, and a file keeps {MostExampleBytes} at most. A few examples will do.");
        byte[] bytes = new byte[length];
        int at = 0;
        TensorBytes.Visit(tensor, part =>
        {
            part.CopyTo(bytes.AsSpan(at));
            at += part.Length;
        });
        json.WriteStartObject(name);
        json.WriteString("dtype", tensor.DType.ToString());
        json.WritePropertyName("shape");
        WriteShape(json, tensor.Shape);
        json.WriteBase64String("bytes", bytes);
        json.WriteEndObject();
    }

    private static Tensor ReadTensor(JsonPlace place)
    {
        DType dtype = place.Get("dtype").Enum<DType>();
        Shape shape = place.Get("shape").Shape();
        byte[] bytes = place.Get("bytes").Base64();
        if (dtype == DType.Bool || bytes.Length != (long)shape.ElementCount * dtype.Size) throw place.Bad($"has {bytes.Length} bytes, which are no {dtype} {shape}");
        Tensor tensor = Tensor.Uninitialized(shape, dtype);
        int at = 0;
        TensorBytes.Visit(tensor, part =>
        {
            bytes.AsSpan(at, part.Length).CopyTo(part);
            at += part.Length;
        });
        return tensor;
    }

    private static void WriteShape(Utf8JsonWriter json, Shape shape)
    {
        json.WriteStartArray();
        foreach (int length in shape) json.WriteNumberValue(length);
        json.WriteEndArray();
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, ArchitectureWriter.Options)) write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
