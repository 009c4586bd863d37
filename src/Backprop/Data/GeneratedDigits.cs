using Backprop.Kernels;

namespace Backprop;

/// <summary>Images of handwritten digits that the library draws itself: a data set that needs no download and never runs out.</summary>
/// <remarks>
/// <para>
/// A digit is a mixture of several drawings of one of its forms, written by a hand that trembles, bends, slants and squeezes it, with a pen of random width and pressure.
/// The framing is MNIST's own: 28×28 grey values, white ink (255) on black (0), the ink fitted into 20×20 pixels with its aspect kept and moved by whole pixels until its
/// centre of mass is nearest to row 14, column 14. So a network trained on these images reads MNIST's as well, none of which was used to make them.
/// </para>
/// <para>
/// Image i of a seed is the same whatever the number of images, the number of threads and the machine: only arithmetic that IEEE 754 defines exactly decides its pixels.
/// Images 10k to 10k + 9 show the ten digits in a random order.
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

    /// <summary>Draws the first <paramref name="count"/> images of a seed.</summary>
    /// <returns>The pixels, image after image, row after row, and the labels 0 to 9.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or its pixels do not fit into an array.</exception>
    public static (byte[] Pixels, byte[] Labels) Generate(int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Array.MaxLength / PixelCount);
        var job = new DrawJob(seed, new byte[count * PixelCount], new byte[count]);
        WorkerPool.Run(ref job, count);
        return (job.Pixels, job.Labels);
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
        Span<byte> digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        RandomFor(seed, 2 * (index / ClassCount) + 1).Shuffle(digits);
        int digit = digits[(int)(index % ClassCount)];
        Draw(RandomFor(seed, 2 * index), digit, pixels);
        return digit;
    }

    /// <summary>Draws a <paramref name="digit"/>.</summary>
    /// <param name="random">What decides how it is written.</param>
    /// <param name="digit">0 to 9.</param>
    /// <param name="pixels"><see cref="PixelCount"/> grey values, overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">The digit is not 0 to 9.</exception>
    /// <exception cref="ArgumentException">The pixels are not <see cref="PixelCount"/>.</exception>
    public static void Draw(RandomSource random, int digit, Span<byte> pixels)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(digit);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(digit, ClassCount);
        if (pixels.Length != PixelCount) throw new ArgumentException($"GeneratedDigits.Draw: the image has {PixelCount} pixels; the span given holds {pixels.Length}.", nameof(pixels));

        Span<PenPoint> path = stackalloc PenPoint[Handwriting.MaximumLength];
        path = path[..Handwriting.Write(random, digit, path)];
        DigitFrame.Draw(path, softness: (float)random.NextUniform(0.8, 1.2), pixels);
    }

    /// <summary>Stream <paramref name="number"/> of a seed: even numbers are images, odd ones the order of ten digits.</summary>
    private static RandomSource RandomFor(long seed, long number) => new(unchecked((long)new RandomSource(seed).NextUInt64() + number));

    private readonly struct DrawJob(long seed, byte[] pixels, byte[] labels) : IPieceJob
    {
        public byte[] Pixels => pixels;

        public byte[] Labels => labels;

        public void Run(int piece) => labels[piece] = (byte)Draw(seed, piece, pixels.AsSpan(piece * PixelCount, PixelCount));
    }
}
