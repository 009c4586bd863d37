namespace Backprop.Tests;

public class TensorSketchTests
{
    [Fact]
    public void SmallTensor_IsToldNumberByNumber()
    {
        var sketch = new TensorSketch(Tensor.From([1.0, -2.0, 0.5], [1, 3]), room: 256);
        Assert.Equal("[1, −2, 0.5]", sketch.Text);
        Assert.Equal([64, -127, 32], sketch.Cells.Select(cell => (int)cell)); // 127 stands for the greatest magnitude, 2
        Assert.Equal((2, 1, 3), (sketch.Scale, sketch.Rows, sketch.Columns));
    }

    [Fact]
    public void Images_ArePlanesSideBySide()
    {
        var sketch = new TensorSketch(Tensor.Normal([2, 3, 8, 8], new RandomSource(1)), room: 4096);
        Assert.Equal((6, 6, 8, 8), (sketch.Planes, sketch.PlaneCount, sketch.Rows, sketch.Columns));
        Assert.Null(sketch.Text);
        Assert.Null(sketch.Values);
    }

    [Theory]
    [InlineData(1, 64, 224, 224)]
    [InlineData(1, 1, 1, 100_000)]
    [InlineData(100_000)]
    [InlineData(3000, 2000)]
    [InlineData(2, 50, 7)]
    [InlineData(5, 5, 5, 5, 5)]
    [InlineData(3, 0, 2)]
    [InlineData(0)]
    public void AnyShape_KeepsToItsRoom(params int[] lengths)
    {
        foreach (int room in (int[])[1, 16, 256, 1000, 4096])
        {
            var sketch = new TensorSketch(Tensor.Ones(Shape.Create(lengths)), room);
            Assert.InRange(sketch.Cells.Length, lengths.Contains(0) ? 0 : 1, room);
            Assert.All(sketch.Cells, cell => Assert.Equal(127, Math.Abs(cell) == 0 ? 127 : cell));
        }
    }

    [Theory]
    [InlineData("9×9 ±1", 9, 9)]
    [InlineData("[1, 1]", 2)]
    [InlineData("1", 1)]
    [InlineData("0×3", 0, 3)]
    public void WithoutRoom_ATensorIsToldInWords(string text, params int[] lengths)
    {
        var sketch = new TensorSketch(Tensor.Ones(Shape.Create(lengths)), room: 0);
        Assert.False(sketch.HasPicture);
        Assert.Equal(text, sketch.Text);
    }

    [Fact]
    public void SketchBook_OfVeryManyTensors_HasPicturesOfTheFirst()
    {
        var book = new SketchBook([.. Enumerable.Range(0, 20_000).Select(_ => Tensor.Ones([9, 9]))]);
        Assert.Equal(SketchBook.Room, book.All.Sum(sketch => sketch.Cells.Length)); // 16 each
        Assert.True(book.All[0].HasPicture);
        Assert.Equal("9×9 ±1", book.All[^1].Text);
    }

    [Fact]
    public void Samples_LieWithinTheTensor_InOrder()
    {
        Tensor ramp = Tensor.Generate([300, 300], DType.Float64, i => i);
        var sketch = new TensorSketch(ramp, room: 900);
        Assert.Equal((30, 30), (sketch.Rows, sketch.Columns));
        Assert.Equal(sketch.Cells.Order(), sketch.Cells);
    }

    [Fact]
    public void NotANumber_HasACellOfItsOwn() => Assert.Equal([127, TensorSketch.NotANumber, -64], new TensorSketch(Tensor.From(2.0, double.NaN, -1.0), 256).Cells.Select(cell => (int)cell));

    [Fact]
    public void Picture_IsAPng_OfEveryCell()
    {
        var sketch = new TensorSketch(Tensor.Normal([1, 4, 5, 6], new RandomSource(1)), 4096);
        string address = HeatMapPng.Address(sketch);
        byte[] file = Convert.FromBase64String(address["data:image/png;base64,".Length..]);
        using var folder = new TemporaryFolder();
        Image image = ImageFile.Read(folder.Write("map.png", file));
        Assert.Equal(sketch.Size, (image.Width, image.Height));
    }
}
