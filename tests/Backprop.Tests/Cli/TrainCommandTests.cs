using System.Text.Json.Nodes;

namespace Backprop.Tests;

/// <summary><c>train</c>, and <c>evaluate</c> and <c>predict</c> on what it left.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_Json_HasAllFields_AndTheModelIsThere()
    {
        CommandRun run = Train("mlp", "a");
        Assert.Equal(0, run.Code);
        JsonObject line = run.Json;
        string[] fields = ["model", "parameters", "epochs", "test_loss", "test_accuracy", "train_seconds", "images_per_second", "peak_rss_mb", "weights_sha256"];
        Assert.All(fields, field => Assert.NotNull(line[field]));
        Assert.Equal("mlp", (string)line["model"]!);
        Assert.Equal(784 * 50 + 50 + 50 * 10 + 10, (int)line["parameters"]!);
        Assert.Equal(2, (int)line["epochs"]!);
        Assert.InRange((double)line["test_accuracy"]!, 0.2, 1); // 300 digits teach something; chance is 0.1
        Assert.Matches("^[0-9a-f]{64}$", (string)line["weights_sha256"]!);
        Assert.Equal(_folder["a/model.safetensors"], (string)line["saved_to"]!);
        Assert.Equal(["model.safetensors", "report.html", "run.jsonl"], Directory.GetFiles(_folder["a"]).Select(Path.GetFileName).Order()); // nothing else is written
        Assert.Contains(_folder["a/model.safetensors"], run.Out.ReplaceLineEndings("").Replace("│", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("simple-convnet")]
    [InlineData("deep-convnet")]
    public void Train_OneOrTwoThreads_SameWeights(string model) =>
        Assert.Equal(Hash(Train(model, "one", "--threads", "1")), Hash(Train(model, "two", "--threads", "2")));

    [Fact]
    public void Train_SameSeed_SameFile_AnotherSeedAnother()
    {
        Train("mlp", "a", "--seed", "7");
        Train("mlp", "b", "--seed", "7");
        Train("mlp", "c", "--seed", "8");
        Assert.Equal(File.ReadAllBytes(_folder["a/model.safetensors"]), File.ReadAllBytes(_folder["b/model.safetensors"]));
        Assert.NotEqual(File.ReadAllBytes(_folder["a/model.safetensors"]), File.ReadAllBytes(_folder["c/model.safetensors"]));
    }

    [Fact]
    public void Evaluate_SaysWhatTrainSaid()
    {
        JsonObject trained = Train("seed-cnn", "a").Json;
        CommandRun run = CommandRun.Of("evaluate", "--model", _folder["a/model.safetensors"], "--limit-test", "100", "--json");
        Assert.Equal(0, run.Code);
        foreach (string field in new[] { "model", "parameters", "epochs", "test_loss", "test_accuracy", "weights_sha256" })
        {
            Assert.Equal(trained[field]!.ToJsonString(), run.Json[field]!.ToJsonString());
        }
        Assert.All(["train_seconds", "images_per_second", "peak_rss_mb"], field => Assert.NotNull(run.Json[field]));
    }

    [Fact]
    public void Train_OnGeneratedFiles_IsTrainOnGeneratedDigits()
    {
        CommandRun made = CommandRun.Of("data", "generate", "--output", _folder["digits"], "--train", "300", "--test", "100");
        Assert.Equal(0, made.Code);
        Assert.Equal(4, made.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(Hash(Train("mlp", "a")), Hash(Train("mlp", "b", "--data", _folder["digits"])));
    }

    [Fact]
    public void Train_OnTables_IsTrainOnTheSameImages()
    {
        Directory.CreateDirectory(_folder["tables"]);
        Table("train.csv", GeneratedDigits.Images(300, seed: 0));
        Table("test.csv", GeneratedDigits.Images(100, GeneratedDigits.TestSeed));
        CommandRun images = Train("seed-cnn", "a"), tables = Train("seed-cnn", "b", "--data", _folder["tables"]);
        Assert.Equal((double)images.Json["test_loss"]!, (double)tables.Json["test_loss"]!, 1e-4); // pixels scaled in double or in float

        void Table(string name, ImageDataset of) => File.WriteAllLines(Path.Combine(_folder["tables"], name), [
            "label," + string.Join(',', Enumerable.Range(0, 784).Select(pixel => $"p{pixel}")),
            .. Enumerable.Range(0, of.Count).Select(i => $"{of.Label(i)},{string.Join(',', of.Pixels(i).ToArray())}")]);
    }

    [Fact]
    public void Train_ModelsWithoutData_LearnFromANetworkOfTheirKind()
    {
        CommandRun run = CommandRun.Of("train", "--model", "neuron", "--output", _folder["a"], "--json");
        Assert.Equal(0, run.Code);
        Assert.Null(run.Json["test_accuracy"]);
        Assert.InRange((double)run.Json["test_loss"]!, 0, 1e-4);
    }

    [Theory]
    [InlineData("adagrad")]
    [InlineData("momentum")]
    [InlineData("adamw")]
    public void Train_AnotherOptimizer_TrainsOtherwise(string optimizer)
    {
        CommandRun run = Train("mlp", "a", "--optimizer", optimizer, "--learning-rate", "0.01");
        Assert.Equal(optimizer, (string)run.Json["optimizer"]!);
        Assert.NotEqual(Hash(Train("mlp", "b", "--learning-rate", "0.01")), Hash(run));
    }

    [Fact]
    public void Progress_Redirected_IsOnePlainLineAnEpoch()
    {
        CommandRun run = Train("mlp", "a");
        Assert.Equal(2, run.Error.Split('\n').Count(line => line.StartsWith("epoch ", StringComparison.Ordinal)));
        Assert.Matches(@"epoch 2/2  loss \d\.\d{4}  acc \d\.\d{4}  val loss \d\.\d{4}  acc \d\.\d{4}  \d", run.Error);
        Assert.DoesNotContain('\r', run.Error);
        Assert.DoesNotContain('\e', run.Error + run.Out);
        Assert.Empty(Train("mlp", "b", "--quiet").Error);
    }

    [Fact]
    public void Progress_OnATerminal_WritesOverItsLine()
    {
        CommandRun run = CommandRun.Of(["train", "--model", "mlp", "--limit-train", "300", "--limit-test", "100", "--epochs", "1", "--output", _folder["a"]], default, terminal: true);
        Assert.Matches(@"\repoch 1/1  .* \d+/3  .*loss \d\.\d{4}  acc \d\.\d{4}  .* images/s  ETA ", run.Error);
    }

    [Fact]
    public void JsonLines_HaveTheEventsOfTheLog_InAFileOrOnStdout()
    {
        CommandRun run = Train("mlp", "a", "--jsonl", _folder["deep/er/events.jsonl"]);
        Assert.Equal(File.ReadAllText(_folder["a/run.jsonl"]), File.ReadAllText(_folder["deep/er/events.jsonl"]));
        Assert.StartsWith("╭", run.Out);
        string[] lines = Train("mlp", "b", "--jsonl", "-").Out.TrimEnd().Split('\n');
        Assert.Equal(File.ReadAllLines(_folder["b/run.jsonl"]), lines[..^1]);
        Assert.Contains("weights_sha256", lines[^1]); // --json
    }

    [Fact]
    public void JsonLines_IntoTheLogItself_IsRefused()
    {
        CommandRun run = Train("mlp", "a", "--jsonl", _folder["a/../a/run.jsonl"]);
        Assert.Equal(2, run.Code);
        Assert.EndsWith("this is the log that each training leaves beside its model. Leave the option out, or choose another file.", run.Error.TrimEnd());
        Assert.False(Directory.Exists(_folder["a"]));
    }

    [Fact]
    public void JsonLines_WhereNothingCanBeWritten_IsAnErrorBeforeTraining()
    {
        File.WriteAllText(_folder["file"], "");
        CommandRun run = CommandRun.Of("train", "--model", "mlp", "--limit-train", "100", "--limit-test", "10", "--output", _folder["a"], "--jsonl", _folder["file/events.jsonl"]);
        Assert.Equal(1, run.Code);
        Assert.Contains($"--jsonl {_folder["file/events.jsonl"]}: this can't be written", run.Error);
        Assert.False(Directory.Exists(_folder["a"]));
    }

    [Fact]
    public void Plot_OfAResumedTraining_HasItsPastToo()
    {
        CommandRun begun = Train("mlp", "a", "--plot");
        Assert.Contains("⠤⠤ training   o validation", begun.Error);
        CommandRun resumed = CommandRun.Of("train", "--resume", "--epochs", "4", "--plot", "--output", _folder["a"]);
        string chart = resumed.Error[resumed.Error.IndexOf("⠤⠤", StringComparison.Ordinal)..];
        Assert.Equal(4, chart[(chart.IndexOf("validation", StringComparison.Ordinal) + "validation".Length)..chart.IndexOf("epochs", StringComparison.Ordinal)].Count(character => character == 'o'));
    }

    [Fact]
    public void Train_Cancelled_StopsWithCode130_AndResumeGoesOnWithNoOtherOption()
    {
        string whole = Hash(Train("mlp", "a"));
        using var source = new CancellationTokenSource();
        source.Cancel();
        CommandRun run = CommandRun.Of(["train", "--model", "mlp", "--limit-train", "300", "--limit-test", "100", "--epochs", "2", "--output", _folder["b"]], source.Token);
        Assert.Equal(130, run.Code);
        Assert.Contains($"Stopped. Go on from the last step with: backprop train --resume --output {_folder["b"]}", run.Error);
        Assert.False(File.Exists(_folder["b/model.safetensors"])); // never a model that is not trained to its end

        CommandRun resumed = CommandRun.Of("train", "--resume", "--output", _folder["b"], "--json");
        Assert.Contains("Going on from", resumed.Error);
        Assert.Equal(whole, Hash(resumed));
        Assert.Equal(File.ReadAllBytes(_folder["a/model.safetensors"]), File.ReadAllBytes(_folder["b/model.safetensors"]));
        Assert.Equal(whole, Hash(CommandRun.Of("train", "--resume", "--output", _folder["b"], "--json"))); // nothing left to do
        Assert.Equal(0, Train("mlp", "b").Code); // it is over: one may begin anew
    }

    [Fact]
    public void Train_OverATrainingUnderWay_IsRefused_OverOneWithoutAStep_IsNot()
    {
        foreach (int steps in (int[])[1, 0])
        {
            var model = new Linear(2, 1, random: new RandomSource(1));
            Assert.Throws<TimeoutException>(() => new Trainer(model, Losses.Mse, new Sgd(model.Parameters, 0.1)).Fit(
                new TensorDataset(Tensor.Ones([4, 2]), Tensor.Ones([4, 1])), 1, 1, callbacks: [new FailureAfter(steps)], checkpoints: new Checkpoints(_folder[$"{steps}/checkpoints"]) { Steps = 1 }));
            CommandRun anew = Train("mlp", $"{steps}");
            Assert.Equal(steps == 0 ? 0 : 2, anew.Code);
            if (steps > 0) Assert.Contains("has checkpoints of a training that is not finished (1 steps are done). Go on with it by --resume, choose another --output, or delete", anew.Error);
        }
    }

    [Fact]
    public void Resume_WithAnotherSetting_IsRefused_WithMoreEpochs_GoesOn()
    {
        Train("mlp", "a");
        CommandRun other = CommandRun.Of("train", "--resume", "--output", _folder["a"], "--batch-size", "7");
        Assert.Equal(2, other.Code);
        Assert.Contains("--resume goes on with a training that was begun with --batch-size 100, not 7. Leave --batch-size out, or begin anew with another --output.", other.Error);
        CommandRun longer = CommandRun.Of("train", "--resume", "--output", _folder["a"], "--epochs", "3", "--json");
        Assert.Equal(3, (int)longer.Json["epochs"]!);
    }

    [Fact]
    public void Resume_WhereNothingIs_BeginsAnew() => Assert.Equal(Hash(Train("mlp", "a")), Hash(Train("mlp", "b", "--resume")));

    [Fact]
    public void Predict_DataSet_IsALineForEachExample()
    {
        Train("mlp", "a");
        CommandRun.Of("data", "generate", "--output", _folder["digits"], "--train", "10", "--test", "50");
        CommandRun run = CommandRun.Of("predict", "--model", _folder["a/model.safetensors"], "--data", _folder["digits"], "--limit-test", "20", "--json");
        string[] lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + 20 + 1, lines.Length);
        Assert.Equal("index\tprediction\tprobability\tlabel", lines[0].TrimEnd());
        double right = lines[1..21].Select(line => line.TrimEnd().Split('\t')).Count(cells => cells[1] == cells[3]);
        Assert.Equal(right / 20, (double)run.Json["test_accuracy"]!);
        Assert.Equal(lines[1..21].Select(line => line.Split('\t')[1]), run.Json["predictions"]!.AsArray().Select(label => $"{(int)label!}"));
    }

    [Fact]
    public void Predict_Picture_SaysWhatItSaysOfTheSet()
    {
        Train("mlp", "a");
        byte[] pixels = new byte[784];
        GeneratedDigits.Draw(seed: 3, index: 4, pixels);
        File.WriteAllBytes(_folder["digit.pgm"], [.. "P5 28 28 255\n"u8, .. pixels]);
        File.WriteAllBytes(_folder["inverse.pgm"], [.. "P5 28 28 255\n"u8, .. pixels.Select(value => (byte)(255 - value))]);

        CommandRun run = CommandRun.Of("predict", "--model", _folder["a/model.safetensors"], _folder["digit.pgm"], "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(1, run.Json["probabilities"]!.AsArray().Sum(p => (double)p!), 1e-5);
        Assert.Equal((double)run.Json["probability"]!, run.Json["probabilities"]!.AsArray().Max(p => (double)p!));
        Assert.Empty(run.Error);

        CommandRun inverse = CommandRun.Of("predict", "--model", _folder["a/model.safetensors"], _folder["inverse.pgm"], "--json");
        Assert.Equal(run.Json["probabilities"]!.ToJsonString(), inverse.Json["probabilities"]!.ToJsonString());
        Assert.Contains("inverted", inverse.Error);
    }

    [Fact]
    public void Train_File_SaysHowItCameToBe()
    {
        CommandRun run = Train("mlp", "a", "--seed", "7");
        Model model = Model.Load(_folder["a/model.safetensors"]);
        Assert.Equal("mlp: 39,760 parameters, [1, 28, 28] to 10 classes", model.ToString());
        TrainingSummary training = model.Training!;
        Assert.Equal((2, 300, "generated digits", "sgd", 0.1, 100, 7), (training.Epochs, training.Examples, training.Data, training.Optimizer, training.LearningRate, training.BatchSize, training.Seed));
        Assert.Equal((double)run.Json["test_loss"]!, training.Scores["test_loss"]);
        Assert.Equal((double)run.Json["test_accuracy"]!, training.Scores["test_accuracy"]);
        Assert.Equal([3, 1, 28, 28], model.Examples!.Inputs.Shape);
    }

    [Fact]
    public void Progress_OfAWarning_IsALineEvenIfQuiet()
    {
        using var error = new StringWriter();
        var model = new Sequential(new Linear(2, 2), new Softmax());
        var data = new TensorDataset(Tensor.Zeros([4, 2]), Tensor.Zeros([4], DType.Int32));
        new Trainer(model, Losses.CrossEntropy, new Sgd(model.Parameters, learningRate: 0.1))
            .Fit(data, epochs: 1, batchSize: 4, callbacks: [new Backprop.Cli.Screen.TrainingScreen(new Backprop.Cli.Terminal { Out = error, Error = error, Quiet = true }, batchSize: 4)]);
        Assert.StartsWith("Warning: Fit: the model's outputs look like probabilities", error.ToString());
    }

    [Fact]
    public void Predict_NetworkOfOnesOwn_NeedsNothingButItsFile()
    {
        Module module = new Sequential(new Conv2d(3, 4, 3), new Relu(), new GlobalAvgPool2d(), new Linear(4, 2));
        new Model(module) { InputShape = [3, 8, 8], Preprocessing = Preprocessing.Standardize([0.5, 0.4, 0.3], [0.2, 0.2, 0.3]), ClassNames = ["cat", "dog"] }.Save(_folder["own.safetensors"]);
        File.WriteAllBytes(_folder["picture.ppm"], [.. "P6 9 9 255\n"u8, .. new byte[243]]);
        CommandRun run = CommandRun.Of("predict", "--weights", _folder["own.safetensors"], _folder["picture.ppm"], "--json"); // the option's old name
        Assert.Equal(0, run.Code);
        Assert.Contains("brought from 9×9 to 8×8 pixels", run.Error);
        Assert.Contains((string)run.Json["prediction"]!, "cat dog");
        CommandRun judged = CommandRun.Of("evaluate", "--model", _folder["own.safetensors"]);
        Assert.Equal((2, $"backprop: Sequential: 122 parameters, [3, 8, 8] to 2 classes: say what it is to be judged by, with --data DIR.{Environment.NewLine}"), (judged.Code, judged.Error));
    }

    private CommandRun Train(string model, string output, params string[] more) =>
        CommandRun.Of(["train", "--model", model, "--limit-train", "300", "--limit-test", "100", "--epochs", "2", "--output", _folder[output], "--json", .. more]);

    private static string Hash(CommandRun run) => (string)run.Json["weights_sha256"]!;

    private sealed class FailureAfter(int steps) : ICallback
    {
        public void StepEnds(TrainingRun run)
        {
            if (run.Step > steps) throw new TimeoutException();
        }
    }
}
