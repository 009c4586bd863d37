using Backprop.Kernels;

namespace Backprop;

/// <summary>A picture of 8-bit samples, grey (one channel) or red, green and blue (three), in the order of an image tensor: [channels, height, width].</summary>
public sealed class Image
{
    private readonly byte[] _pixels;

    /// <summary>A picture over an array, which is not copied.</summary>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="pixels">The samples, channel by channel and row by row, 0 (dark) to 255 (bright).</param>
    /// <exception cref="ArgumentException">There are not channels · height · width samples.</exception>
    public Image(int width, int height, int channels, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(pixels);
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "An image has 1 channel (grey) or 3 (red, green, blue).");
        if (pixels.LongLength != (long)channels * height * width)
        {
            throw new ArgumentException($"An image of {channels} × {height} × {width} has {(long)channels * height * width} samples, not {pixels.Length}.", nameof(pixels));
        }
        (Width, Height, Channels, _pixels) = (width, height, channels, pixels);
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 for grey, 3 for red, green and blue.</summary>
    public int Channels { get; }

    /// <summary>The samples, channel by channel and row by row.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>The picture in one channel: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).</summary>
    public Image ToGrey()
    {
        if (Channels == 1) return this;
        int plane = Width * Height;
        byte[] grey = new byte[plane];
        for (int i = 0; i < plane; i++) grey[i] = (byte)((299 * _pixels[i] + 587 * _pixels[plane + i] + 114 * _pixels[2 * plane + i] + 500) / 1000);
        return new Image(Width, Height, 1, grey);
    }

    /// <summary>The picture in three channels, which are equal where it was grey.</summary>
    public Image ToRgb() => Channels == 3 ? this : new Image(Width, Height, 3, [.. _pixels, .. _pixels, .. _pixels]);

    /// <summary>The samples as numbers from 0 to 1, [channels, height, width].</summary>
    public Tensor ToTensor()
    {
        Tensor tensor = Tensor.Uninitialized<float>([Channels, Height, Width]);
        ByteKernel.Scale(_pixels, tensor.AsSpan<float>(), 1.0 / 255, 0);
        return tensor;
    }

    /// <summary>The samples as numbers, <c>scale · sample + shift</c> with a scale and a shift for each channel, [channels, height, width]: the bits that an <see cref="ImageDataset"/> gives.</summary>
    internal Tensor ToTensor(ReadOnlySpan<double> scale, ReadOnlySpan<double> shift)
    {
        int plane = Width * Height;
        Tensor tensor = Tensor.Uninitialized<float>([Channels, Height, Width]);
        for (int c = 0; c < Channels; c++) ByteKernel.Scale(_pixels.AsSpan(c * plane, plane), tensor.AsSpan<float>().Slice(c * plane, plane), scale[c], shift[c]);
        return tensor;
    }
}
