namespace Backprop.Tests;

public class MnistTests
{
    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}.gz")]
    public void Load_FourFiles_GivesImagesAndClasses(string naming)
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, naming);
        (ImageDataset train, ImageDataset test) = Mnist.Load(folder.Path);
        Assert.Equal((3, 2), (train.Count, test.Count));
        Assert.Equal([1, 4, 5], train.InputShape.ToArray());
        Assert.Equal((10, "7"), (train.ClassCount, train.ClassNames[7]));
        (Tensor inputs, Tensor targets) = train.Read(2);
        Assert.Equal([9], targets.ToArray<int>());
        Assert.Equal(40 / 255f, inputs.At(0, 0, 0, 0));
        Assert.Equal(59 / 255f, inputs.At(0, 0, 3, 4));
    }

    [Fact]
    public void Load_DotsInTheNames_AreFoundToo()
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "{0}");
        foreach (string path in Directory.GetFiles(folder.Path)) File.Move(path, path.Replace("-idx", ".idx", StringComparison.Ordinal));
        Assert.Equal(3, Mnist.Load(folder.Path).Train.Count);
    }

    [Fact]
    public void Load_AFileMissing_NamesIt()
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "{0}");
        File.Delete(folder["t10k-labels-idx1-ubyte"]);
        Assert.Contains("t10k-labels-idx1-ubyte", Assert.Throws<FileNotFoundException>(() => Mnist.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FilesThatDoNotBelongTogether_AreRefused()
    {
        using var folder = new TemporaryFolder();
        Check("train-labels-idx1-ubyte", new IdxFile([2], new byte[2]), "2 labels for the 3 images of train-images-idx3-ubyte");
        Check("train-labels-idx1-ubyte", new IdxFile([3], new byte[] { 0, 10, 0 }), "byte 9: label 10");
        Check("train-labels-idx1-ubyte", new IdxFile([3, 1], new byte[3]), "[3, 1]");
        Check("t10k-images-idx3-ubyte", new IdxFile([2], new byte[2]), "[images, height, width]");

        void Check(string name, IdxFile wrong, string says)
        {
            WriteSet(folder, "{0}");
            wrong.Write(folder[name]);
            DataFormatException error = Assert.Throws<DataFormatException>(() => Mnist.Load(folder.Path));
            Assert.Equal(folder[name], error.Path);
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
        }
    }

    [RealMnistFact]
    public void Load_RealMnist_HasThePublishedCounts()
    {
        (ImageDataset train, ImageDataset test) = Mnist.Load(RealMnistFactAttribute.Folder!);
        Assert.Equal((60_000, 10_000), (train.Count, test.Count));
        Assert.Equal([1, 28, 28], test.InputShape.ToArray());
        Assert.Equal([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], Enumerable.Range(0, 10).Select(train.Label));
        Assert.Equal([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], Enumerable.Range(0, 10).Select(test.Label));
        double mean = Enumerable.Range(0, 60_000).Sum(i => Sum(train.Pixels(i))) / (60_000.0 * 784 * 255);
        Assert.Equal(0.1307, mean, 4);

        static long Sum(ReadOnlySpan<byte> pixels)
        {
            long sum = 0;
            foreach (byte pixel in pixels) sum += pixel;
            return sum;
        }
    }

    /// <summary>Three images of 4×5 to learn from and two to be judged by; pixel p of image i is 20 i + p.</summary>
    internal static void WriteSet(TemporaryFolder folder, string naming)
    {
        string Path(string name) => folder[naming.Replace("{0}", name, StringComparison.Ordinal)];
        byte[] pixels = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];
        new IdxFile([3, 4, 5], pixels).Write(Path("train-images-idx3-ubyte"));
        new IdxFile([3], new byte[] { 3, 0, 9 }).Write(Path("train-labels-idx1-ubyte"));
        new IdxFile([2, 4, 5], pixels.AsMemory(0, 40)).Write(Path("t10k-images-idx3-ubyte"));
        new IdxFile([2], new byte[] { 1, 2 }).Write(Path("t10k-labels-idx1-ubyte"));
    }
}
