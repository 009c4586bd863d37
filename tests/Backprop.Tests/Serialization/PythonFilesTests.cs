namespace Backprop.Tests;

/// <summary>Files that Python wrote are read here, and files written here are those that Python has read. Golden/Files/files.py made and checked them.</summary>
public sealed class PythonFilesTests : IDisposable
{
    private const string Widened = ".widened";

    private readonly string _folder = Directory.CreateTempSubdirectory("backprop").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Files", name);

    /// <summary>Holds that two tensors are equal, bit for bit but for the kind of a NaN.</summary>
    private static void AssertSame(string name, Tensor expected, Tensor read)
    {
        Assert.Equal((name, expected.Shape, expected.DType), (name, read.Shape, read.DType));
        for (int i = 0; i < expected.ElementCount; i++)
        {
            double a = expected.ElementAt(i), b = read.ElementAt(i);
            Assert.True(a.Equals(b) && double.IsNegative(a) == double.IsNegative(b) | double.IsNaN(a), $"{name}[{i}] is {b}, and {a} in Python");
        }
        if (expected.DType == DType.Int64) Assert.Equal(expected.ToArray<long>(), read.ToArray<long>());
    }

    private static int AssertWidened(IReadOnlyDictionary<string, Tensor> tensors)
    {
        int compared = 0;
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!tensors.TryGetValue(name + Widened, out Tensor? expected)) continue;
            AssertSame(name, expected, tensor);
            compared++;
        }
        return compared;
    }

    [Fact]
    public void SafeTensors_OfEveryDType_AreReadAsPythonReadsThem()
    {
        SafeTensorsFile file = SafeTensors.Load(Golden("dtypes.safetensors"));
        Assert.Equal(20, AssertWidened(file.Tensors));
        Assert.Equal("größe", file.Metadata["note"]);
        using SafeTensorsArchive archive = SafeTensors.Open(Golden("dtypes.safetensors"));
        Assert.Equal(["BF16", "BOOL", "F16", "F32", "F64", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2", "F8_E5M2FNUZ", "F8_E8M0", "I16", "I32", "I64", "I8", "U16", "U32", "U64", "U8"],
            archive.Entries.Select(entry => entry.StoredAs).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(archive.Read("BF16.widened", 3..5).ToArray<float>(), archive.Read("BF16", 3..5).ToArray<float>());
    }

    [Fact]
    public void SafeTensors_OfTheReferenceImplementation_AreTheSame()
    {
        SafeTensorsFile ours = SafeTensors.Load(Golden("dtypes.safetensors")), reference = SafeTensors.Load(Golden("dtypes-reference.safetensors"));
        Assert.Equal(ours.Tensors.Keys.Order(StringComparer.Ordinal), reference.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, Tensor tensor) in ours.Tensors) AssertSame(name, tensor, reference.Tensors[name]);
        Assert.Equal(ours.Metadata.OrderBy(pair => pair.Key), reference.Metadata.OrderBy(pair => pair.Key));
    }

    private static Sequential ConvNet() => new()
    {
        { "conv1", new Conv2d(1, 3, 3, padding: 1) }, { "norm1", new BatchNorm2d(3) }, { "relu1", new Relu() }, { "pool", new MaxPool2d(2) },
        { "conv2", new Conv2d(3, 4, 3, bias: false) }, { "norm2", new BatchNorm2d(4) }, { "relu2", new Relu() }, { "flatten", new Flatten() }, { "fc", new Linear(16, 5) },
    };

    [Theory]
    [InlineData("convnet.safetensors")]
    [InlineData("convnet.pt")]
    [InlineData("sharded/model.safetensors.index.json")]
    public void Load_TheStateOfANetworkOfPyTorch_NeedsNoCodeAndPredictsTheSame(string file)
    {
        Sequential model = ConvNet();
        Assert.True(model.Load(Golden(file)).IsExact);
        IReadOnlyDictionary<string, Tensor> expected = SafeTensors.Load(Golden("convnet-output.safetensors")).Tensors;
        AssertClose(expected["output"], model.Predict(expected["input"]), 1e-5); // float32: sums of up to 28 products of numbers near 1, in another order
        AssertClose(expected["output64"], model.To(DType.Float64).Predict(expected["input"].To(DType.Float64)), 1e-13);

        static void AssertClose(Tensor a, Tensor b, double tolerance)
        {
            Assert.Equal(a.Shape, b.Shape);
            for (int i = 0; i < a.ElementCount; i++) Assert.Equal(a.ElementAt(i), b.ElementAt(i), tolerance);
        }
    }

    [Theory]
    [InlineData("views.pt")]
    [InlineData("views-protocol4.pt")]
    public void PyTorchFile_OfHalvesViewsAndSharedStorages_IsReadAsPyTorchReadsIt(string file)
    {
        IReadOnlyDictionary<string, Tensor> expected = SafeTensors.Load(Golden("views.safetensors")).Tensors, read = PyTorchFile.LoadTensors(Golden(file));
        Assert.Equal(expected.Keys, read.Keys);
        foreach ((string name, Tensor tensor) in expected) AssertSame(name, tensor, read[name]);
    }

    [Fact]
    public void PyTorchFile_OfATraining_GivesTheTreeOfItsValues()
    {
        var tree = (IReadOnlyDictionary<object, object?>)PyTorchFile.Load(Golden("checkpoint.pt"))!;
        Assert.Equal([3L, "größe", null, 0.125, false, System.Numerics.BigInteger.Pow(2, 70), -5L, "torch.float16", "seven"],
            [tree["epoch"], tree["name"], tree["best"], tree["loss"], tree["done"], tree["big"], tree["negative"], tree["dtype"], tree[7]]);
        var history = (IReadOnlyList<object?>)tree["history"]!;
        Assert.Equal([0.5, 0.25], history.Take(2));
        Assert.Equal([1L, 300L, 70000L], (IReadOnlyList<object?>)history[2]!);
        Assert.Equal([1L, "two"], (IReadOnlyList<object?>)tree["pair"]!);
        Assert.Equal([2L, 3L], (IReadOnlyList<object?>)tree["size"]!);
        Assert.Empty((IReadOnlyDictionary<object, object?>)tree["empty"]!);

        var optimizer = (IReadOnlyDictionary<object, object?>)tree["optimizer"]!;
        var first = (IReadOnlyDictionary<object, object?>)((IReadOnlyDictionary<object, object?>)optimizer["state"]!)[0]!;
        AssertSame("exp_avg", SafeTensors.Load(Golden("checkpoint.safetensors")).Tensors["exp_avg"], (Tensor)first["exp_avg"]!);
    }

    [Fact]
    public void PyTorchFile_OfATraining_LoadsIntoAModel()
    {
        IReadOnlyDictionary<string, Tensor> expected = SafeTensors.Load(Golden("checkpoint.safetensors")).Tensors;
        var model = new Sequential(new Linear(3, 4), new Relu(), new Linear(4, 2));
        Assert.True(model.Load(Golden("checkpoint.pt")).IsExact);
        foreach ((string name, Tensor tensor) in model.State) AssertSame(name, expected[name], tensor);
        Assert.Equal(["state.0.step", "state.0.exp_avg", "state.0.exp_avg_sq"], PyTorchFile.LoadTensors(Golden("checkpoint.pt"), "optimizer").Keys.Take(3));
        Assert.Equal(["step", "exp_avg", "exp_avg_sq"], PyTorchFile.LoadTensors(Golden("checkpoint.pt"), "optimizer.state.0").Keys);
        Assert.Contains("\"none\"", Assert.Throws<KeyNotFoundException>(() => PyTorchFile.LoadTensors(Golden("checkpoint.pt"), "state_dict.none")).Message);
    }

    [Theory]
    [InlineData("evil.pt", "asks for \"posix.system\"", "Nothing of it was run")]
    [InlineData("module.pt", "asks for \"torch.nn.modules.linear.Linear\"", "Save a state_dict")]
    [InlineData("legacy.pt", "before 1.6", "torch.save(torch.load(")]
    [InlineData("arrays.npz", "no data.pkl", "torch.save did not write it")]
    public void PyTorchFile_OfMoreThanTensors_IsRefusedByName(string file, string what, string remedy)
    {
        string message = Assert.Throws<DataFormatException>(() => PyTorchFile.Load(Golden(file))).Message;
        Assert.Contains(what, message);
        Assert.Contains(remedy, message);
    }

    [Fact]
    public void Npz_OfEveryTypeOrderAndCompression_IsReadAsNumPyReadsIt()
    {
        Assert.Equal(27, AssertWidened(Npz.Load(Golden("arrays.npz"))));
        IReadOnlyDictionary<string, Tensor> compressed = Npz.Load(Golden("compressed.npz"));
        Assert.Equal(27, AssertWidened(compressed));
        Assert.Equal(new float[20_000], compressed["zeros"].ToArray<float>());
    }

    [Theory]
    [InlineData("version1.npy")]
    [InlineData("version2.npy")]
    [InlineData("version3.npy")]
    public void Npy_OfEachVersion_IsRead(string file)
    {
        Tensor tensor = Npy.Load(Golden(file));
        Assert.Equal<Shape>([2, 3], tensor.Shape);
        Assert.Equal([0f, 1, 2, 3, 4, 5], tensor.ToArray<float>());
    }

    [Theory]
    [InlineData("complex", "\"<c8\", complex numbers")]
    [InlineData("object", "\"|O\", Python objects")]
    [InlineData("structured", "structured")]
    [InlineData("text", "\"<U2\", text")]
    [InlineData("time", "\"<M8[D]\", times")]
    [InlineData("long-double", "\"<f16\", floating-point numbers that depend on the machine")]
    public void Npy_OfNoNumbers_IsRefusedByName(string file, string what) =>
        Assert.Contains(what, Assert.Throws<DataFormatException>(() => Npy.Load(Golden($"refused-{file}.npy"))).Message);

    private static Tensor Formula(Shape shape, DType dtype, int modulus, double divisor) => Tensor.Generate(shape, dtype, i => (i % modulus - modulus / 2) / divisor);

    private static OrderedDictionary<string, Tensor> WrittenTensors() => new()
    {
        ["conv.weight"] = Formula([3, 1, 2, 2], DType.Float32, 17, 8),
        ["conv.bias"] = Formula([3], DType.Float32, 5, 4),
        ["double"] = Formula([2, 5], DType.Float64, 7, 3),
        ["int"] = Formula([4], DType.Int32, 9, 1),
        ["long"] = Formula([2, 2], DType.Int64, 3, 1.0 / (1L << 40)),
        ["mask"] = Formula([5], DType.Bool, 2, 1),
        ["scalar"] = Tensor.Scalar(1.5),
        ["empty"] = Tensor.Zeros([0, 2]),
    };

    /// <summary>Writes each kind of file there is; Python has read the same bytes, which lie in Golden/Files/written.</summary>
    private static void Write(string folder)
    {
        OrderedDictionary<string, Tensor> tensors = WrittenTensors();
        SafeTensors.Save(Path.Combine(folder, "tensors.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt", ["note"] = "größe" });
        SafeTensors.SaveShards(Path.Combine(folder, "tensors.safetensors.index.json"), tensors, 100, new Dictionary<string, string> { ["format"] = "pt" });
        foreach ((string name, Tensor tensor) in tensors) Npy.Save(Path.Combine(folder, $"{name}.npy"), tensor);
        Npz.Save(Path.Combine(folder, "arrays.npz"), tensors);
        Npz.Save(Path.Combine(folder, "compressed.npz"), tensors, compress: true);
    }

    [Fact]
    public void FilesWrittenHere_AreThoseThatPythonHasRead()
    {
        Write(_folder);
        string[] names = [.. Directory.GetFiles(Golden("written")).Select(path => Path.GetFileName(path)).Order()];
        Assert.Equal(names, Directory.GetFiles(_folder).Select(path => Path.GetFileName(path)).Order());
        Assert.Equal(15, names.Length);
        foreach (string name in names.Where(name => !name.EndsWith(".npz", StringComparison.Ordinal))) // how the runtime packs is its own business
        {
            Assert.True(File.ReadAllBytes(Golden($"written/{name}")).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(_folder, name))), $"{name} is another than the one that Python has read");
        }
    }

    [Theory]
    [InlineData("arrays.npz")]
    [InlineData("compressed.npz")]
    public void NpzWrittenHere_IsReadHereToo(string name)
    {
        Write(_folder);
        foreach (string path in (string[])[Path.Combine(_folder, name), Golden($"written/{name}")])
        {
            IReadOnlyDictionary<string, Tensor> read = Npz.Load(path);
            Assert.Equal(WrittenTensors().Keys, read.Keys);
            foreach ((string key, Tensor tensor) in WrittenTensors()) AssertSame(key, tensor, read[key]);
        }
    }

    [Theory]
    [InlineData("empty.npy")]
    [InlineData("scalar.npy")]
    [InlineData("mask.npy")]
    [InlineData("long.npy")]
    [InlineData("double.npy")]
    public void NpyWrittenHere_IsReadHereToo(string name)
    {
        Write(_folder);
        AssertSame(name, WrittenTensors()[name[..^4]], Npy.Load(Path.Combine(_folder, name)));
    }
}
