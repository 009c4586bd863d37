namespace Backprop.Tests;

public class DataFolderTests
{
    [Fact]
    public void Open_FilesOfMnist_AreRecognised()
    {
        using var folder = new TemporaryFolder();
        MnistTests.WriteSet(folder, "{0}.gz");
        DataFolder data = DataFolder.Open(folder.Path);
        Assert.Equal((DataFolderKind.Mnist, 3, 2), (data.Kind, data.Train.Count, data.Test.Count));
        Assert.Equal(3, DataFolder.LoadImages(folder.Path).Train.Count);
    }

    [Theory, InlineData(""), InlineData("cifar-10-batches-bin")]
    public void Open_FilesOfCifar10_AreRecognised(string subfolder)
    {
        using var folder = new TemporaryFolder();
        Cifar10Tests.WriteSet(folder, subfolder);
        DataFolder data = DataFolder.Open(folder.Path);
        Assert.Equal((DataFolderKind.Cifar10, 10, 2), (data.Kind, data.Train.Count, data.Test.Count));
        Assert.Equal(2, DataFolder.LoadImages(folder.Path).Test.Count);
    }

    [Theory]
    [InlineData("a,class,b\n1,red,2\n3,blue,4\n", "a,class,b\n5,red,6\n")]
    [InlineData("1,2,red\n3,4,blue\n", "5,6,red\n")]
    public void Open_Tables_AreReadAsClasses(string train, string test)
    {
        using var folder = new TemporaryFolder();
        folder.Write("train.csv", System.Text.Encoding.UTF8.GetBytes(train));
        folder.Write("test.csv", System.Text.Encoding.UTF8.GetBytes(test));
        DataFolder data = DataFolder.Open(folder.Path);
        Assert.Equal(DataFolderKind.Csv, data.Kind);
        Assert.Equal([1f, 2, 3, 4], data.Train.ReadAll().Inputs.ToArray<float>());
        Assert.Equal(data.Train.Read(0).Targets.ToArray<int>(), data.Test.Read(0).Targets.ToArray<int>()); // red is one number in both
        Assert.Contains("images are needed", Assert.Throws<FileNotFoundException>(() => DataFolder.LoadImages(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NothingKnown_SaysWhatIsThereAndWhatWouldDo()
    {
        using var folder = new TemporaryFolder();
        folder.Write("notes.txt", []);
        folder.Write("train.csv", []);
        string message = Assert.Throws<FileNotFoundException>(() => DataFolder.Open(folder.Path)).Message;
        Assert.Contains("found  notes.txt, train.csv", message, StringComparison.Ordinal);
        Assert.Contains("t10k-labels-idx1-ubyte", message, StringComparison.Ordinal);
        Assert.Contains("data_batch_1.bin", message, StringComparison.Ordinal);
        Assert.Contains("test.csv", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SomeFilesOfMnist_NamesTheMissingOne()
    {
        using var folder = new TemporaryFolder();
        MnistTests.WriteSet(folder, "{0}.gz");
        File.Delete(folder["train-images-idx3-ubyte.gz"]);
        Assert.Contains("train-images-idx3-ubyte", Assert.Throws<FileNotFoundException>(() => DataFolder.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoFolder_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<DirectoryNotFoundException>(() => DataFolder.Open(folder["nowhere"]));
        Assert.Contains("It is a file", Assert.Throws<DirectoryNotFoundException>(() => DataFolder.Open(folder.Write("file", []))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GeneratedDigits_Load_GivesTwoSetsWithNoImageInCommon()
    {
        (ImageDataset train, ImageDataset test) = GeneratedDigits.Load(trainCount: 20, testCount: 10, seed: 3);
        Assert.Equal((20, 10, 10), (train.Count, test.Count, train.ClassCount));
        Assert.Equal(Enumerable.Range(0, 10), Enumerable.Range(0, 10).Select(test.Label).Order());
        Assert.Equal(GeneratedDigits.Generate(20, 3).Pixels, Enumerable.Range(0, 20).SelectMany(i => train.Pixels(i).ToArray()));
        Assert.DoesNotContain(Convert.ToHexString(test.Pixels(0)), Enumerable.Range(0, 20).Select(i => Convert.ToHexString(train.Pixels(i))));
    }
}
