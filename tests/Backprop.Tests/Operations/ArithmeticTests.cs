namespace Backprop.Tests;

/// <summary>Element-wise functions of two tensors, and of a tensor and a number.</summary>
public class ArithmeticTests
{
    private static Tensor X(params ReadOnlySpan<int> shape) => Tensor.Uniform(Shape.Create(shape), new RandomSource(7), 0.5, 2, DType.Float64);

    private static Tensor Y(params ReadOnlySpan<int> shape) => Tensor.Uniform(Shape.Create(shape), new RandomSource(8), -2, -0.5, DType.Float64);

    public static TheoryData<string, Func<IReadOnlyList<Tensor>, Tensor>> Operators => new()
    {
        { "add", x => x[0] + x[1] },
        { "subtract", x => x[0] - x[1] },
        { "multiply", x => x[0] * x[1] },
        { "divide", x => x[0] / x[1] },
        { "maximum", x => x[0].Maximum(x[1]) },
        { "minimum", x => x[0].Minimum(x[1]) },
    };

    [Theory, MemberData(nameof(Operators))]
    public void Backward_AnyShapesThatFit_MatchesCentralDifferences(string name, Func<IReadOnlyList<Tensor>, Tensor> operation)
    {
        Assert.NotEmpty(name);
        Tensor[][] cases =
        [
            [X(), Y()], [X(1), Y()], [X(2, 3), Y(2, 3)], [X(17), Y(1)], [X(1), Y(17)], [X(3, 5), Y(5)], [X(5), Y(3, 5)], [X(2, 3, 4), Y(3, 1)], [X(4, 1), Y(3)],
            [X(2, 1, 3, 1), Y(4, 1, 5)], [X(2, 3, 1), Y(2, 1, 4)], [X(0, 3), Y(3)], [X(2, 0), Y(1, 1)], [X(2, 3), Tensor.Ones([], DType.Float64)],
        ];
        foreach (Tensor[] inputs in cases) GradientCheck.AssertCorrect(operation, inputs);
    }

    [Theory, MemberData(nameof(Operators))]
    public void Backward_SameTensorOnBothSides_AddsBothWays(string name, Func<IReadOnlyList<Tensor>, Tensor> operation)
    {
        if (name is "maximum" or "minimum") return; // a kink everywhere; see the case of ties
        GradientCheck.AssertCorrect(x => operation([x[0], x[0]]), [X(3, 2)]);
    }

    public static TheoryData<string, Func<Tensor, Tensor>, Func<double, double>> WithNumbers => new()
    {
        { "x + 2", x => x + 2, x => x + 2 },
        { "2 + x", x => 2 + x, x => x + 2 },
        { "x - 3", x => x - 3, x => x - 3 },
        { "3 - x", x => 3 - x, x => 3 - x },
        { "x * 3", x => x * 3, x => x * 3 },
        { "3 * x", x => 3 * x, x => x * 3 },
        { "x / 3", x => x / 3, x => x / 3 },
        { "3 / x", x => 3 / x, x => 3 / x },
        { "-x", x => -x, x => -x },
    };

    [Theory, MemberData(nameof(WithNumbers))]
    public void Operator_TensorAndNumber_IsThatOfNumbers(string name, Func<Tensor, Tensor> operation, Func<double, double> expected)
    {
        Assert.NotEmpty(name);
        foreach (int count in new[] { 0, 1, 3, 8, 21 })
        {
            Assert.Equal(X(count).ToArray<double>().Select(expected), operation(X(count)).ToArray<double>());
            GradientCheck.AssertCorrect(x => operation(x[0]), [X(count)]);
        }
    }

    [Fact]
    public void Operators_TutorialsFirstGraph_HasItsGradients()
    {
        Tensor apple = Tensor.Scalar(100).RequireGradient(), count = Tensor.Scalar(2).RequireGradient(), tax = Tensor.Scalar(1.1).RequireGradient();
        Tensor price = apple * count * tax;
        Gradients g = price.Backward();
        Assert.Equal([220, 2.2, 110, 200], [price.Item(), g[apple].Item(), g[count].Item(), g[tax].Item()], (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void Maximum_Ties_GiveHalfToEach()
    {
        Tensor a = Tensor.From(1.0, 2.0, 3.0).RequireGradient(), b = Tensor.From(1.0, 3.0, 2.0).RequireGradient();
        Gradients larger = a.Maximum(b).Sum().Backward(), smaller = a.Minimum(b).Sum().Backward();
        Assert.Equal([0.5, 0, 1], larger[a].ToArray<double>());
        Assert.Equal([0.5, 1, 0], larger[b].ToArray<double>());
        Assert.Equal([0.5, 1, 0], smaller[a].ToArray<double>());
    }

    [Fact]
    public void Maximum_NaN_Stays() =>
        Assert.Equal([double.NaN, double.NaN], Tensor.From(double.NaN, 1).Maximum(Tensor.From(1, double.NaN)).ToArray<double>());

    [Fact]
    public void Divide_LargeDivisor_SlopeDoesNotUnderflowEarly()
    {
        Tensor a = Tensor.From(1e30f), b = Tensor.From(1e30f).RequireGradient();
        Assert.Equal(-1e-30f, (a / b).Backward()[b].ToArray<float>()[0], 1e-36f); // b² = 1e60 is infinite in float32
    }

    [Theory]
    [InlineData(70_000, 1), InlineData(1, 70_000), InlineData(300, 300), InlineData(20_000, 7), InlineData(37, 10)]
    public void Multiply_LargeAndBroadcast_IsThePlainLoopWhateverTheThreads(int rows, int columns)
    {
        Tensor a = Tensor.Uniform([rows, columns], new RandomSource(1), -1, 1), b = Tensor.Uniform([columns], new RandomSource(2), -1, 1), c = Tensor.Uniform([rows, 1], new RandomSource(3), -1, 1);
        float[] x = a.ToArray<float>(), y = b.ToArray<float>(), z = c.ToArray<float>();
        Assert.Equal(x.Select((value, i) => value * y[i % columns]), (a * b).ToArray<float>());
        Assert.Equal(x.Select((value, i) => value * z[i / columns]), (a * c).ToArray<float>());
        Assert.Equal(x.Select((value, i) => z[i / columns] * value), (c * a).ToArray<float>());
    }

    [Fact]
    public void Add_ShapesThatDoNotFit_AreBothNamed()
    {
        string message = Assert.Throws<ShapeException>(() => X(2, 3) + X(2)).Message;
        Assert.StartsWith("Add:", message);
        Assert.Contains("[2, 3]", message);
        Assert.Contains("[2]", message);
    }

    [Fact]
    public void Add_DtypesThatDiffer_AreBothNamed()
    {
        string message = Assert.Throws<InvalidCastException>(() => X(2) + Tensor.Ones([2])).Message;
        Assert.Contains("Float64", message);
        Assert.Contains("Float32", message);
    }

    [Fact]
    public void Add_Integers_SaysHowToConvert() =>
        Assert.Contains("To(DType.Float32)", Assert.Throws<NotSupportedException>(() => Tensor.Ones([2], DType.Int32) + Tensor.Ones([2], DType.Int32)).Message);

    [Fact]
    public void Operation_OfARule_HasItsName()
    {
        Tensor x = X(2).RequireGradient();
        Assert.Equal(["Add", "MultiplyByNumber", "Relu"], [(x + x).Origin!.Name, (x * 2).Origin!.Name, x.Relu().Origin!.Name]);
    }
}
