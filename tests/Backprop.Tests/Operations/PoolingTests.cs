namespace Backprop.Tests;

public class PoolingTests
{
    private static Tensor X(Shape shape, DType dtype = DType.Float64) => Tensor.Normal(shape, new RandomSource(3), 0, 1, dtype);

    public static TheoryData<Size2d, Size2d, Size2d, Size2d, bool> Settings => new()
    {
        { 2, 2, 0, 1, false }, { 2, 2, 0, 1, true }, { 3, 2, 1, 1, false }, { 3, 1, 1, 1, false }, { (2, 3), (1, 2), (1, 0), 1, true }, { 2, 1, 0, 2, false },
        { 3, 2, 1, 2, false }, { 1, 1, 0, 1, false }, { 1, 3, 0, 1, false }, { (7, 9), 1, (3, 4), 1, false }, { (1, 9), (1, 4), (0, 2), 1, true }, { 4, 3, 2, 1, true },
    };

    [Theory, MemberData(nameof(Settings))]
    public void MaxPool2d_AnySetting_IsThePlainFormula(Size2d kernel, Size2d stride, Size2d padding, Size2d dilation, bool ceilMode)
    {
        foreach (DType dtype in new[] { DType.Float64, DType.Float32 })
        {
            // Few different values, so that ties meet.
            Tensor x = Tensor.Generate([2, 3, 7, 9], dtype, i => i * 37 % 101 % 7 - 3).RequireGradient();
            Tensor y = x.MaxPool2d(kernel, stride, padding, dilation, ceilMode), dy = Tensor.Range(y.ElementCount, dtype).Reshape(y.Shape.AsSpan());
            (double[] expected, double[] slopes) = PlainMax(x, dy, y.Shape, kernel, stride, padding, dilation);
            Assert.Equal(expected, Values(y));
            using (Autograd.NoGradient()) Assert.Equal(expected, Values(x.MaxPool2d(kernel, stride, padding, dilation, ceilMode)));
            Assert.Equal(slopes, Values(y.Backward(dy)[x]));
        }
    }

    [Theory]
    [InlineData(2, 2), InlineData(3, 3), InlineData(4, 7), InlineData(6, 16), InlineData(5, 17), InlineData(2, 31), InlineData(3, 32), InlineData(2, 33), InlineData(2, 48), InlineData(64, 65)]
    public void MaxPool2d_HalvingInFloat32_IsThePlainFormulaAtAnyWidth(int height, int width)
    {
        Tensor x = Tensor.Generate([2, 2, height, width], DType.Float32, i => i * 7919 % 1009 % 5).RequireGradient();
        Tensor y = x.MaxPool2d(2), dy = Tensor.Range(y.ElementCount).Reshape(y.Shape.AsSpan());
        (double[] expected, double[] slopes) = PlainMax(x, dy, y.Shape, 2, 2, 0, 1);
        Assert.Equal(expected, Values(y));
        Assert.Equal(slopes, Values(y.Backward(dy)[x]));
        using (Autograd.NoGradient()) Assert.Equal(expected, Values(x.MaxPool2d(2)));
    }

    [Fact]
    public void MaxPool2d_WindowOfMoreThan256Positions_KeepsItsWinners()
    {
        Tensor x = Tensor.Generate([1, 1, 20, 20], DType.Float64, i => i).RequireGradient();
        double[] slopes = x.MaxPool2d(20).Backward(Tensor.Ones([1, 1, 1, 1], DType.Float64))[x].ToArray<double>();
        Assert.Equal(1, slopes[399]);
        Assert.Equal(1, slopes.Sum());
    }

    [Theory]
    [InlineData(2, 40), InlineData(3, 7)]
    public void MaxPool2d_NotANumber_Wins(int kernel, int width)
    {
        for (int position = 0; position < 2; position++)
        {
            float[] values = new float[2 * kernel * width];
            values[position] = float.NaN;
            values[1 - position] = 5;
            foreach (bool recorded in new[] { false, true })
            {
                Tensor y = Tensor.From<float>(values, [1, 2, kernel, width]).RequireGradient(recorded).MaxPool2d(kernel);
                Assert.True(double.IsNaN(y.At(0, 0, 0, 0)));
                Assert.Equal(0, y.At(0, 0, 0, 1));
            }
        }
    }

    [Fact]
    public void MaxPool2d_OfMinusInfinity_StaysInsideTheImage()
    {
        Tensor x = Tensor.Full([1, 1, 3, 3], double.NegativeInfinity, DType.Float64).RequireGradient();
        Tensor y = x.MaxPool2d(3, 1, 1);
        Assert.All(y.ToArray<double>(), value => Assert.Equal(double.NegativeInfinity, value));
        Assert.Equal(9, y.Backward(Tensor.Ones(y.Shape, DType.Float64))[x].ToArray<double>().Sum());
    }

    [Fact]
    public void Pooling_AnyNumberOfThreads_GivesTheSameBits()
    {
        Tensor x = X([40, 8, 32, 32], DType.Float32).RequireGradient();
        int threads = Backprop.Kernels.WorkerPool.ThreadCount;
        try
        {
            float[][] results = [.. new[] { 1, 2, 3 }.Select(count =>
            {
                Backprop.Kernels.WorkerPool.ThreadCount = count;
                Tensor y = x.MaxPool2d(2).AvgPool2d(3, 2, 1);
                return y.Backward(Tensor.Ones(y.Shape))[x].ToArray<float>();
            })];
            Assert.All(results, result => Assert.Equal(results[0], result));
        }
        finally
        {
            Backprop.Kernels.WorkerPool.ThreadCount = threads;
        }
    }

    [Fact]
    public void Pooling_Backward_MatchesCentralDifferences()
    {
        GradientCheck.AssertCorrect(x => x[0].MaxPool2d(2), [X([2, 2, 4, 6])]);
        GradientCheck.AssertCorrect(x => x[0].MaxPool2d((3, 2), (2, 1), (1, 1), (1, 2), ceilMode: true), [X([2, 2, 5, 6])]);
        GradientCheck.AssertCorrect(x => x[0].MaxPool1d(3, 2, 1), [X([2, 2, 8])]);
        GradientCheck.AssertCorrect(x => x[0].AvgPool2d((3, 2), (2, 1), (1, 1), ceilMode: true, countIncludePad: false), [X([2, 2, 5, 6])]);
        GradientCheck.AssertCorrect(x => x[0].AvgPool1d(3, 2, 1), [X([2, 2, 8])]);
        GradientCheck.AssertCorrect(x => x[0].AdaptiveAvgPool2d((3, 4)), [X([2, 2, 5, 3])]);
        GradientCheck.AssertCorrect(x => x[0].GlobalAvgPool2d(), [X([2, 3, 5, 3])]);
    }

    [Theory, MemberData(nameof(Settings))]
    public void AvgPool2d_AnySetting_IsThePlainFormula(Size2d kernel, Size2d stride, Size2d padding, Size2d dilation, bool ceilMode)
    {
        _ = dilation; // averages have none
        Tensor x = X([2, 3, 7, 9]);
        foreach (bool countPadding in new[] { false, true })
        {
            Tensor y = x.AvgPool2d(kernel, stride, padding, ceilMode, countPadding);
            for (int i = 0; i < y.Shape[2]; i++)
            {
                for (int j = 0; j < y.Shape[3]; j++)
                {
                    (int top, int left) = (i * stride.Height - padding.Height, j * stride.Width - padding.Width);
                    double sum = 0, count = 0;
                    for (int row = top; row < Math.Min(top + kernel.Height, 7 + padding.Height); row++)
                    {
                        for (int column = left; column < Math.Min(left + kernel.Width, 9 + padding.Width); column++)
                        {
                            bool inside = row is >= 0 and < 7 && column is >= 0 and < 9;
                            if (inside) sum += x.At(1, 2, row, column);
                            if (inside || countPadding) count++;
                        }
                    }
                    Assert.Equal(sum / count, y.At(1, 2, i, j), 1e-12);
                }
            }
        }
    }

    [Fact]
    public void Pooling_OneAxis_IsThatOfAnImageOneHigh()
    {
        Tensor x = X([2, 3, 11]), image = x.Reshape([2, 3, 1, 11]);
        Assert.Equal(image.MaxPool2d((1, 3), (1, 2), (0, 1)).ToArray<double>(), x.MaxPool1d(3, 2, 1).ToArray<double>());
        Assert.Equal(image.AvgPool2d((1, 3), (1, 2), (0, 1)).ToArray<double>(), x.AvgPool1d(3, 2, 1).ToArray<double>());
        Assert.Equal<Shape>([2, 3, 6], x.MaxPool1d(3, 2, 1).Shape);
    }

    [Fact]
    public void Pooling_EmptyBatch_IsEmpty()
    {
        Tensor x = Tensor.Zeros([0, 3, 4, 4]).RequireGradient();
        foreach (Tensor y in new[] { x.MaxPool2d(2), x.AvgPool2d(2) })
        {
            Assert.Equal<Shape>([0, 3, 2, 2], y.Shape);
            Assert.Equal(x.Shape, y.Backward(y)[x].Shape);
        }
    }

    [Fact]
    public void Pooling_WhatDoesNotFit_IsRefusedWithTheRemedy()
    {
        Tensor x = Tensor.Zeros([1, 1, 4, 4]);
        Assert.Contains("Unsqueeze(0)", Assert.Throws<ShapeException>(() => Tensor.Zeros([3, 4, 4]).MaxPool2d(2)).Message);
        Assert.Contains("[n, channels, length]", Assert.Throws<ShapeException>(() => x.MaxPool1d(2)).Message);
        string message = Assert.Throws<ShapeException>(() => x.AvgPool2d((5, 2))).Message;
        Assert.Contains("larger than the padded input", message);
        Assert.Contains("[1, 1, 4, 4]", message);
        Assert.Contains("more than half", Assert.Throws<ArgumentOutOfRangeException>(() => x.MaxPool2d(3, 1, 2)).Message);
        Assert.Contains("more than half", Assert.Throws<ArgumentOutOfRangeException>(() => x.AvgPool2d(3, 1, 2)).Message);
        Assert.Contains("stride 0", Assert.Throws<ArgumentOutOfRangeException>(() => x.AvgPool2d(3, 0)).Message);
        Assert.Contains("dilation 3", Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Zeros([1, 1, 2, 2]).MaxPool2d(2, 1, 1, 3)).Message);
        Assert.Contains("1×1", Assert.Throws<ArgumentOutOfRangeException>(() => x.AdaptiveAvgPool2d(0)).Message);
        Assert.Contains("pixels", Assert.Throws<ShapeException>(() => Tensor.Zeros([1, 1, 0, 4]).GlobalAvgPool2d()).Message);
        Assert.Throws<NotSupportedException>(() => Tensor.Zeros([1, 1, 4, 4], DType.Int32).MaxPool2d(2));
    }

    private static double[] Values(Tensor x) => [.. Enumerable.Range(0, x.ElementCount).Select(i => x.Reshape([-1]).At(i))];

    private static (double[] Y, double[] Dx) PlainMax(Tensor x, Tensor dy, Shape outShape, Size2d kernel, Size2d stride, Size2d padding, Size2d dilation)
    {
        double[] input = Values(x), upstream = Values(dy), y = new double[outShape.ElementCount], dx = new double[input.Length];
        (int height, int width) = (x.Shape[2], x.Shape[3]);
        for (int at = 0; at < y.Length; at++)
        {
            int j = at % outShape[3], i = at / outShape[3] % outShape[2], plane = at / outShape[3] / outShape[2], winner = -1;
            for (int u = 0; u < kernel.Height; u++)
            {
                for (int v = 0; v < kernel.Width; v++)
                {
                    int row = i * stride.Height - padding.Height + u * dilation.Height, column = j * stride.Width - padding.Width + v * dilation.Width;
                    if (row < 0 || row >= height || column < 0 || column >= width) continue;
                    int position = (plane * height + row) * width + column;
                    if (winner < 0 || input[position] > input[winner]) winner = position;
                }
            }
            y[at] = input[winner];
            dx[winner] += upstream[at];
        }
        return (y, dx);
    }
}
