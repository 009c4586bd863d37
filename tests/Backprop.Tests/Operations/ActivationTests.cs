namespace Backprop.Tests;

/// <summary>Element-wise functions of one tensor.</summary>
public class ActivationTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_functions = new()
    {
        ["relu"] = x => x.Relu(),
        ["leaky_relu"] = x => x.LeakyRelu(0.1),
        ["leaky_relu negative"] = x => x.LeakyRelu(-0.5),
        ["elu"] = x => x.Elu(),
        ["elu 0.5"] = x => x.Elu(0.5),
        ["selu"] = x => x.Selu(),
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    [Theory, MemberData(nameof(Functions))]
    public void Backward_MatchesCentralDifferences(string function)
    {
        // 37 numbers from −4.5 to 4.5, none of them at a kink
        Tensor x = Tensor.Generate([37], DType.Float64, i => (i - 18) * 0.25 + 0.0625);
        NumericalGradient.AssertMatches(x => s_functions[function](x[0]), [x]);
        NumericalGradient.AssertMatches(x => s_functions[function](x[0]), [Tensor.Zeros([0, 3], DType.Float64)]);
        NumericalGradient.AssertMatches(x => s_functions[function](x[0]), [Tensor.Full([], -0.3, DType.Float64)]);
    }
}
