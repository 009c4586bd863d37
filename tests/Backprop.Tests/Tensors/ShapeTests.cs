namespace Backprop.Tests;

public class ShapeTests
{
    [Fact]
    public void Shape_ElementCount_IsTheProductOfItsLengths()
    {
        Shape scalar = [], matrix = [2, 3], empty = [4, 0, 5];
        Assert.Equal((1, 6, 0), (scalar.ElementCount, matrix.ElementCount, empty.ElementCount));
        Assert.Equal(1, default(Shape).ElementCount);
    }

    [Fact]
    public void Shape_EqualLengths_AreEqual()
    {
        Shape a = [2, 3], b = [2, 3], c = [3, 2];
        Assert.True(a == b && a != c && a.GetHashCode() == b.GetHashCode());
        Assert.NotEqual(a, Shape.Create(2, 3, 1));
        Assert.Equal(Shape.Scalar, Shape.Create());
    }

    [Fact]
    public void Shape_IndexFromTheEnd_CountsBackwards()
    {
        Shape shape = [2, 3, 5];
        Assert.Equal(5, shape[^1]);
        Assert.Equal<Shape>([3, 5], shape[1..]);
        Assert.Equal<Shape>([2, 7, 5], shape.With(1, 7));
        Assert.Equal<Shape>([2, 3, 5, 4], shape.Concat([4]));
    }

    [Fact]
    public void Shape_ToString_ReadsAsItIsWritten() => Assert.Equal("[100, 1, 28, 28]", Shape.Create(100, 1, 28, 28).ToString());

    [Fact]
    public void Shape_NegativeLength_IsRefused() => Assert.Contains("negative", Assert.Throws<ArgumentOutOfRangeException>(() => Shape.Create(2, -1)).Message);

    [Fact]
    public void Shape_MoreElementsThanAnArrayHolds_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Shape.Create(1 << 16, 1 << 16));

    [Fact]
    public void Shape_HugeAxesBesideAnEmptyOne_AreRefusedToo() => Assert.Throws<ArgumentOutOfRangeException>(() => Shape.Create(1 << 16, 1 << 16, 0));
}
