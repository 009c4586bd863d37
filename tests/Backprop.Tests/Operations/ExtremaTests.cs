namespace Backprop.Tests;

/// <summary>Largest and smallest elements, variances, and conversion between dtypes.</summary>
public class ExtremaTests
{
    private static Tensor X(params ReadOnlySpan<int> shape) => Tensor.Uniform(Shape.Create(shape), new RandomSource(7), -1, 1, DType.Float64);

    public static TheoryData<string, Func<IReadOnlyList<Tensor>, Tensor>, Tensor[]> Gradients => new()
    {
        { "max", x => x[0].Max(), [X(3, 4)] },
        { "max along", x => x[0].Max(1), [X(2, 3, 4)] },
        { "max along last, kept", x => x[0].Max(-1, keepAxes: true), [X(2, 3)] },
        { "max over", x => x[0].Max([0, 2]), [X(2, 3, 4)] },
        { "min", x => x[0].Min(keepAxes: true), [X(3, 4)] },
        { "min along", x => x[0].Min(0), [X(5, 2)] },
        { "min over", x => x[0].Min([1, 2], keepAxes: true), [X(2, 3, 4)] },
        { "max of a number", x => x[0].Max(), [X()] },
        { "max of no rows", x => x[0].Max(1), [X(0, 3)] },
        { "variance", x => x[0].Variance(), [X(3, 4)] },
        { "variance along", x => x[0].Variance(1, correction: 0), [X(2, 3, 4)] },
        { "variance over", x => x[0].Variance([0, 2], keepAxes: true), [X(2, 3, 4)] },
    };

    [Theory, MemberData(nameof(Gradients))]
    public void Backward_MatchesCentralDifferences(string name, Func<IReadOnlyList<Tensor>, Tensor> operation, Tensor[] inputs)
    {
        Assert.NotEmpty(name);
        GradientCheck.AssertCorrect(operation, inputs);
    }

    [Fact]
    public void Max_Ties_OverAxesShareAndAlongAnAxisTheFirstTakesAll()
    {
        Tensor x = Tensor.From(new double[,] { { 1, 3, 3 }, { 3, 0, 2 } }).RequireGradient();
        Assert.Equal([0, 2, 2, 2, 0, 0], x.Max().Backward(Tensor.Scalar(6, DType.Float64))[x].ToArray<double>());
        Assert.Equal([0, 3, 3, 6, 0, 0], x.Max([1]).Backward(Tensor.From(6.0, 6.0))[x].ToArray<double>());
        Assert.Equal([0, 6, 0, 6, 0, 0], x.Max(1).Backward(Tensor.From(6.0, 6.0))[x].ToArray<double>());
        Assert.Equal([6, 0, 0, 0, 6, 6], x.Min(0).Backward(Tensor.From(6.0, 6.0, 6.0))[x].ToArray<double>());
    }

    [Fact]
    public void Max_NaN_IsTheLargestAndTheSmallest()
    {
        Tensor x = Tensor.From(1, double.NaN, 2);
        Assert.Equal(double.NaN, x.Max().Item());
        Assert.Equal(double.NaN, x.Min(0).Item());
        Assert.Equal(1, x.ArgMax(0).Item());
        Assert.Equal(double.NegativeInfinity, Tensor.Full([40], double.NegativeInfinity).Max().Item());
    }

    [Fact]
    public void ArgMax_AnyAxis_IsTheFirstPlaceOfTheLargest()
    {
        Tensor x = Tensor.From(new[,] { { 1f, 3, 3 }, { 3, 0, 2 } });
        Assert.Equal([1, 0], x.ArgMax(-1).ToArray<long>());
        Assert.Equal([1, 0, 0], x.ArgMax(0).ToArray<long>());
        Assert.Equal([2], Tensor.From(-3, -2, -1).ArgMax(0).Reshape(1).ToArray<long>());
    }

    [Fact]
    public void Max_OfNothing_IsRefused()
    {
        Assert.Contains("nothing to choose from in [2, 0]", Assert.Throws<ShapeException>(() => X(2, 0).Max(1)).Message);
        Assert.StartsWith("Min:", Assert.Throws<ShapeException>(() => X(0).Min()).Message);
        Assert.StartsWith("ArgMax:", Assert.Throws<ShapeException>(() => X(0).ArgMax(0)).Message);
    }

    [Fact]
    public void Max_Large_IsThatOfAPlainLoop()
    {
        float[] numbers = Tensor.Uniform([300_000], new RandomSource(1), -1, 1).ToArray<float>();
        Assert.Equal(numbers.Max(), (float)Tensor.From(numbers, [300_000]).Max().Item());
        Assert.Equal(Enumerable.Range(0, 3).Select(i => numbers.Where((_, at) => at % 3 == i).Min()), Tensor.From(numbers, [100_000, 3]).Min([0]).ToArray<float>());
    }

    [Fact]
    public void Variance_FarFromZero_KeepsItsDigits() =>
        Assert.Equal(2.5, Tensor.From(1e6f + 1, 1e6f + 2, 1e6f + 3, 1e6f + 4, 1e6f + 5).Variance().Item());

    [Fact]
    public void Variance_OfOneNumber_IsNaN() => Assert.Equal(double.NaN, X(1).Variance().Item());

    [Fact]
    public void To_BetweenFloats_PassesTheGradientBack()
    {
        Tensor x = Tensor.From(1.5, -2.25).RequireGradient(), y = x.To(DType.Float32);
        Assert.Equal([1.5f, -2.25f], y.ToArray<float>());
        Assert.Equal([3, 0.5], y.Backward(Tensor.From(3f, 0.5f))[x].ToArray<double>());
        Assert.Same(x, x.To(DType.Float64));
    }

    [Fact]
    public void To_Integers_CutsOffAndHasNoGradient()
    {
        Tensor x = Tensor.From(1.9f, -1.9f, float.NaN, 1e20f).RequireGradient(), y = x.To(DType.Int32);
        Assert.Equal([1, -1, 0, int.MaxValue], y.ToArray<int>());
        Assert.False(y.IsTracked);
    }

    [Fact]
    public void To_EveryPairOfDtypes_KeepsSmallWholeNumbers()
    {
        DType[] all = Enum.GetValues<DType>();
        foreach (DType from in all)
        {
            foreach (DType to in all)
            {
                Tensor y = Tensor.From(0f, 1f, 3f).To(from).To(to);
                Assert.Equal(to, y.DType);
                bool flags = from == DType.Bool || to == DType.Bool;
                Assert.Equal([0, 1, flags ? 1 : 3], [y.At(0), y.At(1), y.At(2)]);
            }
        }
    }
}
