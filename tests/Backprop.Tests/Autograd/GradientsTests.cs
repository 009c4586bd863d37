namespace Backprop.Tests;

public class GradientsTests
{
    [Fact]
    public void Add_ThenScale_MakesTheMeanOfTwoPasses()
    {
        Tensor both = Tensor.Ones([2]), firstOnly = Tensor.Ones([1]), secondOnly = Tensor.Ones([1], DType.Float64);
        Gradients total = new(), other = new();
        Tensor part = Tensor.From(1f, 2f);
        total.Set(both, part);
        total.Set(firstOnly, Tensor.From(8f));
        other.Set(both, Tensor.From(3f, 6f));
        other.Set(secondOnly, Tensor.From(10.0));

        total.Add(other);
        total.Scale(0.5);

        Assert.Equal([2f, 4f], total[both].ToArray<float>());
        Assert.Equal([4f], total[firstOnly].ToArray<float>());
        Assert.Equal([5.0], total[secondOnly].ToArray<double>());
        Assert.Equal([1f, 2f], part.ToArray<float>()); // what was handed out is never written into
        Assert.Equal([10.0], other[secondOnly].ToArray<double>());
    }

    [Fact]
    public void Norm_IsTheLengthOfAllGradientsTogether()
    {
        Tensor a = Tensor.From([3f, 0f]).RequireGradient(), b = Tensor.From([4.0, 12.0]).RequireGradient();
        Gradients g = (a * a * 0.5).Sum().Backward();
        g.Add((b * b * 0.5).Sum().Backward());
        Assert.Equal(13, g.Norm(), 1e-12);
    }
}
