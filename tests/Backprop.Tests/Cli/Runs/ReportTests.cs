using System.Text.Json.Nodes;
using Backprop.Cli;
using Backprop.Cli.Runs;

namespace Backprop.Tests;

public sealed class ReportTests : IDisposable
{
    private const int Most = 500_000; // bytes of a page

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_LeavesAPage_ThatTheLogMakesAgain()
    {
        Train("a", "--epochs", "2");
        JsonObject left = DataOf("a/report.html");
        Assert.InRange(new FileInfo(_folder["a/report.html"]).Length, 50_000, Most);
        Assert.Null(left["silence"]);

        File.Delete(_folder["a/report.html"]);
        CommandRun run = CommandRun.Of("report", _folder["a"], "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal(_folder["a/report.html"], (string)run.Json["page"]!);
        JsonObject again = DataOf("a/report.html");
        Assert.Equal(left["runs"]!.ToJsonString(), again["runs"]!.ToJsonString());
    }

    [Fact]
    public void Page_NeedsNoOtherFile_AndHasTheLicenceOfItsLibrary()
    {
        Train("a", "--epochs", "1");
        string page = File.ReadAllText(_folder["a/report.html"]);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" src=", page, StringComparison.Ordinal);
        Assert.Contains("Copyright (c) 2022 Leon Sorokin", page, StringComparison.Ordinal);
        Assert.Contains("<title>a · Backprop</title>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_HasTheNumbersOfTheLog()
    {
        Train("a", "--epochs", "2");
        JsonObject[] events = [.. File.ReadLines(_folder["a/run.jsonl"]).Select(line => JsonNode.Parse(line)!.AsObject())];
        JsonNode run = DataOf("a/report.html")["runs"]![0]!;
        Assert.Equal(Of("step").Select(e => (double)e["loss"]!), Numbers(run["steps"]!["loss"]!), new Near(1e-3));
        Assert.Equal(Of("step").Select(e => (double)e["step"]!), Numbers(run["steps"]!["step"]!));
        Assert.Equal(Of("epoch").Select(e => (double)e["validation"]!["accuracy"]!), Numbers(run["epochs"]!["validation"]!["accuracy"]!), new Near(1e-3));
        Assert.Equal(events[^1].ToJsonString(), run["end"]!.ToJsonString());
        Assert.Equal([1, 2], Numbers(run["histograms"]!["epochs"]!));
        Assert.Equal(4 + 3 + 4, run["histograms"]!["layers"]!.AsArray().Count);

        IEnumerable<JsonObject> Of(string kind) => events.Where(e => (string)e["event"]! == kind);
    }

    [Fact]
    public void Report_OfTwoRuns_LaysThemOverOneAnother()
    {
        Train("a", "--epochs", "1");
        Train("b", "--epochs", "1", "--learning-rate", "0.01");
        CommandRun run = CommandRun.Of("report", _folder["a"], _folder["b"], "--output", _folder["both.html"]);
        Assert.Equal((0, _folder["both.html"]), (run.Code, run.Out.Trim()));
        Assert.Equal(["a", "b"], DataOf("both.html")["runs"]!.AsArray().Select(each => (string)each!["name"]!));
    }

    [Fact]
    public void Report_OfANetworkWithoutClasses_HasCurvesAndHistogramsAlone()
    {
        Assert.Equal(0, CommandRun.Of("train", "--model", "neuron", "--epochs", "2", "--limit-train", "50", "--output", _folder["a"]).Code);
        JsonNode run = DataOf("a/report.html")["runs"]![0]!;
        Assert.Equal(100, run["steps"]!["loss"]!.AsArray().Count);
        Assert.Null(run["look"]!["confusion"]);
        Assert.Null(run["look"]!["filters"]);
        Assert.Empty(run["look"]!["mistakes"]!.AsArray());
    }

    /// <summary>Untrained networks make the most mistakes, and pictures of noise are the least like one another.</summary>
    [Theory]
    [InlineData("resnet20", 90, 1)]
    [InlineData("mlp-wide", 90, 1)]
    [InlineData("deep-convnet", 5000, 1)]
    [InlineData("resnet20", 90, 4)]
    [InlineData("resnet20", 90, 8)]
    public void Page_OfALongTraining_StaysBelowHalfAMegabyte_OrForManyRunsGrowsLittle(string model, int epochs, int runs)
    {
        WriteLog(model, epochs);
        Assert.InRange(new FileInfo(_folder["a/run.jsonl"]).Length, 0, 4_000_000);
        string page = ReportPage.Of([.. Enumerable.Range(0, runs).Select(i => RunFile.Open(_folder["a"], $"run {i}").Data)], silence: null);
        Assert.InRange(page.Length, 100_000, Most + 60_000 * Math.Max(0, runs - 4));
    }

    /// <summary>Other numbers are rounded to four digits, which would move these, or lay several on one place.</summary>
    [Fact]
    public void Page_OfALongTraining_CountsStepsAndEpochsExactly()
    {
        WriteLog("mlp", 12_345);
        JsonNode run = JsonNode.Parse(RunPage.Of(RunFile.Open(_folder["a"]).Data, runs: 1).ToJsonString())!;
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => 123.0 * i), Numbers(run["steps"]!["step"]!));
        Assert.Equal(12_345, Numbers(run["epochs"]!["epoch"]!).Last());
        Assert.Equal(2000 * 123, Numbers(run["epochs"]!["step"]!).Last());
    }

    /// <summary>Only some of the epochs are shown; the best and the time are of all.</summary>
    [Fact]
    public void Page_OfManyEpochs_TellsTheBestAndTheTimeOfAll()
    {
        WriteLog("mlp", 701);
        RunData data = RunFile.Open(_folder["a"]).Data;
        JsonNode run = RunPage.Of(data, runs: 1);
        Assert.Equal(500, run["epochs"]!["epoch"]!.AsArray().Count);
        Assert.Equal(data.Epochs.Max(epoch => epoch.Validation!["accuracy"]), (double)run["best_accuracy"]!, 1e-4);
        Assert.Equal(701, (double)run["seconds"]!);
        data.Epochs.RemoveAt(0);
        Assert.Null(RunPage.Of(data, runs: 1)["seconds"]);
    }

    [Fact]
    public void ReportFile_IsWrittenAfterStepsAndEpochs_AndKnowsHowLongASilenceMayBe()
    {
        var clock = new FakeClock();
        RunStart start = RunStarts.Of("mlp");
        var scores = new Scores(1, new Dictionary<string, double>(), 400);
        Directory.CreateDirectory(_folder["a"]);
        using var lines = new JsonLines(_folder["a/run.jsonl"]);
        var page = new ReportFile(_folder["a"], lines, clock);
        Tell(sink => sink.Begin(start));
        Assert.Equal((0, 900), Shown()); // nothing is known yet
        Step(1, seconds: 10);
        Assert.Equal((1, 120 + 5 * 12), Shown()); // the 100 examples of the validation set are those of a step
        Step(2, seconds: 1);
        Assert.Equal(1, Shown().Steps); // too soon for another page
        Step(3, seconds: 2);
        Assert.Equal((3, 120 + 5 * 12), Shown());
        clock.Now += TimeSpan.FromSeconds(100);
        Tell(sink => sink.Epoch(new RunEpoch(new EpochRecord(1, scores, scores, 0.1, 13, 100), 3, null)));
        Assert.Equal((3, 120 + 5 * 102), Shown());
        Tell(sink => sink.End(new RunEnd(new History(), 3, "")));
        Assert.Equal((3, null), Shown());

        void Tell(Action<IRunSink> tell)
        {
            tell(lines);
            tell(page);
        }

        void Step(int step, double seconds)
        {
            clock.Now += TimeSpan.FromSeconds(seconds);
            Tell(sink => sink.Step(new RunStep(1, step, 1, 0.1, 1, 1000 * seconds)));
        }

        (int Steps, double? Silence) Shown()
        {
            JsonObject data = DataOf("a/report.html");
            return (data["runs"]![0]!["steps"]!["step"]!.AsArray().Count, (double?)data["silence"]);
        }
    }

    /// <summary>The log that lies there is then another training's, or an unfinished one.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void ReportFile_TheLogHasFailed_IsNotWrittenAnyMore(int lines)
    {
        Train("a", "--epochs", "1");
        File.WriteAllText(_folder["a/report.html"], "of the old training");
        using var log = new JsonLines(new FullDisk(lines));
        var troubles = new List<string>();
        RunStart start = RunStarts.Of("mlp");
        var run = new TrainingRun(start.Model, new Sgd(start.Model.Parameters), epochs: 1, []);
        using (var told = new RunLog(start.Job, start.Named, start.Data, [log, new ReportFile(_folder["a"], log)], trouble => troubles.Add(trouble.Message)))
        {
            told.TrainingStarts(run);
            told.EpochStarts(run);
            if (lines > 0) File.WriteAllText(_folder["a/report.html"], "of the new training");
            for (run.Step = 1; run.Step <= 4; run.Step++) told.StepEnds(run);
            told.TrainingEnds(run);
        }
        Assert.Equal(["The disk is full."], troubles);
        Assert.Equal(lines > 0 ? "of the new training" : "of the old training", File.ReadAllText(_folder["a/report.html"]));
    }

    [Fact]
    public async Task Interrupted_ThePageSaysSo_AndAResumedOneForgetsIt()
    {
        using var stop = new CancellationTokenSource();
        string[] command = ["train", "--model", "mlp", "--limit-train", "2000", "--limit-test", "100", "--epochs", "100000", "--output", _folder["a"]]; // more than it comes to
        Task<CommandRun> training = Task.Run(() => CommandRun.Of(command, stop.Token));
        while (!training.IsCompleted && !HasEpoch(_folder["a/run.jsonl"])) await Task.Delay(5);
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, (await training).Code);
        string log = _folder["a/run.jsonl"], first = File.ReadLines(log).First();
        File.WriteAllText(log, File.ReadAllText(log).Replace((string)JsonNode.Parse(first)!["time"]!, "2000-01-02T03:04:05Z", StringComparison.Ordinal)); // the next begins within a second
        JsonNode run = DataOf("a/report.html")["runs"]![0]!;
        Assert.Equal(("stop", "interrupted"), ((string)run["end"]!["event"]!, (string)run["end"]!["cause"]!));

        int epochs = (int)((long)run["end"]!["step"]! / 20) + 1;
        Assert.Equal(0, CommandRun.Of("train", "--resume", "--output", _folder["a"], "--epochs", $"{epochs}", "--learning-rate", "0.02").Code);
        run = DataOf("a/report.html")["runs"]![0]!;
        Assert.Equal("end", (string)run["end"]!["event"]!);
        Assert.Equal("2000-01-02T03:04:05Z", (string)run["begun"]!);
        Assert.Equal(2, run["commands"]!.AsArray().Count);
        Assert.EndsWith($"--output {_folder["a-again"]}", (string)run["commands"]![1]!["command"]!, StringComparison.Ordinal);

        static bool HasEpoch(string log)
        {
            if (!File.Exists(log)) return false;
            using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return new StreamReader(file).ReadToEnd().Contains("\"event\":\"epoch\"", StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("report.html")]
    [InlineData("run.jsonl")]
    public void Train_WhatCantBeWritten_IsAWarning(string file)
    {
        Directory.CreateDirectory(_folder[$"a/{file}"]); // a folder is in its place
        CommandRun run = CommandRun.Of("train", "--model", "mlp", "--limit-train", "800", "--limit-test", "100", "--epochs", "2", "--output", _folder["a"]);
        Assert.Equal(0, run.Code);
        Assert.True(File.Exists(_folder["a/model.safetensors"]));
        string warning = Assert.Single(run.Error.Split('\n'), line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Contains(file, warning, StringComparison.Ordinal);
        Assert.EndsWith("Training goes on without it.", warning.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_NoLog_SaysWhatToGive()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Fails(["report", _folder["empty"]], $"{_folder["empty"]}: there is no run.jsonl in this folder. Give a folder that 'backprop train' has written to, its --output.");
        Fails(["report", _folder["nowhere"]], $"{_folder["nowhere"]}: there is no such folder. 'backprop train' writes to runs/MODEL, or where --output says.");
        File.WriteAllText(_folder["empty/run.jsonl"], "");
        Fails(["report", _folder["empty"]], $"{_folder["empty/run.jsonl"]}: there is no event of a training in it.");
        Assert.Equal(2, CommandRun.Of("report").Code);
    }

    [Theory]
    [InlineData("{\"event\":\"step\",\"step\":9,", "this is no event of a training:")]
    [InlineData("[1, 2]", "this is no event of a training: it is no JSON object")]
    [InlineData("{}", "this is no event of a training: it does not say of what kind it is")]
    [InlineData("{\"event\":\"step\",\"epoch\":1}", "this is no event of a training: its step is missing")]
    [InlineData("{\"event\":\"step\",\"epoch\":1,\"step\":\"nine\"}", "this is no event of a training:")]
    [InlineData("{\"event\":\"epoch\",\"epoch\":1,\"step\":9,\"train\":7}", "this is no event of a training:")]
    [InlineData("{\"event\":\"epoch\",\"epoch\":1,\"step\":9,\"train\":{\"loss\":\"low\"}}", "this is no event of a training:")]
    [InlineData("{\"event\":\"epoch\",\"epoch\":1,\"step\":9,\"train\":{},\"histograms\":[{\"kind\":\"weight\"}]}", "this is no event of a training:")]
    [InlineData("{\"event\":\"start\",\"step\":0,\"format\":1}", "this is no event of a training: its model is missing")]
    public void Report_DamagedLine_IsNamed(string line, string problem)
    {
        Train("a", "--epochs", "1");
        string[] lines = File.ReadAllLines(_folder["a/run.jsonl"]);
        File.WriteAllLines(_folder["a/run.jsonl"], [.. lines[..3], line, .. lines[3..]]);
        CommandRun run = CommandRun.Of("report", _folder["a"]);
        Assert.Equal(1, run.Code);
        Assert.StartsWith($"backprop: {_folder["a/run.jsonl"]}, line 4: {problem}", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("Delete the line to go without it.", run.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfALaterVersion_IsRefused()
    {
        Train("a", "--epochs", "1");
        File.WriteAllText(_folder["a/run.jsonl"], File.ReadAllText(_folder["a/run.jsonl"]).Replace("\"format\":1", "\"format\":2", StringComparison.Ordinal));
        Fails(["report", _folder["a"]], $"{_folder["a/run.jsonl"]}: a later version of backprop wrote this (format 2; this one knows 1). Use that one: {BackpropCommand.Version}.");
    }

    [Fact]
    public void Report_LineThatIsStillWritten_AndKindsItDoesNotKnow_ArePassedOver()
    {
        Train("a", "--epochs", "1");
        string before = DataOf("a/report.html")["runs"]!.ToJsonString();
        File.AppendAllText(_folder["a/run.jsonl"], "{\"event\":\"weather\",\"sun\":true}\n{\"event\":\"st");
        Assert.Equal(0, CommandRun.Of("report", _folder["a"]).Code);
        Assert.Equal(before, DataOf("a/report.html")["runs"]!.ToJsonString());
    }

    private void Train(string folder, params string[] more) =>
        Assert.Equal(0, CommandRun.Of(["train", "--model", "mlp", "--limit-train", "800", "--limit-test", "100", "--output", _folder[folder], .. more]).Code);

    private static void Fails(string[] command, string message)
    {
        CommandRun run = CommandRun.Of(command);
        Assert.Equal((1, $"backprop: {message}"), (run.Code, run.Error.TrimEnd()));
    }

    /// <summary>The log of a training that never was: the steps and epochs are made up, the close look is real.</summary>
    private void WriteLog(string model, int epochs)
    {
        NamedModel named = NamedModels.Get(model);
        var random = new RandomSource(1);
        byte[] pixels = [.. Tensor.Uniform([200 * named.InputShape.ElementCount], random).ToArray<float>().Select(x => (byte)(x * 255))];
        ImageDataset set = named.Preprocessing.Apply(new ImageDataset(named.InputShape, pixels, [.. Enumerable.Range(0, 200).Select(i => i % 10)], [.. Enumerable.Range(0, 10).Select(i => $"class {i}")]));
        var data = new DataSource("noise", "noise", set, set);
        Module module = named.Build(random);
        var inspector = new Inspector(named, data);
        inspector.Take(module, named.Recipe.LossFunction(module.Forward(set.Read(0, 1).Inputs), set.Read(0, 1).Targets).Backward());
        (Tensor inputs, Tensor targets) = set.ReadAll();
        inspector.Take(module.Predict(inputs), targets);
        Insight look = inspector.Look(module);
        Directory.CreateDirectory(_folder["a"]);
        using var lines = new JsonLines(_folder["a/run.jsonl"]);
        lines.Begin(new RunStart(new TrainJob(new TrainSettings(model, null, epochs, null, null, null, null, null, null, null).Complete(), "a", false, null, new Watching()), named, module, data, 500, 0));
        int step = 0;
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            for (; step < 2000 * epoch / epochs; step++) lines.Step(new RunStep(epoch, step * 123, random.NextDouble(), random.NextDouble(), random.NextDouble(), random.NextDouble()));
            var scores = new Scores(random.NextDouble(), new Dictionary<string, double> { ["accuracy"] = random.NextDouble() }, 200);
            lines.Epoch(new RunEpoch(new EpochRecord(epoch, scores, scores, 0.1, 1, 1), step * 123, Inspector.LooksAt(epoch, epochs) ? look : null));
        }
    }

    private JsonObject DataOf(string page)
    {
        const string Before = "<script type=\"application/json\" id=\"data\">";
        string text = File.ReadAllText(_folder[page]);
        int start = text.IndexOf(Before, StringComparison.Ordinal) + Before.Length;
        return JsonNode.Parse(text[start..text.IndexOf("</script>", start, StringComparison.Ordinal)])!.AsObject();
    }

    private static IEnumerable<double> Numbers(JsonNode array) => array.AsArray().Select(number => (double)number!);

    /// <summary>Takes so many lines.</summary>
    private sealed class FullDisk(int lines) : StringWriter
    {
        private int _left = lines;

        public override void WriteLine(string? value)
        {
            if (_left-- == 0) throw new IOException("The disk is full.");
            base.WriteLine(value);
        }
    }

    private sealed class Near(double relative) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= relative * Math.Abs(x);

        public int GetHashCode(double x) => 0;
    }
}
