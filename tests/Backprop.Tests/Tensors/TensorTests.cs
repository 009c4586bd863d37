namespace Backprop.Tests;

public class TensorTests
{
    [Fact]
    public void Full_NegativeZero_KeepsItsSign() => Assert.All(Tensor.Full([3], -0.0).ToArray<float>(), x => Assert.True(float.IsNegative(x)));

    [Fact]
    public void From_Elements_MakesAVectorOfTheirType()
    {
        Tensor x = Tensor.From(1f, 2f, 3f);
        Assert.Equal<Shape>([3], x.Shape);
        Assert.Equal(DType.Float32, x.DType);
        Assert.Equal([1f, 2f, 3f], x.ToArray<float>());
    }

    [Fact]
    public void From_RectangularArray_IsRowMajor()
    {
        Tensor x = Tensor.From(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal<Shape>([2, 3], x.Shape);
        Assert.Equal(4, x.At(1, 0));
        Assert.Equal(6, x.At(-1, -1));
    }

    [Fact]
    public void From_WrongCount_NamesBothCounts()
    {
        string message = Assert.Throws<ShapeException>(() => Tensor.From([1f, 2f, 3f], [2, 2])).Message;
        Assert.Contains("3 elements", message);
        Assert.Contains("which has 4", message);
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.Float64)]
    [InlineData(DType.Int32)]
    [InlineData(DType.Int64)]
    [InlineData(DType.Bool)]
    public void Factories_EveryDType_FillsEveryElement(DType dtype)
    {
        Assert.Equal(1, Tensor.Ones([2, 3], dtype).At(1, 2));
        Assert.Equal(0, Tensor.Zeros([2, 3], dtype).At(1, 2));
        Tensor copy = Tensor.Zeros([5], dtype);
        copy.CopyFrom(Tensor.Ones([5], dtype));
        Assert.Equal(1, copy.At(4));
        Assert.Equal(1, Tensor.Range(2, dtype).At(1));
    }

    [Fact]
    public void AsSpan_WrongElementType_NamesBoth()
    {
        string message = Assert.Throws<InvalidCastException>(() => { _ = Tensor.Ones([2]).AsSpan<double>().Length; }).Message;
        Assert.Contains("Float32", message);
        Assert.Contains("Double", message);
    }

    [Fact]
    public void AsSpan_Write_IsSeenByTheTensor()
    {
        Tensor x = Tensor.Zeros([3]);
        x.AsSpan<float>()[1] = 5;
        Assert.Equal(5, x.At(1));
    }

    [Fact]
    public void Item_MoreThanOneElement_IsRefused() => Assert.Contains("[2]", Assert.Throws<ShapeException>(() => Tensor.Ones([2]).Item()).Message);

    [Fact]
    public void At_OutsideAnAxis_NamesIndexAndShape() =>
        Assert.Contains("index 3 on axis 1 is outside of [2, 3]", Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Ones([2, 3]).At(0, 3)).Message);

    [Fact]
    public void CopyFrom_OtherShapeOrDType_IsRefused()
    {
        Assert.Throws<ShapeException>(() => Tensor.Ones([2]).CopyFrom(Tensor.Ones([3])));
        Assert.Throws<InvalidCastException>(() => Tensor.Ones([2]).CopyFrom(Tensor.Ones([2], DType.Float64)));
    }

    [Fact]
    public void RequireGradient_Integers_IsRefused() => Assert.Throws<NotSupportedException>(() => Tensor.Ones([1], DType.Int32).RequireGradient());

    [Fact]
    public void Detach_SharesElementsAndNotTheGraph()
    {
        Tensor x = Tensor.Ones([2]).RequireGradient(), y = x.Detach();
        Assert.False(y.IsTracked);
        x.AsSpan<float>()[0] = 7;
        Assert.Equal(7, y.At(0));
    }

    [Fact]
    public void ToString_Matrix_AlignsItsColumns() => Assert.Equal(
        """
        Float32 [2, 3]
        [[   1,  2.5,   -3],
         [ 100,    0, 1e-5]]
        """.ReplaceLineEndings(), Tensor.From([1f, 2.5f, -3f, 100f, 0f, 1e-5f], [2, 3]).ToString());

    [Fact]
    public void ToString_LongAxes_AreCutShort()
    {
        string text = Tensor.Range(1000).ToString();
        Assert.Contains("2, …, 997", text);
        Assert.True(text.Length < 100);
    }

    [Fact]
    public void ToString_ScalarEmptyAndRecycled_SayWhatTheyAre()
    {
        Assert.Equal("1.5", Tensor.Scalar(1.5).ToString());
        Assert.Equal($"Float32 [0]{Environment.NewLine}[]", Tensor.Zeros([0]).ToString());
        var memory = new StepMemory();
        Tensor lost;
        using (memory.Begin()) lost = Tensor.Ones([2]);
        Assert.Equal("Float32 [2] (recycled)", lost.ToString());
    }

    [Theory]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    public unsafe void Storage_LargeBuffers_StartOnACacheLine(int length)
    {
        var memory = new StepMemory();
        for (int step = 0; step < 3; step++) // fresh, then recycled
        {
            using StepScope scope = memory.Begin();
            Span<float> span = Tensor.Zeros([length]).AsSpan<float>();
            Assert.Equal(length, span.Length);
            if (length >= 1024) fixed (float* start = span) Assert.Equal(0, (long)start % 64);
        }
    }
}
