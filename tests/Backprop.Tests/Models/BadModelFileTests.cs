using System.Text;

namespace Backprop.Tests;

/// <summary>Model files whose JSON lies: each is refused with its key, the place in the JSON and the byte, before memory is taken for what it promises.</summary>
public class BadModelFileTests
{
    private const string Relu = """{"type":"Relu"}""", Architecture = "backprop.architecture";

    [Theory]
    [InlineData("""{"type":"Linear","arguments":{"inputs":30000,"outputs":30000,"bias":true}}""",
        "at $ can't be built. Linear: with its weight [30000, 30000] the model has more than the 60 bytes that the file's tensors have")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":5,"outputs":3,"bias":true}}""", "at $ can't be built. Linear: with its bias [3] the model")]
    [InlineData("""{"type":"BatchNorm1d","arguments":{"features":200000000,"epsilon":1e-5,"momentum":0.1,"affine":false,"trackRunningStatistics":true}}""", "at $ can't be built. BatchNorm1d: with its running_mean [200000000]")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":-1,"outputs":3,"bias":true}}""", "at $ can't be built. inputs ('-1') must be a non-negative and non-zero value.")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":268435455,"outputs":268435455,"bias":true}}""", "at $ can't be built. A tensor holds at most 2147483647 elements")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":2147483647,"outputs":3,"bias":true}}""", "at $.arguments.inputs is beyond ±268435456")]
    [InlineData("""{"type":"AdaptiveAvgPool2d","arguments":{"outputSize":[1,30000]}}""", "at $.arguments.outputSize[1] is beyond ±4096")]
    [InlineData("""{"type":"MaxPool1d","arguments":{"kernelSize":2000000,"stride":1,"padding":0,"dilation":1,"ceilMode":false}}""", "at $.arguments.kernelSize is beyond ±1048576")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":4.5,"outputs":3,"bias":true}}""", "at $.arguments.inputs must be a whole number of 32 bits")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":4,"outputs":3,"bias":1}}""", "at $.arguments.bias must be true or false")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":4,"outputs":3}}""", "at $ has no argument \"bias\", which a Linear needs")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":4,"outputs":3,"bias":true,"rank":2}}""", "at $.arguments.rank is nothing that a Linear of this version of the library has; a newer one may have it")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":4,"outputs":3,"bias":true},"modules":{"a":{"type":"Relu"}}}""", "at $.modules.a is nothing that a Linear of this version")]
    [InlineData("""{"type":"Linear","arguments":{"inputs":2,"outputs":2,"bias":false}}""", "does not fit the tensors of this file: it was changed since it was saved.")]
    [InlineData("""{"type":"Sequential","modules":{"0":{"type":"Dropout","arguments":{"p":1.5}}}}""", "at $.modules.0 can't be built. Dropout: p is the probability to drop an element, from 0 to 1.")]
    [InlineData("""{"type":"Dropout","arguments":{"p":1e999}}""", "at $.arguments.p must be a finite number")]
    [InlineData("""{"type":"MaxPool1d","arguments":{"kernelSize":-3,"stride":1,"padding":0,"dilation":1,"ceilMode":false}}""", "at $ can't be built. MaxPool1d: kernel size -3, stride 1 and dilation 1 must be at least 1, padding 0 at least 0.")]
    [InlineData("""{"type":"AdaptiveAvgPool2d","arguments":{"outputSize":[0,1]}}""", "at $ can't be built. AdaptiveAvgPool2d: the output size 0×1 must be at least 1×1.")]
    [InlineData("""{"type":"AdaptiveAvgPool2d","arguments":{"outputSize":[1,1,1]}}""", "at $.arguments.outputSize must be a height and a width")]
    [InlineData("""{"type":"LayerNorm","arguments":{"normalizedShape":[70000,70000],"epsilon":1,"affine":false}}""", "at $.arguments.normalizedShape is no shape. A tensor holds at most")]
    [InlineData("""{"type":"LayerNorm","arguments":{"normalizedShape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"epsilon":1,"affine":false}}""", "at $.arguments.normalizedShape must be a shape of at most 16 axes")]
    [InlineData("""{"type":"Gelu","arguments":{"form":"1"}}""", "at $.arguments.form is \"1\", and must be one of Exact, Tanh")]
    [InlineData("""{"type":"Transformer"}""", "at $.type is \"Transformer\", which is no layer of this version of the library; a newer one may have it")]
    [InlineData("""{"type":"Module"}""", "at $.type is \"Module\", which is no layer of this version")]
    [InlineData("""{"type":"Residual"}""", "at $ has no module \"body\", which a Residual needs")]
    [InlineData("""{"type":"Residual","modules":{"body":{"type":"Relu"},"shortcut":{"same":"body"}}}""", "does not fit the tensors of this file")]
    [InlineData("""{"type":"Sequential","modules":{"0":{"same":"1"},"1":{"type":"Relu"}}}""", "at $.modules.0.same is \"1\", and no module of that path stands before it")]
    [InlineData("""{"type":"Sequential","modules":{"0":{"type":"Sequential","modules":{"0":{"same":"0"}}}}}""", "at $.modules.0.modules.0.same is \"0\", and no module of that path stands before it")]
    [InlineData("""{"same":""}""", "at $.same is \"\", and no module")]
    [InlineData("""{"type":"Sequential","modules":{"0":{"type":"Relu"},"0":{"type":"Relu"}}}""", "at $.modules has \"0\" twice")]
    [InlineData("""{"type":"Sequential","modules":{"a.b":{"type":"Relu"}}}""", "at $ can't be built. Sequential: the name \"a.b\" has a dot")]
    [InlineData("""{"type":"\ud800"}""", "at $.type is no sound text")]
    [InlineData("""{"type":7}""", "at $.type must be a text")]
    [InlineData("""{"arguments":{}}""", "at $ has no \"type\"")]
    [InlineData("""{"type":"Linear","arguments":[4,3]}""", "at $.arguments must be an object")]
    [InlineData("[]", "at $ must be an object")]
    [InlineData("", "is no sound JSON.")]
    [InlineData("""{"type":"Relu"} {}""", "is no sound JSON.")]
    public void Architecture_ThatLies(string json, string problem) => Refused(Architecture, problem, new() { [Architecture] = json });

    [Theory]
    [InlineData("backprop.format", "2", "is 2, written by version 9.0.0 of the library; this is 0.1.0, which reads up to 1. Take a newer version of Backprop")]
    [InlineData("backprop.format", "one", "must be a whole number from 1 up")]
    [InlineData("backprop.format", "0", "must be a whole number from 1 up")]
    [InlineData("backprop.input", "[-1]", "at $ is no shape.")]
    [InlineData("backprop.classes", "{}", "at $ must be an array")]
    [InlineData("backprop.examples", """{"inputs":{"dtype":"Float32","shape":[1],"bytes":"\ud800"},"outputs":{}}""", "at $.inputs.bytes is no sound text")]
    [InlineData("backprop.classes", "[\"a\", 2]", "at $[1] must be a text")]
    [InlineData("backprop.preprocessing", "{}", "at $ has no \"channels\"")]
    [InlineData("backprop.preprocessing", """{"channels":"blue, green, red","fit":"Whole","divisor":255,"mean":[0],"deviation":[1]}""", "at $.channels is \"blue, green, red\", and must be \"grey\" or \"red, green, blue\"")]
    [InlineData("backprop.preprocessing", """{"channels":"grey","fit":"Whole","divisor":255,"mean":[0],"deviation":["x"]}""", "at $.deviation[0] must be a finite number")]
    [InlineData("backprop.training", """{"epochs":"3","scores":{}}""", "at $.epochs must be a whole number of 32 bits")]
    [InlineData("backprop.examples", """{"inputs":{"dtype":"Float32","shape":[1,4],"bytes":"AAAA"}}""", "at $.inputs has 3 bytes, which are no Float32 [1, 4]")]
    [InlineData("backprop.examples", """{"inputs":{"dtype":"Float32","shape":[40000,40000],"bytes":"AAAA"}}""", "at $.inputs has 3 bytes, which are no Float32 [40000, 40000]")]
    [InlineData("backprop.examples", """{"inputs":{"dtype":"Float32","shape":[1,4],"bytes":"?"}}""", "at $.inputs.bytes must be bytes in base64")]
    [InlineData("backprop.examples", """{"inputs":{"dtype":"Float32","shape":[1,2],"bytes":"AAAAAAAAAAA="},"outputs":{"dtype":"Float32","shape":[1,1],"bytes":"AAAAAA=="}}""",
        "can't be tried: Linear")]
    public void Key_ThatLies(string key, string text, string problem) => Refused(key, problem, new() { [key] = text });

    [Fact]
    public void Examples_OfAnotherNumber_ContradictThemselves() => Refused("backprop.format", "is of a file that contradicts itself: the examples are [1, 2] and give [2, 1]: not one output for each input", new()
    {
        ["backprop.examples"] = """{"inputs":{"dtype":"Float32","shape":[1,2],"bytes":"AAAAAAAAAAA="},"outputs":{"dtype":"Float32","shape":[2,1],"bytes":"AAAAAAAAAAA="}}""",
    });

    [Fact]
    public void Depth_BeyondTheLimit_IsRefused_AndNotWritten()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"type":"Sequential","modules":{"0":""", 300)) + Relu + string.Concat(Enumerable.Repeat("}}", 300));
        Refused(Architecture, "is one module too many", new() { [Architecture] = deep }, orElse: "is no sound JSON.");
        Module module = new Relu();
        for (int i = 0; i < 200; i++) module = new Sequential(module);
        Assert.StartsWith("Save: a model file describes 10000 modules at most, and 200 within one another", Assert.Throws<InvalidOperationException>(() => new Model(module).Save(Stream.Null)).Message);
        module = module.Children[0].Value;
        Assert.Equal(module.ToString(), Model.Load(Saved(module), "memory").Module.ToString());
    }

    [Fact]
    public void Modules_BeyondTheLimit_AreRefused_AndAsManyAsPermittedAreQuick()
    {
        string many = $"{{\"type\":\"Sequential\",\"modules\":{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"{i}\":{Relu}"))}}}}}";
        Refused(Architecture, "at $.modules.9999 is one module too many: a file may describe 10000, 200 within one another", new() { [Architecture] = many });
        string all = $"{{\"type\":\"Sequential\",\"modules\":{{{string.Join(',', Enumerable.Range(0, 9_999).Select(i => $"\"{i}\":{Relu}"))}}}}}";
        var stream = new MemoryStream();
        SafeTensors.Save(stream, [], new Dictionary<string, string> { ["backprop.format"] = "1", [Architecture] = all });
        stream.Position = 0;
        Assert.Equal(9_999, ((Sequential)Model.Load(stream, "memory").Module).Count);
    }

    /// <summary>A file of few bytes whose layers would make much of little.</summary>
    [Theory]
    [InlineData("""{"type":"AdaptiveAvgPool2d","arguments":{"outputSize":[4096,4096]}}""")]
    [InlineData("""{"type":"Conv2d","arguments":{"inputChannels":1,"outputChannels":1,"kernelSize":[1,1],"stride":[1,1],"padding":[4096,4096],"dilation":[1,1],"groups":1,"bias":false}}""")]
    [InlineData("""{"type":"Conv2d","arguments":{"inputChannels":1,"outputChannels":1,"kernelSize":[1,1],"stride":[1,1],"padding":[4000,4000],"dilation":[1,1],"groups":1,"bias":false}}""")]
    [InlineData("""{"type":"ConvTranspose2d","arguments":{"inputChannels":1,"outputChannels":1,"kernelSize":[1,1],"stride":[4096,4096],"padding":[0,0],"outputPadding":[0,0],"dilation":[1,1],"groups":1,"bias":false}}""")]
    [InlineData("""{"type":"MaxPool2d","arguments":{"kernelSize":[4096,4096],"stride":[1,1],"padding":[2048,2048],"dilation":[1,1],"ceilMode":false}}""")]
    [InlineData("""{"type":"Sequential","modules":{"0":{"type":"ConvTranspose2d","arguments":{"inputChannels":1,"outputChannels":1,"kernelSize":[1,1],"stride":[4096,4096],"padding":[0,0],"outputPadding":[0,0],"dilation":[1,1],"groups":1,"bias":false}},"1":{"type":"AdaptiveAvgPool2d","arguments":{"outputSize":[4096,4096]}},"2":{"type":"AdaptiveAvgPool2d","arguments":{"outputSize":[4095,4096]}}}}""")]
    [InlineData("""{"type":"AvgPool2d","arguments":{"kernelSize":[4096,4096],"stride":[1,1],"padding":[2048,2048],"ceilMode":false,"countIncludePad":true}}""")]
    public void SelfTest_ThatWouldFillTheMemory_IsGivenUp(string layer)
    {
        bool weight = layer.Contains("Conv", StringComparison.Ordinal);
        const string Zeros = """{"dtype":"Float32","shape":[1,1,2,2],"bytes":"AAAAAAAAAAAAAAAAAAAAAA=="}""";
        var stream = new MemoryStream();
        SafeTensors.Save(stream, weight ? [new(layer.StartsWith("{\"type\":\"Seq", StringComparison.Ordinal) ? "0.weight" : "weight", Tensor.Zeros([1, 1, 1, 1]))] : [], new Dictionary<string, string>
        {
            ["backprop.format"] = "1",
            [Architecture] = layer,
            ["backprop.examples"] = $"{{\"inputs\":{Zeros},\"outputs\":{Zeros}}}",
        });
        stream.Position = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<DataFormatException>(() => Model.Load(stream, "memory")).Message;
        Assert.Contains("the metadata \"backprop.examples\" ", message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 80 << 20);
    }

    [Theory]
    [InlineData("mlp", "is \"mlp\", which the tensors do not fit. Linear: with its weight [50, 784] the model has more than the 60 bytes that the file's tensors have")]
    [InlineData("neuron", "does not fit the tensors of this file")]
    [InlineData("lenet", "is \"lenet\", and there is no network of that name")]
    public void Format0_ThatLies(string name, string problem)
    {
        var stream = new MemoryStream();
        SafeTensors.Save(stream, new Linear(4, 3).State, new Dictionary<string, string> { ["backprop.model"] = name });
        stream.Position = 0;
        Assert.Contains($"the metadata \"backprop.model\" {problem}", Assert.Throws<DataFormatException>(() => Model.Load(stream, "memory")).Message);
    }

    private static void Refused(string key, string problem, Dictionary<string, string> lies, string? orElse = null)
    {
        var metadata = new Dictionary<string, string>
        {
            ["backprop.format"] = "1",
            ["backprop.version"] = "9.0.0",
            [Architecture] = """{"type":"Linear","arguments":{"inputs":4,"outputs":3,"bias":true}}""",
        };
        foreach ((string lie, string text) in lies) metadata[lie] = text;
        var stream = new MemoryStream();
        SafeTensors.Save(stream, new Linear(4, 3).State, metadata);
        stream.Position = 0;
        DataFormatException refused = Assert.Throws<DataFormatException>(() => Model.Load(stream, "memory"));
        if (orElse is null || !refused.Message.Contains(orElse, StringComparison.Ordinal)) Assert.StartsWith($"memory, byte {refused.Offset}: the metadata \"{key}\" {(orElse is null ? problem : "")}", refused.Message);
        string header = Encoding.Latin1.GetString(stream.ToArray());
        Assert.Equal(header.IndexOf($"\"{key}\":\"", StringComparison.Ordinal) + key.Length + 4, refused.Offset);
    }

    private static MemoryStream Saved(Module module)
    {
        var stream = new MemoryStream();
        new Model(module).Save(stream);
        stream.Position = 0;
        return stream;
    }
}
