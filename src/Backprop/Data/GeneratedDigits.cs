using System.Numerics;

namespace Backprop;

/// <summary>Images of handwritten digits, drawn by the library itself: a data set that needs no download and never runs out.</summary>
/// <remarks>
/// <para>
/// A digit is a mixture of drawings of one of its forms, with trembling points, elastic and linear distortion (slant, turn, aspect), a pen of random width and pressure
/// and soft, uneven edges. What follows is MNIST's own framing: 28×28 grey values, white ink (255) on black (0), the ink fitted into 20×20 pixels with its aspect kept and its
/// centre of mass moved to row 14, column 14 by whole pixels. So a network trained on these images reads MNIST's as well, none of which was used to make them.
/// </para>
/// <para>
/// Image i of a seed is the same whatever the number of images, the number of threads and the machine: only arithmetic that IEEE 754 defines exactly decides its pixels.
/// Each ten images 10k … 10k + 9 show the ten digits in a random order.
/// </para>
/// </remarks>
public static class GeneratedDigits
{
    /// <summary>The number of rows, and of columns, of an image.</summary>
    public const int Side = 28;

    /// <summary>The number of pixels of an image, and of bytes it takes.</summary>
    public const int PixelCount = Side * Side;

    /// <summary>The number of digits.</summary>
    public const int ClassCount = 10;

    private const int Box = 20, Centre = 14, MaximumPoints = 32;

    /// <summary>The seed of test images: none that anybody types, so that whatever was learnt from, these are others, and always the same.</summary>
    public const long TestSeed = long.MinValue;

    /// <summary>A set to learn from, drawn from a seed, and one to be judged by, from <see cref="TestSeed"/>.</summary>
    /// <returns>Inputs [1, 28, 28] in [0, 1], targets 0 to 9.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or its pixels do not fit into an array.</exception>
    public static (ImageDataset Train, ImageDataset Test) Load(int trainCount, int testCount, long seed) => (Images(trainCount, seed), Images(testCount, TestSeed));

    /// <summary>The first <paramref name="count"/> images of a seed as a data set.</summary>
    /// <returns>Inputs [1, 28, 28] in [0, 1], targets 0 to 9.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or its pixels do not fit into an array.</exception>
    public static ImageDataset Images(int count, long seed)
    {
        (byte[] pixels, byte[] labels) = Generate(count, seed);
        return new ImageDataset([1, Side, Side], pixels, labels, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }

    /// <summary>Draws the first <paramref name="count"/> images of a seed, on <see cref="Threads.Count"/> threads.</summary>
    /// <returns>The pixels, image after image, row after row, and the labels 0 to 9.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or its pixels do not fit into an array.</exception>
    public static (byte[] Pixels, byte[] Labels) Generate(int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Array.MaxLength / PixelCount);
        byte[] pixels = new byte[count * PixelCount], labels = new byte[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Threads.Count },
            i => labels[i] = (byte)Draw(seed, i, pixels.AsSpan(i * PixelCount, PixelCount)));
        return (pixels, labels);
    }

    /// <summary>Draws image <paramref name="index"/> of a seed.</summary>
    /// <param name="seed">Which endless sequence of images.</param>
    /// <param name="index">Which image of the sequence, from 0.</param>
    /// <param name="pixels"><see cref="PixelCount"/> grey values, overwritten.</param>
    /// <returns>The label: the digit in the image, 0 to 9.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    /// <exception cref="ArgumentException">The pixels are not <see cref="PixelCount"/>.</exception>
    public static int Draw(long seed, long index, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        int label = Label(seed, index);
        Draw(new RandomSource(Key(seed, 2 * index)), label, pixels);
        return label;
    }

    /// <summary>The label of image <paramref name="index"/> of a seed, 0 to 9, without drawing it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    public static int Label(long seed, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        Span<byte> digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        new RandomSource(Key(seed, 2 * (index / ClassCount) + 1)).Shuffle(digits);
        return digits[(int)(index % ClassCount)];
    }

    /// <summary>Draws a <paramref name="digit"/> as the numbers of <paramref name="random"/> will have it.</summary>
    /// <param name="random">What decides about the writing.</param>
    /// <param name="digit">0 to 9.</param>
    /// <param name="pixels"><see cref="PixelCount"/> grey values, overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">The digit is not 0 to 9.</exception>
    /// <exception cref="ArgumentException">The pixels are not <see cref="PixelCount"/>.</exception>
    public static void Draw(RandomSource random, int digit, Span<byte> pixels)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(digit);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(digit, ClassCount);
        if (pixels.Length != PixelCount) throw new ArgumentException($"A generated digit has {PixelCount} pixels; the span holds {pixels.Length}.", nameof(pixels));

        DigitForm form = Choose(random, DigitStrokes.Of(digit));
        Span<Vector2> points = stackalloc Vector2[MaximumPoints];
        points = points[..form.Ends.Length];
        form.Mix(random, points);
        Tremble(random, points, form.Ends);

        Span<Vector2> curve = stackalloc Vector2[PenPath.MaximumLength(MaximumPoints)];
        Span<bool> penUp = stackalloc bool[curve.Length];
        int length = PenPath.Trace(points, form.Ends, curve, penUp);
        curve = curve[..length];
        Distort(random, curve);

        Span<PenPoint> path = stackalloc PenPoint[length];
        float softness = (float)random.NextUniform(1.0, 1.6);
        Frame(random, curve, penUp, softness, path);
        Span<float> ink = stackalloc float[PixelCount];
        StrokeRasterizer.Draw(path, softness, Side, ink);
        Centred(ink, pixels);
    }

    /// <summary>The seed of one image, or of the order of ten: consecutive numbers from a place that the seed decides.</summary>
    private static long Key(long seed, long number) => unchecked((long)new RandomSource(seed).NextUInt64() + number);

    private static DigitForm Choose(RandomSource random, ReadOnlySpan<DigitForm> forms)
    {
        double total = 0;
        foreach (DigitForm form in forms) total += form.Weight;
        double at = random.NextDouble() * total;
        foreach (DigitForm form in forms)
        {
            if ((at -= form.Weight) < 0) return form;
        }
        return forms[^1];
    }

    /// <summary>Every point a little off, strokes off as a whole, their ends too long or too short.</summary>
    private static void Tremble(RandomSource random, Span<Vector2> points, ReadOnlySpan<StrokeEnd> ends)
    {
        for (int first = 0, i = 0; i < points.Length; i++)
        {
            if (ends[i] != StrokeEnd.PenUp) continue;
            Vector2 offset = first == 0 ? Vector2.Zero : random.NextAround(Vector2.Zero, 0.035f);
            points[first] += (points[first] - points[first + 1]) * random.NextAround(0, 0.15f);
            points[i] += (points[i] - points[i - 1]) * random.NextAround(0, 0.15f);
            for (int p = first; p <= i; p++) points[p] = random.NextAround(points[p] + offset, 0.013f);
            first = i + 1;
        }
    }

    /// <summary>Elastic distortion, then slant, turn and aspect.</summary>
    private static void Distort(RandomSource random, Span<Vector2> curve)
    {
        var elastic = new ElasticDistortion(random, 0.05f, stackalloc Vector2[ElasticDistortion.KnotCount]);
        float slant = random.NextAround(0.08f, 0.27f), turn = random.NextAround(0.03f, 0.11f), narrow = random.NextAround(0, 0.1f);
        float aspect = (1 - narrow) / (1 + narrow);
        foreach (ref Vector2 point in curve)
        {
            Vector2 moved = elastic.Move(point);
            point = new Vector2(aspect * moved.X - slant * moved.Y, moved.Y - turn * moved.X);
        }
    }

    /// <summary>Scales and moves the curve so that its ink fills a box in the middle of the image, and gives the pen its width and pressure.</summary>
    private static void Frame(RandomSource random, ReadOnlySpan<Vector2> curve, ReadOnlySpan<bool> penUp, float softness, Span<PenPoint> path)
    {
        float width = random.NextAround(0, 0.11f), radius = 1.3f * (1 + width) / (1 - width);
        Vector2 low = curve[0], high = curve[0];
        foreach (Vector2 point in curve) (low, high) = (Vector2.Min(low, point), Vector2.Max(high, point));
        Vector2 extent = high - low;
        float scale = (Box - 2 * radius - softness) / Math.Max(extent.X, extent.Y);
        Vector2 origin = new Vector2(Centre) - (low + high) * (0.5f * scale);

        float pressure = 1, change = 0;
        for (int i = 0; i < curve.Length; i++)
        {
            if (i == 0 || penUp[i - 1]) (pressure, change) = (1 + random.NextAround(0, 0.1f), random.NextAround(0, 0.006f));
            pressure += change;
            path[i] = new PenPoint(curve[i] * scale + origin, radius * Math.Clamp(random.NextAround(pressure, 0.06f), 0.6f, 1.4f), penUp[i]);
        }
    }

    /// <summary>Moves the ink by whole pixels so that its centre of mass is nearest to the image's, and makes it grey values.</summary>
    private static void Centred(ReadOnlySpan<float> ink, Span<byte> pixels)
    {
        float mass = 0, x = 0, y = 0;
        for (int i = 0; i < PixelCount; i++)
        {
            mass += ink[i];
            x += ink[i] * (i % Side);
            y += ink[i] * (i / Side);
        }
        int right = Shift(x / mass), down = Shift(y / mass);
        for (int i = 0; i < PixelCount; i++)
        {
            int column = i % Side - right, row = i / Side - down;
            bool inside = (uint)column < Side && (uint)row < Side;
            pixels[i] = inside ? (byte)(ink[row * Side + column] * 255 + 0.5f) : (byte)0;
        }
    }

    private static int Shift(float centre) => Math.Clamp((int)MathF.Round(Centre - centre), -(Side - Box) / 2, (Side - Box) / 2);
}
