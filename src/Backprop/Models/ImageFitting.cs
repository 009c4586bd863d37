namespace Backprop;

/// <summary>Makes a picture from anywhere look like those that a model was trained on.</summary>
internal static class ImageFitting
{
    private const int Dark = 64; // ink is anything brighter, once it is white on black
    private const double InkShare = 20.0 / 28; // MNIST fits digits into 20 of its 28 pixels

    /// <summary>The picture in a model's shape, [channels, height, width].</summary>
    /// <param name="image">The picture.</param>
    /// <param name="shape">What is asked for; 1 or 3 channels.</param>
    /// <param name="fit">What it shows.</param>
    /// <param name="say">Hears of each thing that was done.</param>
    public static Image Fit(Image image, Shape shape, PictureFit fit, Action<string> say)
    {
        bool ink = fit == PictureFit.Ink;
        (int height, int width) = (shape[1], shape[2]);
        if (image.Channels != shape[0])
        {
            say(shape[0] == 1 ? "made grey" : "taken as red, green and blue");
            image = shape[0] == 1 ? image.ToGrey() : image.ToRgb();
        }
        if (ink && MeanOfBorder(image) >= 128)
        {
            say("inverted: white ink on black is what the model knows");
            image = new Image(image.Width, image.Height, image.Channels, [.. image.Pixels.ToArray().Select(value => (byte)(255 - value))]);
        }
        if (image.Height == height && image.Width == width) return image;
        say($"brought from {image.Width}×{image.Height} to {width}×{height} pixels");
        return ink ? Framed(image, height, width) : Scaled(image, 0, 0, image.Height, image.Width, height, width);
    }

    /// <summary>The ink alone, scaled to fill the middle of the picture, its centre of mass in the centre.</summary>
    private static Image Framed(Image image, int height, int width)
    {
        (int top, int left, int bottom, int right) = InkBox(image);
        double scale = InkShare * Math.Min((double)height / (bottom - top), (double)width / (right - left));
        int rows = Math.Max(1, (int)Math.Round((bottom - top) * scale)), columns = Math.Max(1, (int)Math.Round((right - left) * scale));
        Image ink = Scaled(image, top, left, bottom, right, rows, columns);

        (double mass, double y, double x) = (0, 0, 0);
        for (int i = 0; i < ink.Pixels.Length; i++)
        {
            mass += ink.Pixels[i];
            y += ink.Pixels[i] * (i / columns + 0.5);
            x += ink.Pixels[i] * (i % columns + 0.5);
        }
        int down = Math.Clamp((int)Math.Round(height / 2.0 - y / mass), 0, height - rows), across = Math.Clamp((int)Math.Round(width / 2.0 - x / mass), 0, width - columns);
        byte[] pixels = new byte[height * width];
        for (int row = 0; row < rows; row++) ink.Pixels.Slice(row * columns, columns).CopyTo(pixels.AsSpan((row + down) * width + across));
        return new Image(width, height, 1, pixels);
    }

    private static (int Top, int Left, int Bottom, int Right) InkBox(Image image)
    {
        (int top, int left, int bottom, int right) = (image.Height, image.Width, 0, 0);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            if (image.Pixels[i] < Dark) continue;
            (int row, int column) = (i / image.Width, i % image.Width);
            (top, left, bottom, right) = (Math.Min(top, row), Math.Min(left, column), Math.Max(bottom, row + 1), Math.Max(right, column + 1));
        }
        return bottom > 0 ? (top, left, bottom, right) : throw new InvalidDataException("The picture is empty: no pixel differs much from its border.");
    }

    /// <summary>A part of a picture at another size; each new pixel is the mean of the area it covers.</summary>
    private static Image Scaled(Image image, int top, int left, int bottom, int right, int height, int width)
    {
        byte[] pixels = new byte[image.Channels * height * width];
        double rowStep = (double)(bottom - top) / height, columnStep = (double)(right - left) / width;
        for (int i = 0; i < pixels.Length; i++)
        {
            (int channel, int row, int column) = (i / (height * width), i / width % height, i % width);
            (double sum, double area) = (0, 0);
            double y0 = top + row * rowStep, y1 = y0 + rowStep, x0 = left + column * columnStep, x1 = x0 + columnStep;
            for (int y = (int)y0; y < Math.Min(y1, bottom); y++)
            {
                for (int x = (int)x0; x < Math.Min(x1, right); x++)
                {
                    double covered = (Math.Min(y + 1, y1) - Math.Max(y, y0)) * (Math.Min(x + 1, x1) - Math.Max(x, x0));
                    sum += covered * image.Pixels[(channel * image.Height + y) * image.Width + x];
                    area += covered;
                }
            }
            pixels[i] = (byte)Math.Round(sum / area);
        }
        return new Image(width, height, image.Channels, pixels);
    }

    private static double MeanOfBorder(Image image)
    {
        long sum = 0, count = 0;
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            (int row, int column) = (i / image.Width, i % image.Width);
            if (row > 0 && row < image.Height - 1 && column > 0 && column < image.Width - 1) continue;
            sum += image.Pixels[i];
            count++;
        }
        return (double)sum / count;
    }
}
