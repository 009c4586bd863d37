namespace Backprop;

/// <summary>The binary files of CIFAR-10: for each image one byte of label, then 1024 bytes each of red, green and blue, 32 rows of 32.</summary>
/// <remarks>Source: A. Krizhevsky, "Learning multiple layers of features from tiny images" (2009).</remarks>
internal static class Cifar10File
{
    public const int Side = 32, Channels = 3, ClassCount = 10;

    private const int PixelBytes = Channels * Side * Side, RecordBytes = 1 + PixelBytes;

    /// <summary>The images of several files, one file after the other.</summary>
    public static (byte[] Pixels, byte[] Labels) Read(IReadOnlyList<string> paths)
    {
        int count = paths.Sum(CountImages);
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(count * PixelBytes)), labels = new byte[count];
        int image = 0;
        foreach (string path in paths)
        {
            using UnpackedFile file = UnpackedFile.Open(path);
            for (int end = image + (int)(file.MostBytes / RecordBytes); image < end; image++)
            {
                long start = file.Offset;
                file.ReadExactly(labels.AsSpan(image, 1), "a label");
                if (labels[image] >= ClassCount) throw file.Error(start, $"label {labels[image]}, where 0 to 9 must stand. Is it the binary version of CIFAR-10, and not CIFAR-100?");
                file.ReadExactly(pixels.AsSpan(image * PixelBytes, PixelBytes), "pixels");
            }
        }
        return (pixels, labels);
    }

    private static int CountImages(string path)
    {
        long length = new FileInfo(path).Length, over = length % RecordBytes;
        if (length == 0 || over != 0)
        {
            throw new DataFormatException(path, length - over, $"{length} bytes are {length / RecordBytes} images of {RecordBytes} bytes and {over} bytes more; whole images, at least one, must stand. Get the binary version anew.");
        }
        return checked((int)(length / RecordBytes));
    }
}
