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
        var files = new List<(Stream Stream, string Name)>();
        try
        {
            foreach (string path in paths) files.Add((File.OpenRead(path), path));
            return Read(files);
        }
        finally
        {
            foreach ((Stream stream, _) in files) stream.Dispose();
        }
    }

    /// <summary>The images of several streams, each read from its position to its end; what errors call it stands beside it.</summary>
    public static (byte[] Pixels, byte[] Labels) Read(IReadOnlyList<(Stream Stream, string Name)> files)
    {
        int count = 0;
        foreach ((Stream stream, string name) in files) count = CountImages(stream, name, count);
        byte[] pixels = GC.AllocateUninitializedArray<byte>(count * PixelBytes), labels = new byte[count];
        int image = 0;
        foreach ((Stream stream, string name) in files)
        {
            long start = stream.Position;
            for (int end = image + (int)((stream.Length - start) / RecordBytes); image < end; image++)
            {
                long record = stream.Position - start;
                stream.ReadExactly(labels.AsSpan(image, 1));
                if (labels[image] >= ClassCount) throw new DataFormatException(name, record, $"label {labels[image]}, where 0 to 9 must stand. Is it the binary version of CIFAR-10, and not CIFAR-100?");
                stream.ReadExactly(pixels.AsSpan(image * PixelBytes, PixelBytes));
            }
        }
        return (pixels, labels);
    }

    /// <summary>The images of a file and those <paramref name="before"/> it.</summary>
    private static int CountImages(Stream stream, string name, int before)
    {
        long length = stream.Length - stream.Position, over = length % RecordBytes, count = before + length / RecordBytes;
        if (length == 0 || over != 0)
        {
            throw new DataFormatException(name, length - over, $"{length} bytes are {length / RecordBytes} images of {RecordBytes} bytes and {over} bytes more; whole images, at least one, must stand. Get the binary version anew.");
        }
        int most = Array.MaxLength / PixelBytes;
        return count <= most ? (int)count : throw new DataFormatException(name, (most - before) * (long)RecordBytes, $"there are {count} images with this file's, and no more than {most} are read. Read fewer files.");
    }
}
