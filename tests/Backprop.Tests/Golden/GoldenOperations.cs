namespace Backprop.Tests;

/// <summary>Runs the golden cases of single operations.</summary>
internal static class GoldenOperations
{
    public static void Linear(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs => inputs["x"].Linear(inputs["weight"], inputs.GetValueOrDefault("bias")));

    public static void MatMul(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs => Permuted(golden, inputs, "a").MatMul(Permuted(golden, inputs, "b")));

    public static void Elementwise(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs => inputs.TryGetValue("x", out Tensor? x)
        ? OfOne(golden, x)
        : OfTwo(golden, Permuted(golden, inputs, "a"), Permuted(golden, inputs, "b")));

    public static void Activation(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs =>
    {
        Tensor x = inputs["x"];
        return golden.Attribute<string>("op") switch
        {
            "relu" => x.Relu(),
            "leaky_relu" => x.LeakyRelu(golden.Attribute<double>("negative_slope")),
            "elu" => x.Elu(golden.Attribute<double>("alpha")),
            "selu" => x.Selu(),
            "gelu" => x.Gelu(),
            "gelu_tanh" => x.Gelu(GeluForm.Tanh),
            "silu" => x.Silu(),
            "sigmoid" => x.Sigmoid(),
            "tanh" => x.Tanh(),
            "softplus" => x.Softplus(golden.Attribute<double>("beta")),
            "hardsigmoid" => x.HardSigmoid(),
            "hardswish" => x.HardSwish(),
            "softmax" => x.Softmax(golden.Attribute<int>("axis")),
            "log_softmax" => x.LogSoftmax(golden.Attribute<int>("axis")),
            string op => throw new NotSupportedException(op),
        };
    });

    public static void Reduction(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs =>
    {
        Tensor x = inputs["x"];
        bool keep = golden.Attribute<bool>("keepdim");
        int[]? axes = golden.Attribute<int[]?>("axes");
        return golden.Attribute<string>("op") switch
        {
            "sum" => axes is null ? x.Sum(keep) : x.Sum(axes, keep),
            "mean" => axes is null ? x.Mean(keep) : x.Mean(axes, keep),
            "max" => axes switch { null => x.Max(keep), [int axis] => x.Max(axis, keep), _ => x.Max(axes, keep) },
            "min" => axes switch { null => x.Min(keep), [int axis] => x.Min(axis, keep), _ => x.Min(axes, keep) },
            "var" => axes is null ? x.Variance(keep, golden.Attribute<int>("correction")) : x.Variance(axes, keep, golden.Attribute<int>("correction")),
            string op => throw new NotSupportedException(op),
        };
    });

    public static void Shaping(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs =>
    {
        string op = golden.Attribute<string>("op");
        if (op == "concatenate") return Tensor.Concatenate(golden.Attribute<int>("axis"), [.. Enumerable.Range(0, inputs.Count).Select(i => inputs[$"x{i}"])]);
        Tensor x = Permuted(golden, inputs, "x");
        return op switch
        {
            "reshape" => x.Reshape(golden.Attribute<int[]>("shape")),
            "transpose" => x.Transpose(golden.Attribute<int[]>("axes")[0], golden.Attribute<int[]>("axes")[1]),
            "permute" => x.Permute(golden.Attribute<int[]>("axes")),
            "slice" => x.Slice([.. golden.Attribute<int?[][]>("ranges").Select(range => new SliceRange(range[0], range[1], range[2] ?? 1))]),
            "pad" => x.Pad([.. golden.Attribute<int[][]>("pads").Select(pad => (pad[0], pad[1]))], golden.Attribute<double>("value")),
            _ => throw new NotSupportedException(op),
        };
    });

    private static Tensor OfOne(GoldenCase golden, Tensor x) => golden.Attribute<string>("op") switch
    {
        "exp" => x.Exp(),
        "log" => x.Log(),
        "sqrt" => x.Sqrt(),
        "abs" => x.Abs(),
        "negate" => -x,
        "pow_scalar" => x.Pow(golden.Attribute<double>("exponent")),
        "clamp" => x.Clamp(golden.Attribute<double?>("min"), golden.Attribute<double?>("max")),
        string op => throw new NotSupportedException(op),
    };

    private static Tensor OfTwo(GoldenCase golden, Tensor a, Tensor b) => golden.Attribute<string>("op") switch
    {
        "add" => a + b,
        "subtract" => a - b,
        "multiply" => a * b,
        "divide" => a / b,
        "maximum" => a.Maximum(b),
        "minimum" => a.Minimum(b),
        "pow" => a.Pow(b),
        string op => throw new NotSupportedException(op),
    };

    private static Tensor Permuted(GoldenCase golden, IReadOnlyDictionary<string, Tensor> inputs, string input) =>
        golden.HasAttribute("permute_" + input) ? inputs[input].Permute(golden.Attribute<int[]>("permute_" + input)) : inputs[input];
}
