using System.Globalization;
using System.Text.Json.Nodes;
using Backprop.Cli.Runs;

namespace Backprop.Tests;

public sealed class RunLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_LeavesALogOfItsEvents()
    {
        CommandRun run = Train("--epochs", "2");
        JsonObject[] events = Events();
        Assert.Equal(["start", .. Enumerable.Repeat("step", 8), "epoch", .. Enumerable.Repeat("step", 8), "epoch", "end"], events.Select(e => (string)e["event"]!));
        Assert.Equal(Enumerable.Range(1, 16), Of(events, "step").Select(e => (int)e["step"]!));
        Assert.Equal("mlp", (string)events[0]["model"]!);
        Assert.Equal((double)run.Json["train_loss"]!, (double)events[^2]["train"]!["loss"]!);
        Assert.Equal((string)run.Json["weights_sha256"]!, (string)events[^1]["weights_sha256"]!);
        Assert.All(Of(events, "step"), e => Assert.InRange((double)e["gradient_norm"]!, 1e-3, 1e3));
        Assert.Equal((double)events[^2]["train"]!["loss"]!, Of(events, "step").Where(e => (int)e["epoch"]! == 2).Average(e => (double)e["loss"]!), 1e-6); // all batches are of one size
    }

    [Fact]
    public void Epoch_TellsWhatTheModelLooksLike()
    {
        Train("--epochs", "1");
        JsonObject epoch = Of(Events(), "epoch").Single();
        JsonObject[] histograms = [.. epoch["histograms"]!.AsArray().Select(node => node!.AsObject())];
        string[] parameters = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"];
        Assert.Equal(
            [.. parameters.Select(name => $"weight {name} "), "activation fc1 ", "activation 2 ", "activation fc2 ", .. parameters.Select(name => $"gradient {name} ")],
            histograms.Select(histogram => $"{histogram["kind"]} {histogram["name"]} "));
        Assert.Equal([39200, 50, 500, 10, 32 * 50, 32 * 50, 32 * 10, 39200, 50, 500, 10], histograms.Select(histogram => histogram["counts"]!.AsArray().Sum(count => (long)count!)));
        Assert.True((long)histograms[5]["zeros"]! > 100); // behind ReLU

        Module model = Model.Load(_folder["a/model.safetensors"]).Module;
        float[] weights = model.Parameters[0].ToArray<float>();
        Assert.Equal(weights.Min(), (double)histograms[0]["min"]!, 1e-5);
        Assert.Equal(weights.Sum(), (double)histograms[0]["sum"]!, 1e-2);

        Assert.Equal(100, epoch["confusion"]!.AsArray().Sum(row => row!.AsArray().Sum(count => (int)count!)));
        double right = Enumerable.Range(0, 10).Sum(i => (int)epoch["confusion"]![i]![i]!);
        Assert.Equal((double)epoch["validation"]!["accuracy"]!, right / 100, 1e-9);
        Assert.Equal(Math.Min(24, 100 - (int)right), epoch["mistakes"]!.AsArray().Count);
        Assert.Equal([1, 28, 28], epoch["filters"]!["shape"]!.AsArray().Select(n => (int)n!));
        Assert.Equal(50, epoch["filters"]!["pictures"]!.AsArray().Count);
    }

    [Fact]
    public void Mistakes_AreTheMostConfident_WithThreeClassesAndThePixels()
    {
        Train("--epochs", "1");
        JsonArray mistakes = Of(Events(), "epoch").Single()["mistakes"]!.AsArray();
        ImageDataset test = GeneratedDigits.Images(100, GeneratedDigits.TestSeed);
        Module model = Model.Load(_folder["a/model.safetensors"]).Module;
        double before = 1;
        foreach (JsonNode? mistake in mistakes)
        {
            int index = (int)mistake!["index"]!;
            Assert.Equal(test.Label(index), (int)mistake["actual"]!);
            Assert.Equal(test.Pixels(index).ToArray(), Convert.FromBase64String((string)mistake["picture"]!));
            int[] likeliest = [.. mistake["likeliest"]!.AsArray().Select(n => (int)n!)];
            double[] probabilities = [.. mistake["probabilities"]!.AsArray().Select(n => (double)n!)];
            float[] all = model.Predict(NamedModels.Get("mlp").Preprocessing.Apply(test).Read(index).Inputs).Softmax(-1).ToArray<float>();
            Assert.NotEqual(test.Label(index), likeliest[0]);
            Assert.Equal(all.Index().OrderByDescending(each => each.Item).Take(3).Select(each => each.Index), likeliest);
            Assert.All(likeliest.Zip(probabilities), each => Assert.Equal(all[each.First], each.Second, 1e-4));
            Assert.InRange(probabilities[0], 0, before);
            before = probabilities[0];
        }
    }

    [Fact]
    public void Start_TellsTheCommandThatRepeatsTheRun()
    {
        Train("--epochs", "1", "--learning-rate", "0.03", "--seed", "-3");
        JsonObject[] events = Events();
        string[] words = ((string)events[0]["command"]!).Replace(_folder["a-again"], "THERE", StringComparison.Ordinal).Split(' ');
        Assert.Equal(["backprop", "train"], words[..2]);
        Assert.Equal(0, CommandRun.Of([.. words[1..].Select(word => word.Trim('\'').Replace("THERE", _folder["b"], StringComparison.Ordinal))]).Code);
        JsonNode again = JsonNode.Parse(File.ReadLines(_folder["b/run.jsonl"]).Last())!;
        Assert.Equal((string)events[^1]["weights_sha256"]!, (string)again["weights_sha256"]!);
    }

    [Fact]
    public void Diverged_TheLogSaysSo()
    {
        Assert.Equal(1, CommandRun.Of("train", "--model", "mlp", "--limit-train", "800", "--limit-test", "100", "--learning-rate", "1e30", "--output", _folder["a"]).Code);
        JsonObject last = Events()[^1];
        Assert.Equal(("stop", "diverged"), ((string)last["event"]!, (string)last["cause"]!));
        Assert.Contains("the loss is", (string)last["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(90)]
    [InlineData(100_000)]
    public void Inspector_LooksAtTheFirstTheLastAndAtMostADozenMore(int epochs)
    {
        int[] looks = [.. Enumerable.Range(1, epochs).Where(epoch => Inspector.LooksAt(epoch, epochs))];
        Assert.Equal((1, epochs), (looks[0], looks[^1]));
        Assert.InRange(looks.Length, Math.Min(epochs, 7), 14);
    }

    [Fact]
    public void Resumed_TheLogGoesOn_WithoutStepsOrLinesThatWereCutShort()
    {
        Train("--epochs", "2");
        JsonObject[] whole = Events();
        Directory.Delete(_folder["a"], recursive: true);
        Train("--epochs", "1");
        File.AppendAllText(Log, "{\"event\":\"step\",\"step\":9,\"loss\":77}\n{\"event\":\"step\",\"st");
        Assert.Equal(0, CommandRun.Of("train", "--resume", "--epochs", "2", "--output", _folder["a"]).Code);
        JsonObject[] events = Events();
        Assert.Equal(Of(whole, "step").Select(Deterministic), Of(events, "step").Select(Deterministic));
        Assert.Equal([8, 16], Of(events, "epoch").Select(e => (int)e["step"]!));
        Assert.Equal((string)whole[^1]["weights_sha256"]!, (string)events[^1]["weights_sha256"]!);

        string before = File.ReadAllText(Log);
        CommandRun.Of("train", "--resume", "--output", _folder["a"]); // nothing left to do
        Assert.Equal(before, File.ReadAllText(Log));

        static string Deterministic(JsonObject step) => $"{step["step"]} {step["epoch"]} {step["loss"]} {step["gradient_norm"]}";
    }

    /// <summary>As an editor leaves a file: with other ends of lines, with a mark before the first, without an end of the last.</summary>
    [Theory]
    [InlineData("\r\n", "", "\r\n")]
    [InlineData("\n", "\uFEFF", "\n")]
    [InlineData("\n", "", "")]
    public void Resumed_ALogThatWasEdited_GoesOn(string newLine, string before, string last)
    {
        Train("--epochs", "1");
        File.WriteAllText(Log, before + string.Join(newLine, File.ReadLines(Log)) + last);
        Assert.Equal(0, CommandRun.Of("train", "--resume", "--epochs", "2", "--output", _folder["a"]).Code);
        Assert.Equal(0, CommandRun.Of("report", _folder["a"]).Code);
        Assert.Equal(Enumerable.Range(1, 16), Of(Events(), "step").Select(e => (int)e["step"]!));
    }

    [Fact]
    public void Lines_AreInTheFile_AsSoonAsTheyAreWritten()
    {
        Directory.CreateDirectory(_folder["a"]);
        using var lines = new JsonLines(Log);
        lines.Begin(RunStarts.Of("mlp"));
        for (int step = 1; step <= 3; step++)
        {
            lines.Step(new RunStep(1, step, 1, 0.1, 1, 1));
            using var reader = new StreamReader(new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            Assert.Equal(1 + step, reader.ReadToEnd().Count(character => character == '\n'));
        }
    }

    [Fact]
    public void ResumedAfterAnEpochsLastStep_TheRunBeginsBeforeTheEpochEnds()
    {
        RunStart start = RunStarts.Of("mlp");
        var run = new TrainingRun(start.Model, new Sgd(start.Model.Parameters), epochs: 1, []) { Step = 4 };
        var told = new Diary();
        using (var log = new RunLog(start.Job, start.Named, start.Data, [told], trouble => throw trouble))
        {
            log.TrainingStarts(run);
            log.EpochStarts(run);
            log.EpochEnds(run, Epoch(1));
        }
        Assert.Equal(["begin at 4", "epoch at 4"], told.Entries);
    }

    /// <summary>Of 5,996 steps, of which every third is told, the first and the last: 10 ms each, and a second between epochs. The loss is the step's number; step 5 is left out.</summary>
    [Fact]
    public void Steps_OfALongTraining_StandForThoseSinceTheLast_OverTheEndOfAnEpochToo()
    {
        const int Epochs = 1499;
        RunStart start = RunStarts.Of("mlp");
        var run = new TrainingRun(start.Model, new Sgd(start.Model.Parameters), Epochs, []);
        var told = new Diary();
        var clock = new FakeClock();
        using (var log = new RunLog(start.Job, start.Named, start.Data, [told], trouble => throw trouble, clock))
        {
            log.TrainingStarts(run);
            foreach (int epoch in new[] { 1, 2, Epochs })
            {
                (run.Epoch, run.Step) = (epoch, (epoch - 1) * start.StepsAnEpoch);
                log.EpochStarts(run);
                while (run.Step < epoch * start.StepsAnEpoch)
                {
                    clock.Now += TimeSpan.FromMilliseconds(10);
                    run.Step++;
                    run.Loss = run.Step == 5 ? double.NaN : run.Step;
                    log.StepEnds(run);
                }
                clock.Now += TimeSpan.FromSeconds(1);
                log.EpochEnds(run, Epoch(epoch));
            }
        }
        Assert.Equal(
            ["begin at 0", "step 1: 1, 10 ms", "step 3: 2.5, 10 ms", "epoch at 4", "step 6: 5, 10 ms", "epoch at 8", "step 5994: 3000.5, 10 ms", "step 5996: 5995.5, 10 ms", "epoch at 5996"],
            told.Entries); // 7, 8, 5993 and 5994
    }

    private static EpochRecord Epoch(int number) => new(number, new Scores(1, new Dictionary<string, double>(), 400), null, 0.1, 1, 0);

    private string Log => _folder["a/run.jsonl"];

    private static IEnumerable<JsonObject> Of(JsonObject[] events, string name) => events.Where(e => (string)e["event"]! == name);

    private JsonObject[] Events() => [.. File.ReadLines(Log).Select(line => JsonNode.Parse(line)!.AsObject())];

    private CommandRun Train(params string[] more)
    {
        CommandRun run = CommandRun.Of(["train", "--model", "mlp", "--limit-train", "800", "--limit-test", "100", "--output", _folder["a"], "--json", .. more]);
        Assert.Equal(0, run.Code);
        return run;
    }

    private sealed class Diary : IRunSink
    {
        public List<string> Entries { get; } = [];

        public void Begin(RunStart start) => Entries.Add($"begin at {start.Step}");

        public void Step(RunStep step) => Entries.Add(string.Create(CultureInfo.InvariantCulture, $"step {step.Step}: {step.Loss:G5}, {step.Milliseconds:G4} ms"));

        public void Epoch(RunEpoch epoch) => Entries.Add($"epoch at {epoch.Step}");

        public void Warn(string message) => Entries.Add(message);

        public void End(RunEnd end) => Entries.Add("end");

        public void Stop(RunStop stop) => Entries.Add("stop");

        public void Dispose() { }
    }
}
