namespace Backprop.Tests;

public class ToysTests
{
    public static TheoryData<string, int> Sets => new() { { "moons", 2 }, { "circles", 2 }, { "spirals", 3 } };

    [Theory, MemberData(nameof(Sets))]
    public void Points_AreSharedOutEvenly_AndFollowTheSeed(string name, int classes)
    {
        TensorDataset data = Make(name, 7);
        Batch all = data.ReadAll();
        Assert.Equal([100, 2], all.Inputs.Shape.ToArray());
        Assert.Equal(classes, data.ClassCount);
        Assert.All(all.Targets.ToArray<int>().CountBy(label => label), pair => Assert.InRange(pair.Value, 100 / classes, 100 / classes + 1));
        Assert.Equal(all.Inputs.ToArray<float>(), Make(name, 7).ReadAll().Inputs.ToArray<float>());
        Assert.NotEqual(all.Inputs.ToArray<float>(), Make(name, 8).ReadAll().Inputs.ToArray<float>());
    }

    [Fact]
    public void Points_WithoutNoise_LieOnTheirCurves()
    {
        const double rounding = 1e-5; // coordinates are float32, and near the middle an angle magnifies their error
        foreach ((double x, double y, int label) in Points(Toys.Circles(51, noise: 0))) Assert.Equal(label == 0 ? 1 : 0.5, double.Hypot(x, y), rounding);
        foreach ((double x, double y, int label) in Points(Toys.Moons(51, noise: 0)))
        {
            Assert.Equal(1, label == 0 ? double.Hypot(x, y) : double.Hypot(x - 1, y - 0.5), rounding);
            Assert.True(label == 0 ? y >= 0 : y <= 0.5);
        }
        foreach ((double x, double y, int label) in Points(Toys.Spirals(90, noise: 0, arms: 3)))
        {
            double radius = double.Hypot(x, y), angle = 2 * Math.PI * (radius + label / 3.0);
            Assert.InRange(radius, 0, 1);
            Assert.Equal(radius * Math.Cos(angle), x, rounding);
            Assert.Equal(radius * Math.Sin(angle), y, rounding);
        }
    }

    [Fact]
    public void Noise_HasTheDeviationAskedFor()
    {
        float[] clean = Toys.Circles(20_000, 0, 3).ReadAll().Inputs.ToArray<float>(), noisy = Toys.Circles(20_000, 0.3, 3).ReadAll().Inputs.ToArray<float>();
        double squares = clean.Zip(noisy, (a, b) => Math.Pow(a - b, 2)).Average();
        Assert.Equal(0.3, Math.Sqrt(squares), 0.005); // of 40000 draws: 5 standard errors
    }

    [Fact]
    public void Arguments_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Toys.Moons(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Toys.Circles(10, noise: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Toys.Spirals(10, noise: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Toys.Spirals(10, arms: 0));
    }

    private static TensorDataset Make(string name, long seed) => name switch
    {
        "moons" => Toys.Moons(100, seed: seed),
        "circles" => Toys.Circles(100, seed: seed),
        _ => Toys.Spirals(100, seed: seed, arms: 3),
    };

    private static IEnumerable<(double X, double Y, int Label)> Points(TensorDataset data)
    {
        Batch all = data.ReadAll();
        for (int i = 0; i < data.Count; i++) yield return (all.Inputs.At(i, 0), all.Inputs.At(i, 1), (int)all.Targets.At(i));
    }
}
