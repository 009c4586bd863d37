using System.Text.Json.Nodes;

namespace Backprop.Tests;

/// <summary>Model files that were written once open for ever, and give what PyTorch makes of their weights (Golden/models/models.py).</summary>
public class GoldenModelTests
{
    private const double Tolerance = 1e-6; // of outputs about 1: Float32 against Float64

    /// <summary>The number at the end of a name is the format: 0 names its network and says no more.</summary>
    [Theory]
    [InlineData("neuron-0")]
    [InlineData("tiny-mlp-0")]
    [InlineData("described-1")]
    public void File_OfEveryFormat_Opens_AndGivesWhatItGave(string name)
    {
        JsonNode golden = JsonNode.Parse(File.ReadAllText(Golden("outputs.txt")))![name]!;
        int[] shape = [.. golden["shape"]!.AsArray().Select(length => (int)length!)];
        Tensor inputs = Tensor.From([.. golden["inputs"]!.AsArray().Select(number => (float)number!)], Shape.Create(shape));
        double[] expected = [.. golden["outputs"]!.AsArray().Select(number => (double)number!)];
        Model model = Model.Load(Golden($"{name}.safetensors"));
        float[] outputs = model.Predict(inputs).ToArray<float>();
        Assert.All(expected.Zip(outputs), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
        Assert.False(model.Module.Training);
    }

    [Theory]
    [InlineData("neuron-0", "neuron: 2 parameters, [1]")]
    [InlineData("tiny-mlp-0", "tiny-mlp: 243 parameters, [4]")]
    public void FileOfFormat0_SaysWhatItSaid(string name, string text)
    {
        Model model = Model.Load(Golden($"{name}.safetensors"));
        Assert.Equal(text, model.ToString());
        Assert.Equal((2, null, 0), (model.Training!.Epochs, model.Preprocessing, model.ClassNames.Count));
    }

    [Fact]
    public void FileOfFormat1_SaysWhatItSaid()
    {
        Model model = Model.Load(Golden("described-1.safetensors"));
        Assert.Equal("golden: 299 parameters, [3, 6, 5] to 3 classes", model.ToString());
        Assert.Equal(["fig", "\"plum\"", "Birne ü"], model.ClassNames);
        Assert.Equal(Preprocessing.Standardize([0.49, 0.48, 0.45], [0.25, 0.24, 0.26]), model.Preprocessing);
        Assert.Equal((5, 8, "noise", "sgd", 0.1, 8, 2026), (model.Training!.Epochs, model.Training.Examples, model.Training.Data, model.Training.Optimizer, model.Training.LearningRate, model.Training.BatchSize, model.Training.Seed));
        Assert.Equal([1.25, double.NaN], [model.Training.Scores["train_loss"], model.Training.Scores["test_loss"]]);
        Assert.Equal([2, 3, 6, 5], model.Examples!.Inputs.Shape);
    }

    [Fact]
    public void FileOfFormat1_SavedAgain_IsTheSameButForExamplesAndVersion()
    {
        var stream = new MemoryStream();
        Model model = Model.Load(Golden("described-1.safetensors"));
        model.Save(stream);
        stream.Position = 0;
        SafeTensorsFile was = SafeTensors.Load(Golden("described-1.safetensors")), saved = SafeTensors.Load(stream, "memory");
        string[] keys = [.. was.Metadata.Keys.Except(["backprop.version", "backprop.examples"])]; // the outputs of the examples are this processor's, to the last bit
        Assert.Equal(was.Metadata.Keys.Order(), saved.Metadata.Keys.Order());
        Assert.Equal(keys.Select(key => was.Metadata[key]), keys.Select(key => saved.Metadata[key]));
        Assert.Equal(was.Tensors.Keys, saved.Tensors.Keys);
        stream.Position = 0;
        Assert.Equal(model.Examples!.Inputs.ToArray<float>(), Model.Load(stream, "memory").Examples!.Inputs.ToArray<float>());
    }

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "models", name);
}
