namespace Backprop.Examples.ByHand;

/// <summary>Windows over images, laid out as rows of a matrix: a convolution becomes a matrix product, a pooling the maximum of a row.</summary>
/// <param name="images">The shape of the images, [n, channels, height, width].</param>
/// <param name="kernel">Height and width of a window.</param>
/// <param name="stride">From one window to the next.</param>
/// <param name="padding">Zeros around each image.</param>
public sealed class Im2Col(Shape images, Size2d kernel, int stride = 1, int padding = 0)
{
    /// <summary>Windows from top to bottom: (H + 2P − FH) / S + 1.</summary>
    public int OutHeight => (images[2] + 2 * padding - kernel.Height) / stride + 1;

    /// <summary>Windows from left to right.</summary>
    public int OutWidth => (images[3] + 2 * padding - kernel.Width) / stride + 1;

    /// <summary>The matrix, [n · outHeight · outWidth, channels · kernelHeight · kernelWidth]: a row for each window, a column for each place in it.</summary>
    public Tensor ToColumns(Tensor x)
    {
        double[] pixels = x.ToDoubles();
        return Tensor.Generate([RowCount, RowLength], x.DType, i => Place(i) is >= 0 and var place ? pixels[place] : 0);
    }

    /// <summary>The way back: where windows overlap, a pixel was copied several times, and gets the sum of what comes from all of them.</summary>
    public Tensor ToImages(Tensor columns)
    {
        double[] values = columns.ToDoubles(), pixels = new double[images.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            if (Place(i) is >= 0 and var place) pixels[place] += values[i];
        }
        return Tensor.Generate(images, columns.DType, i => pixels[i]);
    }

    private int RowCount => images[0] * OutHeight * OutWidth;

    private int RowLength => images[1] * kernel.Height * kernel.Width;

    /// <summary>The pixel that an element of the matrix is a copy of, −1 in the padding.</summary>
    private int Place(int element)
    {
        (int rest, int v) = Math.DivRem(element, kernel.Width);
        (rest, int u) = Math.DivRem(rest, kernel.Height);
        (rest, int channel) = Math.DivRem(rest, images[1]);
        (rest, int column) = Math.DivRem(rest, OutWidth);
        (int n, int row) = Math.DivRem(rest, OutHeight);
        (int y, int x) = (row * stride - padding + u, column * stride - padding + v);
        bool inside = y >= 0 && y < images[2] && x >= 0 && x < images[3];
        return inside ? ((n * images[1] + channel) * images[2] + y) * images[3] + x : -1;
    }
}
