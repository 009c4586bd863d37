namespace Backprop;

/// <summary>Points in the plane that no straight line tells apart: small sets to try a network on, and to draw.</summary>
/// <remarks>Inputs [2], x and y, Float32; targets class numbers, Int32. Points belong to the classes in turn, at random places of their curves.</remarks>
public static class Toys
{
    /// <summary>Two half circles of radius 1 that reach into one another (scikit-learn: <c>make_moons</c>).</summary>
    /// <param name="count">How many points, at least 1.</param>
    /// <param name="noise">The standard deviation of what is added to each coordinate.</param>
    /// <param name="seed">What decides about the points.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive, or the noise is negative.</exception>
    public static TensorDataset Moons(int count, double noise = 0.1, long seed = 0) => Points(count, noise, seed, ["upper", "lower"], (moon, along) =>
    {
        (double sin, double cos) = Math.SinCos(Math.PI * along);
        return moon == 0 ? (cos, sin) : (1 - cos, 0.5 - sin);
    });

    /// <summary>A circle of radius 1 around one of half the radius (scikit-learn: <c>make_circles</c>, whose <c>factor</c> is 0.8).</summary>
    /// <inheritdoc cref="Moons"/>
    public static TensorDataset Circles(int count, double noise = 0.1, long seed = 0) => Points(count, noise, seed, ["outer", "inner"], (circle, along) =>
    {
        (double sin, double cos) = Math.SinCos(2 * Math.PI * along);
        double radius = circle == 0 ? 1 : 0.5;
        return (radius * cos, radius * sin);
    });

    /// <summary>Arms that start in the middle and go once around until they end on the unit circle.</summary>
    /// <param name="count">How many points, at least 1.</param>
    /// <param name="noise">The standard deviation of what is added to each coordinate.</param>
    /// <param name="seed">What decides about the points.</param>
    /// <param name="arms">How many arms, at least 1; each is a class.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count or the arms are not positive, or the noise is negative.</exception>
    public static TensorDataset Spirals(int count, double noise = 0.02, long seed = 0, int arms = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(arms);
        return Points(count, noise, seed, [.. Enumerable.Range(1, arms).Select(arm => $"arm {arm}")], (arm, along) =>
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * (along + (double)arm / arms));
            return (along * cos, along * sin);
        });
    }

    private static TensorDataset Points(int count, double noise, long seed, string[] classes, Func<int, double, (double X, double Y)> place)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (!(noise >= 0 && double.IsFinite(noise))) throw new ArgumentOutOfRangeException(nameof(noise), noise, "The noise is a standard deviation: 0 or more.");
        var random = new RandomSource(seed);
        float[] points = new float[2 * count];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = i % classes.Length;
            (double x, double y) = place(labels[i], random.NextDouble());
            points[2 * i] = (float)(x + noise * random.NextNormal());
            points[2 * i + 1] = (float)(y + noise * random.NextNormal());
        }
        return new TensorDataset(Tensor.From(points, [count, 2]), Tensor.From<int>(labels), classes);
    }
}
