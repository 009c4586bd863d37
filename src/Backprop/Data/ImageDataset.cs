using Backprop.Kernels;

namespace Backprop;

/// <summary>Images with class labels, kept as the bytes they are and made into numbers only for the batch that needs them.</summary>
/// <remarks>
/// An input is [channels, height, width] Float32, <c>byte · scale + shift</c> with a scale and a shift for each channel: 1/255 and 0 at first, so that it lies in [0, 1]
/// (PyTorch: <c>ToTensor</c>). A target is a class number, Int32.
/// </remarks>
public sealed class ImageDataset : Dataset
{
    private const int Ahead = 2; // images to fetch early: time enough for memory, and little enough for the nearest cache

    private readonly ReadOnlyMemory<byte> _pixels;
    private readonly int[] _labels;
    private readonly (double Scale, double Shift)[] _scaling;

    /// <summary>A set of these images, which are not copied.</summary>
    /// <param name="shape">The shape of one image, [channels, height, width].</param>
    /// <param name="pixels">Image after image, each channel after channel, row after row.</param>
    /// <param name="labels">The class number of each image.</param>
    /// <param name="classNames">What the classes are called, by number.</param>
    /// <exception cref="ShapeException">The shape has not three axes, or the bytes are not one image for each label.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label names no class.</exception>
    public ImageDataset(Shape shape, ReadOnlyMemory<byte> pixels, ReadOnlySpan<int> labels, IReadOnlyList<string> classNames)
        : this(shape, pixels, labels.ToArray(), classNames, shape.Rank == 0 ? [] : Uniform(shape[0], 1.0 / 255, 0))
    {
        ArgumentNullException.ThrowIfNull(classNames);
        if (shape.Rank != 3 || pixels.Length != (long)labels.Length * shape.ElementCount)
        {
            throw new ShapeException($"ImageDataset: {pixels.Length} bytes are not {labels.Length} images of shape {shape}; one image [channels, height, width] for each label is needed.");
        }
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classNames.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(labels), $"ImageDataset: label {labels[i]} of image {i} names no class; there are {classNames.Count}, numbered from 0.");
            }
        }
    }

    /// <inheritdoc cref="ImageDataset(Shape, ReadOnlyMemory{byte}, ReadOnlySpan{int}, IReadOnlyList{string})"/>
    public ImageDataset(Shape shape, ReadOnlyMemory<byte> pixels, byte[] labels, IReadOnlyList<string> classNames)
        : this(shape, pixels, Array.ConvertAll(labels, label => (int)label).AsSpan(), classNames) { }

    private ImageDataset(Shape shape, ReadOnlyMemory<byte> pixels, int[] labels, IReadOnlyList<string> classNames, (double Scale, double Shift)[] scaling) =>
        (InputShape, _pixels, _labels, ClassNames, _scaling) = (shape, pixels, labels, classNames, scaling);

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override Shape InputShape { get; }

    /// <inheritdoc/>
    public override Shape TargetShape => Shape.Scalar;

    /// <inheritdoc/>
    public override DType TargetDType => DType.Int32;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames { get; }

    /// <summary>The bytes of an image, channel after channel, row after row.</summary>
    public ReadOnlySpan<byte> Pixels(int index) => _pixels.Span.Slice(index * InputShape.ElementCount, InputShape.ElementCount);

    /// <summary>The class number of an image.</summary>
    public int Label(int index) => _labels[index];

    /// <summary>The same images with each channel's mean and deviation made 0 and 1: <c>(byte/255 − mean) / deviation</c> (PyTorch: <c>Normalize</c>).</summary>
    /// <param name="mean">Of each channel in [0, 1]; MNIST: 0.1307.</param>
    /// <param name="standardDeviation">Of each channel; MNIST: 0.3081.</param>
    /// <exception cref="ArgumentException">There is not one number for each channel, or a deviation is not positive.</exception>
    public ImageDataset Normalize(ReadOnlySpan<double> mean, ReadOnlySpan<double> standardDeviation)
    {
        double[] scale = new double[standardDeviation.Length], shift = new double[mean.Length];
        CheckChannels("Normalize", mean.Length, standardDeviation.Length);
        for (int c = 0; c < scale.Length; c++)
        {
            if (!(standardDeviation[c] > 0)) throw new ArgumentException($"Normalize: a standard deviation must be positive, not {standardDeviation[c]}.", nameof(standardDeviation));
            (scale[c], shift[c]) = (1 / (255 * standardDeviation[c]), -mean[c] / standardDeviation[c]);
        }
        return Rescale(scale, shift);
    }

    /// <summary>The same images as <c>byte · scale + shift</c>.</summary>
    /// <param name="scale">For each channel.</param>
    /// <param name="shift">For each channel.</param>
    /// <exception cref="ArgumentException">There is not one number for each channel.</exception>
    public ImageDataset Rescale(ReadOnlySpan<double> scale, ReadOnlySpan<double> shift)
    {
        CheckChannels("Rescale", scale.Length, shift.Length);
        var scaling = new (double Scale, double Shift)[scale.Length];
        for (int c = 0; c < scaling.Length; c++) scaling[c] = (scale[c], shift[c]);
        return new ImageDataset(InputShape, _pixels, _labels, ClassNames, scaling);
    }

    /// <summary>The same images as <c>byte · scale + shift</c>, with one scale and one shift for all channels.</summary>
    public ImageDataset Rescale(double scale, double shift) => new(InputShape, _pixels, _labels, ClassNames, Uniform(InputShape[0], scale, shift));

    /// <inheritdoc/>
    public override void Fill(ReadOnlySpan<int> indices, Tensor inputs, Tensor targets)
    {
        CheckRoom(indices, inputs, targets);
        int plane = InputShape[1] * InputShape[2];
        Span<float> x = inputs.AsSpan<float>();
        Span<int> labels = targets.AsSpan<int>();
        for (int i = 0; i < indices.Length; i++)
        {
            ReadOnlySpan<byte> image = Pixels(indices[i]);
            if (i + Ahead < indices.Length) ByteKernel.Prefetch(Pixels(indices[i + Ahead]));
            for (int c = 0; c < _scaling.Length; c++)
            {
                ByteKernel.Scale(image.Slice(c * plane, plane), x.Slice(i * image.Length + c * plane, plane), _scaling[c].Scale, _scaling[c].Shift);
            }
            labels[i] = _labels[indices[i]];
        }
    }

    private static (double Scale, double Shift)[] Uniform(int channels, double scale, double shift)
    {
        var scaling = new (double Scale, double Shift)[channels];
        Array.Fill(scaling, (scale, shift));
        return scaling;
    }

    private void CheckChannels(string method, int first, int second)
    {
        if (first != InputShape[0] || second != InputShape[0])
        {
            throw new ArgumentException($"{method}: {first} and {second} numbers for images {InputShape}; one for each of the {InputShape[0]} channels is needed.");
        }
    }
}
