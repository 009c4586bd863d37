using System.Buffers.Binary;

namespace Backprop.Tests;

/// <summary>What the command says when it is given something it can't work with: one message, no trace, nothing left behind.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train --model lenet", "backprop: There is no model \"lenet\"; the nearest name is \"")]
    [InlineData("train --optimizer adm", "backprop: There is no optimizer 'adm'; did you mean 'adam'?")]
    [InlineData("train --epochs 0", "backprop train: --epochs needs a whole number from 1 up, not '0'")]
    [InlineData("train --epochs three", "backprop train: --epochs needs a whole number from 1 up, not 'three'")]
    [InlineData("train --batch-size -5", "backprop train: --batch-size needs a whole number from 1 up, not '-5'")]
    [InlineData("train --learning-rate 0,1", "backprop train: --learning-rate needs a positive number, not '0,1'")]
    [InlineData("train --learning-rate nan", "backprop train: --learning-rate needs a positive number, not 'nan'")]
    [InlineData("train --limit-train 0", "backprop train: --limit-train needs a whole number from 1 up, not '0'")]
    [InlineData("train --seed x", "backprop train: --seed needs a whole number, not 'x'")]
    [InlineData("train --threads 0", "backprop train: --threads needs a whole number from 1 up, not '0'")]
    [InlineData("train --epoch 3", "backprop train: unknown option '--epoch'; did you mean '--epochs'?")]
    [InlineData("train --model resnet20", "backprop: resnet20 is made for CIFAR-10, which can't be generated: give the folder of its binary files with --data DIR.")]
    [InlineData("evaluate", "backprop evaluate: Option '--model' is required")]
    [InlineData("predict --model x", "backprop: predict needs either an IMAGE or --data DIR.")]
    [InlineData("bench --workload [", "backprop: bench: --workload is no regular expression: ")]
    [InlineData("bench --workload nothing", "backprop: bench: no workload matches 'nothing'.")]
    [InlineData("data", "backprop data: a command is missing, one of: generate, show")]
    [InlineData("data generate", "backprop data generate: Option '--output' is required")]
    [InlineData("data show --from 5 --count x", "backprop data show: --count needs a whole number from 1 up, not 'x'")]
    public void WrongUsage_Code2(string line, string message)
    {
        CommandRun run = CommandRun.Of(line.Split(' '));
        Assert.Equal(2, run.Code);
        Assert.StartsWith(message, run.Error);
        AssertClean(run);
    }

    [Fact]
    public void Data_NoSuchFolder() => Refused($"{_folder["none"]}: there is no such folder.", "--data", _folder["none"]);

    [Fact]
    public void Data_FolderWithoutDataSet()
    {
        Directory.CreateDirectory(_folder["photos"]);
        File.WriteAllText(_folder["photos/cat.jpg"], "");
        CommandRun run = Refused($"{_folder["photos"]}: no data set of a known kind.", "--data", _folder["photos"]);
        Assert.Contains("cat.jpg", run.Error);
        Assert.Contains("train-images-idx3-ubyte", run.Error);
    }

    [Fact]
    public void Data_FileMissing()
    {
        string data = Digits();
        File.Delete(Path.Combine(data, "t10k-labels-idx1-ubyte.gz"));
        Refused($"{Path.Combine(data, "t10k-labels-idx1-ubyte")}: there is no such file, and no t10k-labels-idx1-ubyte.gz.", "--data", data);
    }

    [Fact]
    public void Data_FileTruncated_IsNamedWithTheOffset()
    {
        string data = Digits(), path = Path.Combine(data, "train-images-idx3-ubyte");
        File.WriteAllBytes(path, [0, 0, 8, 3, .. BigEndian(20), .. BigEndian(28), .. BigEndian(28), .. new byte[1000]]);
        Refused($"{path}, byte ", "--data", data);
    }

    [Fact]
    public void Data_WrongMagic_IsNamed()
    {
        string data = Digits(), path = Path.Combine(data, "train-images-idx3-ubyte");
        File.WriteAllText(path, "<html>404</html>");
        Refused($"{path}, byte 0: not an IDX file: it begins with 3C 68 74 6D", "--data", data);
    }

    [Fact]
    public void Data_ImagesOfAnotherSize_NameBothShapes()
    {
        Directory.CreateDirectory(_folder["small"]);
        foreach (string part in new[] { "train", "t10k" })
        {
            new IdxFile([10, 20, 20], new byte[4000]).Write(_folder[$"small/{part}-images-idx3-ubyte"]);
            new IdxFile([10], new byte[10]).Write(_folder[$"small/{part}-labels-idx1-ubyte"]);
        }
        Refused($"mlp takes inputs [1, 28, 28] of 10 classes; those in {_folder["small"]} are [1, 20, 20] of 10.", "--data", _folder["small"]);
    }

    [Fact]
    public void Train_RateFarTooLarge_SaysWhereItBegan_AndLeavesTheCheckpointsFromBefore()
    {
        CommandRun run = CommandRun.Of("train", "--model", "mlp", "--learning-rate", "1e12", "--limit-train", "500", "--limit-test", "100", "--quiet", "--output", _folder["out"]);
        Assert.Equal(1, run.Code);
        Assert.Matches(@"^backprop: Fit: the loss is (NaN|infinite) in epoch 1, step \d of 5, at learning rate 1000000000000\. \w+ in layer \w+", run.Error);
        Assert.EndsWith("goes on from there.", run.Error.TrimEnd());
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.False(File.Exists(_folder["out/model.safetensors"]));
        Assert.Equal(0, new Checkpoints(_folder["out/checkpoints"]).Newest()!.Step);
    }

    [Fact]
    public void Weights_NoSuchFile()
    {
        CommandRun run = CommandRun.Of("evaluate", "--model", _folder["none.safetensors"]);
        Assert.Equal(1, run.Code);
        Assert.StartsWith($"backprop: {_folder["none.safetensors"]}: there is no such file.", run.Error);
        AssertClean(run);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(300)]
    public void Weights_Truncated_AreRefused(int length)
    {
        string path = _folder["cut.safetensors"];
        new Linear(100, 100).Save(path);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);
        CommandRun run = CommandRun.Of("evaluate", "--model", path);
        Assert.Equal(1, run.Code);
        Assert.StartsWith($"backprop: {path}", run.Error);
        AssertClean(run);
    }

    [Fact]
    public void Weights_OfAnotherNetwork_NameWhatDoesNotFit()
    {
        string path = _folder["other.safetensors"];
        SafeTensors.Save(path, NamedModels.Get("mlp").Build(new RandomSource(0)).State);
        CommandRun silent = CommandRun.Of("evaluate", "--model", path);
        Assert.Equal((2, $"backprop: {path} has weights alone, and does not say of which network: name it with --architecture.{Environment.NewLine}"), (silent.Code, silent.Error));
        CommandRun wrong = CommandRun.Of("evaluate", "--model", path, "--architecture", "seed-cnn");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("conv.weight", wrong.Error);
        AssertClean(wrong);
    }

    [Fact]
    public void Predict_NoPicture_NamesTheFile()
    {
        string weights = _folder["mlp.safetensors"];
        NamedModels.Get("mlp").Build(new RandomSource(0)).Save(weights);
        File.WriteAllText(_folder["digit.png"], "not a picture");
        foreach (string picture in new[] { _folder["digit.png"], _folder["none.png"] })
        {
            CommandRun run = CommandRun.Of("predict", "--model", weights, "--architecture", "mlp", picture);
            Assert.Equal(1, run.Code);
            Assert.Contains(picture, run.Error);
            AssertClean(run);
        }
    }

    [Fact]
    public void Output_ThatCannotBe_IsSaidBeforeAnybodyTrains()
    {
        File.WriteAllText(_folder["file"], "");
        CommandRun run = CommandRun.Of("train", "--model", "mlp", "--limit-train", "10", "--limit-test", "10", "--output", _folder["file"]);
        Assert.Equal(1, run.Code);
        Assert.StartsWith($"backprop: --output {_folder["file"]}: this folder can't be made.", run.Error);
        AssertClean(run);
    }

    private CommandRun Refused(string message, params string[] options)
    {
        CommandRun run = CommandRun.Of(["train", "--model", "mlp", "--limit-test", "10", "--output", _folder["out"], "--quiet", .. options]);
        Assert.Equal(1, run.Code);
        Assert.StartsWith($"backprop: {message}", run.Error);
        AssertClean(run);
        Assert.False(Directory.Exists(_folder["out"]));
        return run;
    }

    private static void AssertClean(CommandRun run)
    {
        Assert.Empty(run.Out);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", run.Error, StringComparison.Ordinal);
    }

    private string Digits()
    {
        Assert.Equal(0, CommandRun.Of("data", "generate", "--output", _folder["digits"], "--train", "20", "--test", "10").Code);
        return _folder["digits"];
    }

    private static byte[] BigEndian(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
