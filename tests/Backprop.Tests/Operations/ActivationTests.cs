namespace Backprop.Tests;

/// <summary>Element-wise functions of one tensor: their slopes, and what they do at kinks, far out, at infinity and at NaN.</summary>
public class ActivationTests
{
    private const double Inf = double.PositiveInfinity, NaN = double.NaN;

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_functions = new()
    {
        ["relu"] = x => x.Relu(),
        ["leaky_relu"] = x => x.LeakyRelu(0.1),
        ["leaky_relu of negative slope"] = x => x.LeakyRelu(-0.5),
        ["elu"] = x => x.Elu(),
        ["elu 0.5"] = x => x.Elu(0.5),
        ["selu"] = x => x.Selu(),
        ["sigmoid"] = x => x.Sigmoid(),
        ["tanh"] = x => x.Tanh(),
        ["softplus"] = x => x.Softplus(),
        ["softplus 3"] = x => x.Softplus(3),
        ["hardsigmoid"] = x => x.HardSigmoid(),
        ["hardswish"] = x => x.HardSwish(),
        ["silu"] = x => x.Silu(),
        ["gelu"] = x => x.Gelu(),
        ["gelu_tanh"] = x => x.Gelu(GeluForm.Tanh),
        ["exp"] = x => x.Exp(),
        ["abs"] = x => x.Abs(),
        ["clamp"] = x => x.Clamp(-1.03, 2.03),
        ["clamp below"] = x => x.Clamp(min: 0.03),
        ["clamp above"] = x => x.Clamp(max: 0.03),
        ["pow 0"] = x => x.Pow(0),
        ["pow 1"] = x => x.Pow(1),
        ["pow 2"] = x => x.Pow(2),
        ["pow 3"] = x => x.Pow(3),
        ["pow 4"] = x => x.Pow(4),
        ["pow -1"] = x => x.Pow(-1),
        ["pow 2.5 of |x|"] = x => x.Abs().Pow(2.5),
        ["pow 0.5 of |x|"] = x => x.Abs().Pow(0.5),
        ["pow -0.5 of |x|"] = x => x.Abs().Pow(-0.5),
        ["sqrt of |x|"] = x => x.Abs().Sqrt(),
        ["log of |x|"] = x => x.Abs().Log(),
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    [Theory, MemberData(nameof(Functions))]
    public void Backward_MatchesCentralDifferences(string function)
    {
        // 37 numbers from −4.4 to 4.6, none of them at a kink; more than one vector, and not whole vectors
        Tensor x = Tensor.Generate([37], DType.Float64, i => (i - 18) * 0.25 + 0.0625);
        GradientCheck.AssertCorrect(x => s_functions[function](x[0]), [x]);
        GradientCheck.AssertCorrect(x => s_functions[function](x[0]), [Tensor.Zeros([0, 3], DType.Float64)]);
        GradientCheck.AssertCorrect(x => s_functions[function](x[0]), [Tensor.Full([], -0.3, DType.Float64)]);
    }

    [Fact]
    public void Pow_TensorExponent_MatchesCentralDifferences()
    {
        Tensor a = Tensor.Uniform([3, 5], new RandomSource(1), 0.2, 2, DType.Float64), b = Tensor.Uniform([5], new RandomSource(2), -2, 2, DType.Float64);
        GradientCheck.AssertCorrect(x => x[0].Pow(x[1]), [a, b]);
    }

    [Fact]
    public void Pow_OfZero_HasFiniteSlopes()
    {
        Tensor a = Tensor.From(0.0, 0.0, 0.0).RequireGradient(), b = Tensor.From(0.0, 1.0, 2.0).RequireGradient();
        Gradients gradients = a.Pow(b).Sum().Backward();
        Assert.Equal([0, 1, 0], gradients[a].ToArray<double>());
        Assert.Equal([0, 0, 0], gradients[b].ToArray<double>());
    }

    public static TheoryData<string, double, double, double> Points => new()
    {
        // x, y, slope; at the kinks first
        { "relu", 0, 0, 0 }, { "relu", -Inf, 0, 0 }, { "relu", Inf, Inf, 1 }, { "relu", -1e4, 0, 0 }, { "relu", 1e4, 1e4, 1 },
        { "leaky_relu", 0, 0, 0.1 }, { "leaky_relu", -Inf, -Inf, 0.1 }, { "leaky_relu", -1e4, -1e3, 0.1 },
        { "elu", 0, 0, 1 }, { "elu", -Inf, -1, 0 }, { "elu", Inf, Inf, 1 }, { "elu", -1e4, -1, 0 }, { "elu", 1e4, 1e4, 1 }, { "elu 0.5", 0, 0, 0.5 },
        { "selu", 0, 0, 1.0507009873554804934 * 1.6732632423543772848 }, { "selu", Inf, Inf, 1.0507009873554804934 },
        { "sigmoid", -Inf, 0, 0 }, { "sigmoid", Inf, 1, 0 }, { "sigmoid", -1e4, 0, 0 }, { "sigmoid", 1e4, 1, 0 }, { "sigmoid", 0, 0.5, 0.25 },
        { "tanh", -Inf, -1, 0 }, { "tanh", Inf, 1, 0 }, { "tanh", -1e4, -1, 0 }, { "tanh", 1e4, 1, 0 }, { "tanh", 0, 0, 1 }, { "tanh", 1e-9, 1e-9, 1 },
        { "softplus", -Inf, 0, 0 }, { "softplus", Inf, Inf, 1 }, { "softplus", -1e4, 0, 0 }, { "softplus", 1e4, 1e4, 1 }, { "softplus", 21, 21, 1 },
        { "hardsigmoid", -3, 0, 0 }, { "hardsigmoid", 3, 1, 0 }, { "hardsigmoid", -Inf, 0, 0 }, { "hardsigmoid", Inf, 1, 0 },
        { "hardswish", -3, 0, -0.5 }, { "hardswish", 3, 3, 1.5 }, { "hardswish", -Inf, 0, 0 }, { "hardswish", Inf, Inf, 1 }, { "hardswish", 1e4, 1e4, 1 },
        { "silu", -Inf, 0, 0 }, { "silu", Inf, Inf, 1 }, { "silu", -1e4, 0, 0 }, { "silu", 1e4, 1e4, 1 },
        { "gelu", -Inf, 0, 0 }, { "gelu", Inf, Inf, 1 }, { "gelu", -1e4, 0, 0 }, { "gelu", 1e4, 1e4, 1 }, { "gelu", 0, 0, 0.5 },
        { "gelu_tanh", -Inf, 0, 0 }, { "gelu_tanh", Inf, Inf, 1 }, { "gelu_tanh", -1e4, 0, 0 }, { "gelu_tanh", 1e4, 1e4, 1 }, { "gelu_tanh", 0, 0, 0.5 },
        { "exp", -Inf, 0, 0 }, { "exp", Inf, Inf, Inf }, { "exp", -1e4, 0, 0 }, { "exp", 1e4, Inf, Inf },
        { "abs", 0, 0, 0 }, { "abs", -Inf, Inf, -1 },
        { "clamp", -1.03, -1.03, 1 }, { "clamp", 2.03, 2.03, 1 }, { "clamp", -Inf, -1.03, 0 }, { "clamp", Inf, 2.03, 0 },
        { "pow 0", 0, 1, 0 }, { "pow 2", 0, 0, 0 }, { "pow 1", -Inf, -Inf, 1 }, { "pow -1", Inf, 0, 0 },
    };

    [Theory, MemberData(nameof(Points))]
    public void Function_AtAPoint_HasItsValueAndSlope(string function, double x, double y, double slope)
    {
        Tensor at = Tensor.From(x).RequireGradient(), result = s_functions[function](at);
        AssertClose(y, result.At(0), 1e-15 * Math.Abs(y));
        AssertClose(slope, result.Backward(Tensor.From(1.0))[at].At(0), 1e-15);

        Tensor single = Tensor.From((float)x).RequireGradient();
        result = s_functions[function](single);
        AssertClose(y, result.At(0), 1e-7 * Math.Abs(y));
        AssertClose(slope, result.Backward(Tensor.From(1f))[single].At(0), 2e-7);
    }

    [Theory, MemberData(nameof(Functions))]
    public void Function_OfNaN_IsNaN(string function)
    {
        if (function == "pow 0") return; // 1, as in PyTorch
        Assert.Equal(NaN, s_functions[function](Tensor.From(NaN)).At(0));
        Assert.Equal(NaN, s_functions[function](Tensor.From(float.NaN)).At(0));
    }

    [Fact]
    public void Gelu_FarBelow_KeepsItsDigits()
    {
        // Φ(−6) and Φ(−10) to 17 digits (NIST DLMF 7.18 series, 90 digits)
        AssertClose(-6 * 9.8658764503769814e-10, Tensor.From(-6.0).Gelu().At(0), 1e-23);
        AssertClose(-10 * 7.6198530241605261e-24, Tensor.From(-10.0).Gelu().At(0), 1e-37);
        AssertClose(-6 * 9.8658764503769814e-10, Tensor.From(-6f).Gelu().At(0), 6e-15);
    }

    [Fact]
    public void Functions_EveryBinade_AgreeWithTheScalarOnes()
    {
        double[] points = [.. Enumerable.Range(-40, 46).SelectMany(e => new[] { 1.0, 1.1, 1.37, 1.9 }.Select(m => Math.ScaleB(m, e))).SelectMany(x => new[] { x, -x })];
        Check("tanh", Math.Tanh, 4);
        Check("sigmoid", x => 1 / (1 + Math.Exp(-x)), 4);
        Check("elu", x => x > 0 ? x : x > -0.1 ? 2 * Math.Sinh(x / 2) * Math.Exp(x / 2) : Math.Exp(x) - 1, 8);
        Check("exp", Math.Exp, 4);
        Check("log of |x|", x => Math.Log(Math.Abs(x)), 4);

        void Check(string function, Func<double, double> expected, int ulps)
        {
            double[] wide = s_functions[function](Tensor.From<double>(points)).ToArray<double>();
            float[] narrow = s_functions[function](Tensor.From<float>([.. points.Select(x => (float)x)])).ToArray<float>();
            for (int i = 0; i < points.Length; i++)
            {
                double y = expected(points[i]), single = expected((float)points[i]);
                if (double.IsFinite(y)) Assert.True(Math.Abs(wide[i] - y) <= ulps * (Math.BitIncrement(Math.Abs(y)) - Math.Abs(y)), $"{function}({points[i]:R}) = {wide[i]:R}, expected {y:R}");
                if (Math.Abs(single) < 1e38) Assert.True(Math.Abs(narrow[i] - single) <= ulps * (MathF.BitIncrement((float)Math.Abs(single)) - (float)Math.Abs(single)), $"{function}({(float)points[i]:R}f) = {narrow[i]:R}, expected {single:R}");
            }
        }
    }

    [Fact]
    public void Relu_SharedAmongThreads_IsThePlainLoop()
    {
        Tensor x = Tensor.Uniform([200_001], new RandomSource(1), -1, 1).RequireGradient(), dy = Tensor.Uniform([200_001], new RandomSource(2), -1, 1), y = x.Relu();
        Assert.Equal(x.ToArray<float>().Select(v => Math.Max(v, 0)), y.ToArray<float>());
        Assert.All(x.ToArray<float>().Zip(dy.ToArray<float>(), y.Backward(dy)[x].ToArray<float>()), at => Assert.True(at.Third == (at.First > 0 ? at.Second : 0)));
    }

    [Fact]
    public void Arguments_OutOfRange_AreRefused()
    {
        Tensor x = Tensor.From(1.0);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Elu(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Softplus(0));
        Assert.Contains("2 is greater than max 1", Assert.Throws<ArgumentException>(() => x.Clamp(2, 1)).Message);
        Assert.StartsWith("Relu", Assert.Throws<NotSupportedException>(() => Tensor.Ones([2], DType.Int32).Relu()).Message);
    }

    private static void AssertClose(double expected, double actual, double tolerance) =>
        Assert.True(expected.Equals(actual) || Math.Abs(actual - expected) <= tolerance, $"{actual:R}, expected {expected:R}");
}
