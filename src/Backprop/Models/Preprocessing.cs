namespace Backprop;

/// <summary>What makes an input of pixels in 0 … 255: <c>x = (pixel / Divisor − Mean) / Deviation</c>, channel by channel, of a picture that was brought to the model's size.</summary>
/// <remarks>Channels stand in the order of <see cref="Image"/>: grey alone, or red, green and blue. Data that are no pixels are left alone by <see cref="None"/>.</remarks>
public sealed record Preprocessing
{
    /// <summary>What a pixel is divided by first: 255 makes it a number in [0, 1].</summary>
    public double Divisor { get; init; } = 255;

    /// <summary>Of pixel / Divisor: one for each channel, or one for all.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0];

    /// <summary>Of pixel / Divisor: one for each channel, or one for all; above 0.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [1];

    /// <summary>How a picture of another size is made to fit.</summary>
    public PictureFit Fit { get; init; }

    /// <summary>x = pixel.</summary>
    public static Preprocessing None { get; } = new() { Divisor = 1 };

    /// <summary>x = pixel / 255, in [0, 1], as the book has it.</summary>
    public static Preprocessing UnitInterval { get; } = new();

    /// <summary>x = (pixel / 255 − mean) / deviation, the same for all channels.</summary>
    public static Preprocessing Standardize(double mean, double standardDeviation) => Standardize([mean], [standardDeviation]);

    /// <summary>x = (pixel / 255 − mean) / deviation, with a mean and a deviation for each channel.</summary>
    public static Preprocessing Standardize(IReadOnlyList<double> mean, IReadOnlyList<double> standardDeviation) => new() { Mean = mean, Deviation = standardDeviation };

    /// <summary>The images with this done to their pixels.</summary>
    /// <exception cref="ArgumentException">There are other channels than this has numbers for.</exception>
    public ImageDataset Apply(ImageDataset images)
    {
        ArgumentNullException.ThrowIfNull(images);
        (double[] scale, double[] shift) = Scaling(images.InputShape[0]);
        return images.Rescale(scale, shift);
    }

    /// <summary>The pixels with this done to them.</summary>
    /// <param name="pixels">[n, channels, height, width].</param>
    /// <exception cref="ShapeException">The shape is another.</exception>
    /// <exception cref="ArgumentException">There are other channels than this has numbers for.</exception>
    public Tensor Apply(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.Rank != 4) ShapeException.Throw("Preprocessing", $"the pixels have {pixels.Rank} axes", "[n, channels, height, width]", ("pixels", pixels.Shape));
        int channels = pixels.Shape[1];
        (double[] scale, double[] shift) = Scaling(channels);
        return pixels * Of(scale) + Of(shift);

        Tensor Of(double[] numbers) => Tensor.From(numbers, [channels, 1, 1]).To(pixels.DType);
    }

    /// <summary>A picture as an input, [1, channels, height, width].</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="shape">What the model takes, [channels, height, width] with 1 or 3 channels.</param>
    /// <param name="say">Hears of each thing that is done to make it fit.</param>
    /// <exception cref="InvalidDataException">The picture is to show writing, and is empty.</exception>
    public Tensor Apply(Image image, Shape shape, Action<string>? say = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (Contradiction(shape) is { } contradiction) throw new ArgumentException($"Preprocessing: {contradiction}.", nameof(shape));
        Image fitted = ImageFitting.Fit(image, shape, Fit, say ?? (_ => { }));
        (double[] scale, double[] shift) = Scaling(shape[0]);
        return fitted.ToTensor(scale, shift).Unsqueeze(0);
    }

    /// <summary>Why this can't make inputs of a shape; null if it can.</summary>
    internal string? Contradiction(Shape shape)
    {
        if (shape.Rank != 3 || shape[0] is not (1 or 3) || shape.ElementCount == 0) return $"an input {shape} is no image [channels, height, width] with 1 or 3 channels";
        if (!(double.IsFinite(Divisor) && Divisor > 0)) return $"pixels can't be divided by {Divisor}";
        foreach (IReadOnlyList<double> numbers in new[] { Mean, Deviation })
        {
            if (numbers.Count != 1 && numbers.Count != shape[0]) return $"{numbers.Count} numbers for mean or deviation are neither one for all channels nor one for each of the {shape[0]}";
        }
        foreach (double deviation in Deviation)
        {
            if (!(deviation > 0)) return "a deviation must be above 0";
        }
        return null;
    }

    /// <summary>The same as <c>x = scale · pixel + shift</c> for each channel.</summary>
    internal (double[] Scale, double[] Shift) Scaling(int channels)
    {
        double[] scale = new double[channels], shift = new double[channels];
        for (int c = 0; c < channels; c++)
        {
            double mean = Of(Mean, c), deviation = Of(Deviation, c);
            (scale[c], shift[c]) = (1 / (Divisor * deviation), -mean / deviation);
        }
        return (scale, shift);

        double Of(IReadOnlyList<double> numbers, int channel) => numbers.Count == 1 ? numbers[0]
            : numbers.Count == channels ? numbers[channel]
            : throw new ArgumentException($"Preprocessing: {numbers.Count} numbers for {channels} channels; one for each is needed, or one for all.");
    }

    /// <summary>Whether everything is the same, number by number.</summary>
    public bool Equals(Preprocessing? other) =>
        other is not null && Divisor.Equals(other.Divisor) && Fit == other.Fit && Mean.SequenceEqual(other.Mean) && Deviation.SequenceEqual(other.Deviation);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Divisor, Fit, Mean.Count, Deviation.Count);
}

/// <summary>How a picture is made to look like those that a model was trained on.</summary>
public enum PictureFit
{
    /// <summary>The whole picture is brought to the size.</summary>
    Whole,

    /// <summary>It shows writing: the ink is made white on black and put into the middle, as MNIST has it.</summary>
    Ink,
}
