namespace Backprop.Tests;

public class InitializersTests
{
    [Theory]
    [InlineData(Nonlinearity.Linear, 1)]
    [InlineData(Nonlinearity.Sigmoid, 1)]
    [InlineData(Nonlinearity.Tanh, 1.6666666666666667)]
    [InlineData(Nonlinearity.Relu, 1.4142135623730951)]
    [InlineData(Nonlinearity.LeakyRelu, 1.4141428569978354)]
    [InlineData(Nonlinearity.Selu, 0.75)]
    public void Gain_IsPyTorchs(Nonlinearity nonlinearity, double gain) => Assert.Equal(gain, Initializers.Gain(nonlinearity), 1e-15);

    [Fact]
    public void KaimingNormal_ByDefault_IsTheBooksHe()
    {
        Tensor a = Tensor.Zeros([4, 9]), b = Tensor.Zeros([4, 9]);
        Initializers.KaimingNormal()(a, new RandomSource(1));
        Initializers.BookHe(b, new RandomSource(1));
        Assert.Equal(a.ToArray<float>(), b.ToArray<float>());
    }

    [Fact]
    public void Fixed_AndBookNormal_FillAsTheySay()
    {
        Tensor x = Tensor.Zeros([1000]);
        Initializers.Ones(x, new RandomSource(1));
        Assert.All(x.ToArray<float>(), value => Assert.Equal(1, value));
        Initializers.Constant(0.25)(x, new RandomSource(1));
        Assert.All(x.ToArray<float>(), value => Assert.Equal(0.25f, value));
        Initializers.BookNormal(x, new RandomSource(1));
        Assert.InRange(Math.Sqrt(x.ToArray<float>().Average(value => (double)value * value)), 0.009, 0.011); // 0.01, of 1000 draws
    }

    [Fact]
    public void TruncatedNormal_StaysWithinItsBounds()
    {
        Tensor x = Tensor.Zeros([10000]);
        Initializers.TruncatedNormal()(x, new RandomSource(1));
        Assert.InRange(x.ToArray<float>().Max(), 1.98f, 2);
        Assert.InRange(x.ToArray<float>().Min(), -2, -1.98f);
        Assert.Throws<ArgumentException>(() => Initializers.TruncatedNormal(mean: 10));
    }

    [Fact]
    public void Kaiming_VectorWithoutFans_IsRefused() =>
        Assert.Contains("[5]", Assert.Throws<ShapeException>(() => Initializers.KaimingNormal()(Tensor.Zeros([5]), new RandomSource(1))).Message);
}
