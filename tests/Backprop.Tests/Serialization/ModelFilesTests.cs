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
        Assert.True(loaded.Load(Path).IsExact);
        Assert.Equal("test", SafeTensors.LoadMetadata(Path)["model"]);
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
        string before = model.WeightsSha256();
        StateMismatchException refusal = Assert.Throws<StateMismatchException>(() => model.Load(Path));
        Assert.Equal(["fc2.weight"], refusal.Missing);
        Assert.Equal(["extra.weight"], refusal.Unexpected);
        Assert.Equal(["fc1.weight", "fc1.bias"], refusal.Mismatched.Select(tensor => tensor.Name));
        Assert.Equal(
            $"""
            {Path}: this is another model's state, of 3 tensors. Build the model that it was saved from, rename, or load what fits with Strict = false.
              missing     fc2.weight
              unexpected  extra.weight
              different   fc1.weight is Float32 [5, 3], and Float32 [4, 3] in the model
              different   fc1.bias is Float32 [5], and Float32 [4] in the model
            """, refusal.Message);
        Assert.Equal(before, model.WeightsSha256());
    }

    [Fact]
    public void Load_NotStrict_TakesWhatFitsAndReportsTheRest()
    {
        Sequential saved = new() { { "fc1", new Linear(3, 5) }, { "fc2", new Linear(4, 2, bias: false) }, { "extra", new Linear(1, 1) } }, model = Model(1), before = Model(1);
        saved.Save(Path);
        LoadReport report = model.Load(Path, new LoadOptions { Strict = false });
        Assert.Empty(report.Missing);
        Assert.Equal(["extra.weight", "extra.bias"], report.Unexpected);
        Assert.Equal([new("fc1.weight", [5, 3], DType.Float32, [4, 3], DType.Float32), new MismatchedTensor("fc1.bias", [5], DType.Float32, [4], DType.Float32)], report.Mismatched);
        Assert.False(report.IsExact);
        Assert.Equal(saved.Parameters[2].ToArray<float>(), model.Parameters[2].ToArray<float>());
        Assert.Equal(before.Parameters[0].ToArray<float>(), model.Parameters[0].ToArray<float>());
    }

    [Fact]
    public void Load_Renaming_TakesOtherNamesAndLeavesNullsOut()
    {
        var saved = new Sequential { { "module", Model(1) }, { "extra", new Linear(1, 1) } };
        saved.Save(Path);
        Sequential model = Model(2);
        Assert.True(model.Load(Path, new LoadOptions { Rename = name => name.StartsWith("module.", StringComparison.Ordinal) ? name[7..] : null }).IsExact);
        Assert.Equal(Model(1).WeightsSha256(), model.WeightsSha256());
        ArgumentException twice = Assert.Throws<ArgumentException>(() => model.Load(Path, new LoadOptions { Rename = _ => "same" }));
        Assert.StartsWith($"{Path}: the name same is there twice, the second time for ", twice.Message);
    }

    [Fact]
    public void Load_OtherDType_IsRefused()
    {
        Model(1).To(DType.Float64).Save(Path);
        Assert.Contains("fc1.bias is Float64 [4], and Float32 [4] in the model", Assert.Throws<StateMismatchException>(() => Model(1).Load(Path)).Message);
    }

    [Fact]
    public void LoadState_TakesWhatStateGives()
    {
        Sequential one = Model(1), two = Model(2);
        two.LoadState(one.State);
        Assert.Equal(one.WeightsSha256(), two.WeightsSha256());
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight"], Assert.Throws<StateMismatchException>(() => two.LoadState([])).Missing);
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
