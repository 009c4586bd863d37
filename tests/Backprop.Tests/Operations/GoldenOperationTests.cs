namespace Backprop.Tests;

/// <summary>Operations against PyTorch: every case of every family named here, forward and backward, in float64 and float32.</summary>
public class GoldenOperationTests
{
    /// <summary>How a family's cases are computed: from the case, and its inputs by name, the result <c>y</c>.</summary>
    private static readonly Dictionary<string, Func<GoldenCase, IReadOnlyDictionary<string, Tensor>, Tensor>> s_families = new()
    {
        ["activations"] = (golden, inputs) => Activation(golden, inputs["x"]),
        ["elementwise"] = (golden, inputs) => inputs.ContainsKey("x")
            ? ElementwiseOfOne(golden, inputs["x"])
            : ElementwiseOfTwo(golden, Permuted(golden, inputs, "a"), Permuted(golden, inputs, "b")),
        ["linear"] = (_, inputs) => inputs["x"].Linear(inputs["weight"], inputs.GetValueOrDefault("bias")),
        ["matmul"] = (golden, inputs) => Permuted(golden, inputs, "a").MatMul(Permuted(golden, inputs, "b")),
        ["reduce"] = (golden, inputs) => Reduction(golden, inputs["x"]),
        ["shape"] = ShapeOperation,
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string family in s_families.Keys)
            {
                foreach (GoldenCase golden in GoldenCases.Load(family)) cases.Add(family, golden.Name);
            }
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Operation_AgreesWithPyTorch(string family, string name)
    {
        GoldenCase golden = GoldenCases.Get(family, name);
        GoldenRun.AssertAgrees(golden, inputs => s_families[family](golden, inputs));
    }

    [Fact]
    public void Cases_NoneIsLeftOut() => Assert.Equal(38 + 25 + 3 + 5 + 24 + 11, Cases.Count);

    private static Tensor Activation(GoldenCase golden, Tensor x) => golden.Attribute<string>("op") switch
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

    private static Tensor ElementwiseOfOne(GoldenCase golden, Tensor x) => golden.Attribute<string>("op") switch
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

    private static Tensor ElementwiseOfTwo(GoldenCase golden, Tensor a, Tensor b) => golden.Attribute<string>("op") switch
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

    private static Tensor Reduction(GoldenCase golden, Tensor x)
    {
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
    }

    private static Tensor ShapeOperation(GoldenCase golden, IReadOnlyDictionary<string, Tensor> inputs)
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
    }

    private static Tensor Permuted(GoldenCase golden, IReadOnlyDictionary<string, Tensor> inputs, string input) =>
        golden.HasAttribute("permute_" + input) ? inputs[input].Permute(golden.Attribute<int[]>("permute_" + input)) : inputs[input];
}
