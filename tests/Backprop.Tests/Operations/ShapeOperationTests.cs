namespace Backprop.Tests;

/// <summary>Operations that move elements: permute, slice, pad, concatenate, broadcast, index.</summary>
public class ShapeOperationTests
{
    private static Tensor X(params ReadOnlySpan<int> shape) => Tensor.Uniform(Shape.Create(shape), new RandomSource(7), -1, 1, DType.Float64);

    private static Tensor Numbers(params ReadOnlySpan<int> shape)
    {
        Shape s = Shape.Create(shape);
        return Tensor.Generate(s, DType.Float64, i => i);
    }

    public static TheoryData<string, Func<IReadOnlyList<Tensor>, Tensor>, Tensor[]> Gradients => new()
    {
        { "permute", x => x[0].Permute(2, 0, 1), [X(2, 3, 4)] },
        { "permute scalar", x => x[0].Permute(), [X()] },
        { "transpose", x => x[0].Transpose(), [X(3, 5)] },
        { "transpose empty", x => x[0].Transpose(), [X(0, 5)] },
        { "slice", x => x[0].Slice(1..3, new SliceRange(Step: 2), -1), [X(4, 5, 3)] },
        { "slice backwards", x => x[0].Slice(new SliceRange(Step: -2)), [X(5, 2)] },
        { "slice nothing", x => x[0].Slice(2..2), [X(4, 2)] },
        { "pad", x => x[0].Pad([(1, 0), (0, 2)], 3), [X(2, 3)] },
        { "concatenate", x => Tensor.Concatenate(1, [.. x]), [X(2, 3), X(2, 1), X(2, 2)] },
        { "concatenate one tensor twice", x => Tensor.Concatenate(-1, x[0], x[0]), [X(2, 3)] },
        { "broadcast", x => x[0].BroadcastTo([4, 2, 3]), [X(2, 1)] },
        { "broadcast scalar", x => x[0].BroadcastTo([3, 2]), [X()] },
        { "index select, one row twice", x => x[0].IndexSelect(1, Tensor.From(2, 0, 2)), [X(2, 3, 2)] },
        { "gather", x => x[0].Gather(1, Tensor.From(new long[,] { { 2, 2, 0 }, { 1, 0, 1 } })), [X(2, 3)] },
    };

    [Theory, MemberData(nameof(Gradients))]
    public void Backward_MatchesCentralDifferences(string name, Func<IReadOnlyList<Tensor>, Tensor> operation, Tensor[] inputs)
    {
        Assert.NotEmpty(name);
        GradientCheck.AssertCorrect(operation, inputs);
    }

    [Fact]
    public void Permute_ImagesToChannelsLast_MovesEachElement()
    {
        Tensor x = Numbers(2, 3, 4, 5), y = x.Permute(0, 2, 3, 1);
        Assert.Equal<Shape>([2, 4, 5, 3], y.Shape);
        Assert.Equal(x.At(1, 2, 3, 4), y.At(1, 3, 4, 2));
    }

    [Theory]
    [InlineData(3, 40, 17)]
    [InlineData(2, 16, 32)]
    [InlineData(1, 1, 70)]
    public void Permute_LargerThanATile_MovesEachElement(int a, int b, int c)
    {
        Tensor x = Numbers(a, b, c), y = x.Permute(0, 2, 1), z = x.Permute(2, 1, 0);
        for (int i = 0; i < a; i++)
        {
            for (int j = 0; j < b; j++)
            {
                for (int k = 0; k < c; k++) Assert.Equal((x.At(i, j, k), x.At(i, j, k)), (y.At(i, k, j), z.At(k, j, i)));
            }
        }
    }

    [Fact]
    public void Permute_AxisTwice_IsRefused() => Assert.Contains("once", Assert.Throws<ShapeException>(() => X(2, 3).Permute(0, 0)).Message);

    [Theory]
    [InlineData(null, null, 1, new double[] { 0, 1, 2, 3, 4 })]
    [InlineData(1, -1, 1, new double[] { 1, 2, 3 })]
    [InlineData(-2, null, 1, new double[] { 3, 4 })]
    [InlineData(null, null, -1, new double[] { 4, 3, 2, 1, 0 })]
    [InlineData(3, 0, -2, new double[] { 3, 1 })]
    [InlineData(-100, 100, 2, new double[] { 0, 2, 4 })]
    [InlineData(4, 1, 1, new double[] { })]
    public void Slice_Ranges_AreThoseOfPython(int? start, int? stop, int step, double[] expected) =>
        Assert.Equal(expected, Numbers(5).Slice(new SliceRange(start, stop, step)).ToArray<double>());

    [Fact]
    public void Slice_CSharpRangeAndIndex_KeepTheAxis()
    {
        Assert.Equal([1, 2, 3], Numbers(5).Slice(1..^1).ToArray<double>());
        Assert.Equal([4], Numbers(5).Slice(-1).ToArray<double>());
        Assert.Equal<Shape>([1, 3], X(2, 3).Slice(0).Shape);
    }

    [Fact]
    public void Slice_StepZero_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => X(3).Slice(new SliceRange(Step: 0)));

    [Fact]
    public void Concatenate_ShapesThatDiffer_AreBothNamed()
    {
        string message = Assert.Throws<ShapeException>(() => Tensor.Concatenate(0, X(2, 3), X(2, 4))).Message;
        Assert.Contains("[2, 3]", message);
        Assert.Contains("[2, 4]", message);
    }

    [Fact]
    public void BroadcastTo_LengthThatIsNot1_IsRefused() => Assert.Throws<ShapeException>(() => X(2).BroadcastTo([4]));

    [Fact]
    public void IndexSelect_NumberOutsideTheAxis_NamesPositionAndValue() =>
        Assert.Contains("index[1] is 3", Assert.Throws<ArgumentOutOfRangeException>(() => X(3, 2).IndexSelect(0, Tensor.From(0, 3))).Message);

    [Fact]
    public void IndexSelect_FractionalIndex_IsRefused() => Assert.Throws<NotSupportedException>(() => X(3, 2).IndexSelect(0, Tensor.From(0f)));
}
