namespace Backprop.Tests;

public class SumTests
{
    private static Tensor X(params ReadOnlySpan<int> shape) => Tensor.Uniform(Shape.Create(shape), new RandomSource(7), -1, 1, DType.Float64);

    public static TheoryData<int[]> Axes => [[], [0], [1], [-1], [0, 1], [2, 0], [1, 3], [0, 2, 3], [3, 2, 1, 0]];

    [Theory, MemberData(nameof(Axes))]
    public void Sum_AnyAxes_IsThePlainSum(int[] axes)
    {
        int[] lengths = [2, 3, 4, 5];
        Tensor x = X(lengths), y = x.Sum(axes), kept = x.Sum(axes, keepAxes: true);
        Assert.Equal(Shape.Create([.. lengths.Select((length, axis) => axes.Contains(axis) || axes.Contains(axis - 4) ? 1 : length)]), kept.Shape);
        Assert.Equal(Shape.Create([.. lengths.Where((_, axis) => !axes.Contains(axis) && !axes.Contains(axis - 4))]), y.Shape);
        Assert.Equal(y.ToArray<double>(), kept.ToArray<double>());
        Tensor sums = Tensor.Zeros(kept.Shape, DType.Float64);
        for (int i = 0; i < x.ElementCount; i++)
        {
            int position = 0;
            for (int axis = 0, rest = x.ElementCount; axis < 4; axis++)
            {
                rest /= lengths[axis];
                position = position * kept.Shape[axis] + (kept.Shape[axis] == 1 ? 0 : i / rest % lengths[axis]);
            }
            sums.AsSpan<double>()[position] += x.AsSpan<double>()[i];
        }
        Assert.Equal(sums.ToArray<double>(), y.ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-13);
        GradientCheck.AssertCorrect(x => x[0].Sum(axes), [x]);
        GradientCheck.AssertCorrect(x => x[0].Mean(axes, keepAxes: true), [x]);
    }

    [Fact]
    public void Backward_EdgeShapes_MatchCentralDifferences()
    {
        foreach (Tensor x in new[] { X(), X(1), X(0), X(2, 0, 3), X(7, 1) })
        {
            GradientCheck.AssertCorrect(x => x[0].Sum(), [x]);
            if (x.ElementCount > 0) GradientCheck.AssertCorrect(x => x[0].Mean(), [x]);
        }
        GradientCheck.AssertCorrect(x => x[0].Sum(1), [X(2, 0, 3)]);
    }

    [Fact]
    public void Mean_OfNothing_IsNaN() => Assert.Equal(double.NaN, X(0).Mean().Item());

    [Theory]
    [InlineData(1, 3_000_000, 1), InlineData(1, 300_000, 10), InlineData(1, 70_000, 3), InlineData(300, 1000, 1), InlineData(3, 2001, 5), InlineData(7, 100, 333), InlineData(2, 20, 5000)]
    public void Sum_Float32_KeepsItsDigits(int outer, int length, int inner)
    {
        Tensor x = Tensor.Uniform([outer, length, inner], new RandomSource(1));
        double[] expected = new double[outer * inner];
        float[] values = x.ToArray<float>();
        for (int i = 0; i < values.Length; i++) expected[i / (length * inner) * inner + i % inner] += values[i];
        // Added in halves, so the error is some units in the last place (6e-8), not one for each of 3 million additions.
        Assert.Equal(expected, x.Sum(1).ToArray<float>().Select(y => (double)y), (a, b) => Math.Abs(a - b) < 1e-6 * a);
    }

    [Fact]
    public void Sum_OfTheSameNumbers_HasTheSameBitsWhereverTheyLie()
    {
        float[] numbers = Tensor.Uniform([999], new RandomSource(1)).ToArray<float>();
        foreach (int offset in Enumerable.Range(0, 20))
        {
            float[] shifted = [.. new float[offset], .. numbers];
            Assert.Equal(Tensor.From(numbers, [999]).Sum().Item(), Tensor.From(shifted.AsSpan(offset), [999]).Sum().Item());
        }
    }

    [Fact]
    public void Sum_WrongAxes_AreNamed()
    {
        Assert.Contains("no axis 2", Assert.Throws<ShapeException>(() => X(2, 3).Sum(2)).Message);
        Assert.Contains("twice", Assert.Throws<ShapeException>(() => X(2, 3).Mean([1, -1])).Message);
    }

    [Fact]
    public void Sum_Integers_SaysHowToConvert() => Assert.Contains("To(", Assert.Throws<NotSupportedException>(() => Tensor.Ones([2], DType.Int64).Sum()).Message);
}
