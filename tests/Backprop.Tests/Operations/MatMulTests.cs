namespace Backprop.Tests;

public class MatMulTests
{
    private static Tensor X(params ReadOnlySpan<int> shape) => Tensor.Uniform(Shape.Create(shape), new RandomSource(7), -1, 1, DType.Float64);

    public static TheoryData<int[], int[], int[]> Shapes => new()
    {
        { [2, 3], [3, 4], [2, 4] },
        { [3], [3, 4], [4] },
        { [2, 3], [3], [2] },
        { [3], [3], [] },
        { [1, 1], [1, 1], [1, 1] },
        { [5, 2, 3], [5, 3, 4], [5, 2, 4] },
        { [5, 2, 3], [3, 4], [5, 2, 4] },
        { [2, 3], [5, 3, 4], [5, 2, 4] },
        { [3], [5, 3, 4], [5, 4] },
        { [5, 2, 3], [3], [5, 2] },
        { [2, 1, 2, 3], [4, 3, 2], [2, 4, 2, 2] },
        { [4, 2, 3], [2, 1, 3, 2], [2, 4, 2, 2] },
        { [1, 2, 3], [5, 3, 4], [5, 2, 4] },
        { [0, 3], [3, 4], [0, 4] },
        { [2, 0], [0, 4], [2, 4] },
        { [0, 2, 3], [0, 3, 4], [0, 2, 4] },
        { [0, 2, 3], [1, 3, 4], [0, 2, 4] },
        { [1, 2, 3], [0, 3, 4], [0, 2, 4] },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void MatMul_AnyShapes_MatchesCentralDifferences(int[] a, int[] b, int[] result)
    {
        Assert.Equal(Shape.Create(result), X(a).MatMul(X(b)).Shape);
        GradientCheck.AssertCorrect(x => x[0].MatMul(x[1]), [X(a), X(b)]);
    }

    [Fact]
    public void MatMul_TwoByTwo_IsAsByHand()
    {
        Tensor a = Tensor.From(new[,] { { 1f, 2 }, { 3, 4 } }), b = Tensor.From(new[,] { { 5f, 6 }, { 7, 8 } });
        Assert.Equal([19, 22, 43, 50], a.MatMul(b).ToArray<float>());
    }

    [Fact]
    public void MatMul_ManySmallMatrices_AreThoseOneByOne()
    {
        Tensor a = Tensor.Uniform([40, 16, 20], new RandomSource(1), -1, 1), b = Tensor.Uniform([40, 20, 24], new RandomSource(2), -1, 1);
        float[] all = a.MatMul(b).ToArray<float>();
        for (int t = 0; t < 40; t++) Assert.Equal(a.Slice(t).Squeeze(0).MatMul(b.Slice(t).Squeeze(0)).ToArray<float>(), all[(t * 16 * 24)..((t + 1) * 16 * 24)]);
    }

    [Fact]
    public void MatMul_InnerDimensionsThatDiffer_AreNamedWithARemedy()
    {
        string message = Assert.Throws<ShapeException>(() => X(2, 3).MatMul(X(4, 3))).Message;
        Assert.Contains("3 on the left, 4 on the right", message);
        Assert.Contains("Transpose", message);
    }

    [Fact]
    public void MatMul_LeadingAxesThatDiffer_AreRefused() => Assert.StartsWith("MatMul:", Assert.Throws<ShapeException>(() => X(2, 2, 3).MatMul(X(3, 3, 2))).Message);

    [Fact]
    public void MatMul_Scalar_IsRefused() => Assert.Contains("use *", Assert.Throws<ShapeException>(() => X(2, 2).MatMul(X())).Message);

    [Fact]
    public void MatMul_DtypesThatDiffer_AreNamed() => Assert.Contains("Float32", Assert.Throws<InvalidCastException>(() => X(2, 2).MatMul(Tensor.Ones([2, 2]))).Message);
}
