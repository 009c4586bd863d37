namespace Backprop.Tests;

public class GradientClippingTests
{
    [Fact]
    public void ByNorm_OneTensorForTwoParameters_IsScaledOnceForEach()
    {
        Tensor a = Tensor.Ones([2]), b = Tensor.Ones([2]), shared = Tensor.From(3f, 4f);
        var gradients = new Gradients();
        gradients.Set(a, shared);
        gradients.Set(b, shared);
        Assert.Equal(Math.Sqrt(50), GradientClipping.ByNorm(gradients, maxNorm: Math.Sqrt(50) / 2), 6);
        Assert.Equal(1.5, gradients[a].At(0), 5);
        Assert.Equal(1.5, gradients[b].At(0), 5);
        Assert.Equal([3f, 4f], shared.ToArray<float>());
    }

    [Theory]
    [InlineData(float.NaN, NormType.L2)]
    [InlineData(float.NaN, NormType.Infinity)]
    [InlineData(float.PositiveInfinity, NormType.L2)]
    [InlineData(float.NegativeInfinity, NormType.Infinity)]
    public void ByNorm_GradientNotFinite_IsToldByTheNorm(float bad, NormType normType)
    {
        Tensor parameter = Tensor.Ones([3]);
        var gradients = new Gradients();
        gradients.Set(parameter, Tensor.From(1f, bad, 2f));
        Assert.False(double.IsFinite(GradientClipping.ByNorm(gradients, maxNorm: 1, normType)));
    }

    [Fact]
    public void Clipping_NegativeLimit_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByNorm(new Gradients(), maxNorm: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByValue(new Gradients(), double.NaN));
    }
}
