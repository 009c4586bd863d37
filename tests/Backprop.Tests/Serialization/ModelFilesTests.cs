namespace Backprop.Tests;

public sealed class ModelFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("backprop").FullName;

    private string Path => System.IO.Path.Combine(_folder, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Sequential Model(long seed, int hidden = 4) =>
        new() { { "fc1", new Linear(3, hidden, random: new RandomSource(seed)) }, { "fc2", new Linear(hidden, 2, bias: false, random: new RandomSource(seed)) } };

    [Fact]
    public void SaveAndLoad_GiveTheSameModel()
    {
        Sequential saved = Model(1), loaded = Model(2);
        Assert.NotEqual(saved.WeightsSha256(), loaded.WeightsSha256());
        saved.Save(Path, new Dictionary<string, string> { ["model"] = "test" });
        Assert.Equal("test", loaded.Load(Path)["model"]);
        Assert.Equal(saved.WeightsSha256(), loaded.WeightsSha256());
        Tensor x = Tensor.Uniform([5, 3], new RandomSource(3));
        Assert.Equal(saved.Predict(x).ToArray<float>(), loaded.Predict(x).ToArray<float>());
        Assert.Equal(["fc1.bias", "fc1.weight", "fc2.weight"], SafeTensors.Load(Path).Tensors.Keys.Order());
    }

    [Fact]
    public void Load_AnotherModelsFile_ListsEveryDifferenceAndChangesNothing()
    {
        new Sequential { { "fc1", new Linear(3, 5) }, { "extra", new Linear(1, 1, bias: false) } }.Save(Path);
        Sequential model = Model(1);
        string before = model.WeightsSha256(), message = Assert.Throws<InvalidDataException>(() => model.Load(Path)).Message;
        Assert.StartsWith(Path, message);
        Assert.Contains("missing     fc2.weight [2, 4]", message);
        Assert.Contains("unexpected  extra.weight [1, 1]", message);
        Assert.Contains("fc1.weight is Float32 [5, 3], and Float32 [4, 3] in the model", message);
        Assert.Equal(before, model.WeightsSha256());
    }

    [Fact]
    public void Load_OtherDType_IsRefused()
    {
        Model(1).To(DType.Float64).Save(Path);
        Assert.Contains("fc1.bias is Float64 [4], and Float32 [4] in the model", Assert.Throws<InvalidDataException>(() => Model(1).Load(Path)).Message);
    }

    [Fact]
    public void LoadState_TakesWhatStateGives()
    {
        Sequential one = Model(1), two = Model(2);
        two.LoadState(one.State);
        Assert.Equal(one.WeightsSha256(), two.WeightsSha256());
        Assert.Throws<ArgumentException>(() => two.LoadState([]));
    }

    [Fact]
    public void WeightsSha256_IsOfNamesShapesAndBytes()
    {
        var model = new Sequential { { "a", new Linear(2, 1, bias: false) } };
        model.Parameters[0].CopyFrom(Tensor.From([1f, 2f], [1, 2]));
        // sha256 of "a.weight Float32 [1, 2]\n" and the bytes 0000803f 00000040, by sha256sum
        Assert.Equal("ffe52ab569f937c962e22ef2f9867a5fffce0bd15cbe32dff831b05c145b19dd", model.WeightsSha256());
    }

    [Fact]
    public void Save_IntoAFolderThatIsNotThere_SaysSo() => Assert.Throws<DirectoryNotFoundException>(() => Model(1).Save(System.IO.Path.Combine(_folder, "no", "model.safetensors")));
}
