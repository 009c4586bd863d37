using System.Text.Json.Nodes;
using Backprop.Cli.Runs;
using Backprop.Cli.TensorBoard;

namespace Backprop.Tests;

/// <summary>What <c>--tensorboard</c> writes, read back by a reader of its own: field numbers are those of TensorFlow's event.proto, summary.proto and graph.proto.</summary>
public sealed class EventFilesTests : IDisposable
{
    private const int Step = 2, FileVersion = 3, Graph = 4, Summary = 5, SessionLog = 7; // of an event
    private const int Tag = 1, Simple = 2, Image = 4, Histogram = 5; // of a summary's value

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Checksum_OfTheReader_IsThatOfTheStandard() // RFC 3720, B.4
    {
        Assert.Equal(0x8A9136AAu, RecordReader.Crc(new byte[32]));
        Assert.Equal(0x46DD794Eu, RecordReader.Crc([.. Enumerable.Range(0, 32).Select(value => (byte)value)]));
        Assert.Equal(0xE3069283u, RecordReader.Crc("123456789"u8));
    }

    [Fact]
    public void Files_BeginWithTheirVersion_AndTheStartOfASession()
    {
        Train("--epochs", "1");
        foreach (string run in new[] { "train", "validation" })
        {
            WireMessage[] events = Events(run);
            Assert.Equal("brain.Event:2", events[0].Text(FileVersion));
            Assert.Equal((1L, 0L), (events[1].Message(SessionLog).Int(1), events[1].Int(Step)));
            Assert.All(events, e => Assert.InRange(e.Double(1), 1.7e9, 5e9)); // wall time
            Assert.All(events, e => Assert.Equal(1, new[] { FileVersion, Graph, Summary, SessionLog }.Count(e.Has)));
        }
        Assert.Matches(@"^events\.out\.tfevents\.\d{10}\.\w+$", Path.GetFileName(Files("train").Single()));
    }

    [Fact]
    public void Scalars_AreThoseOfTheRunLog()
    {
        Train("--epochs", "2");
        JsonObject[] log = [.. File.ReadLines(_folder["a/run.jsonl"]).Select(line => JsonNode.Parse(line)!.AsObject())];
        foreach ((string tag, string field) in new[] { ("step/loss", "loss"), ("step/learning_rate", "learning_rate"), ("step/gradient_norm", "gradient_norm") })
        {
            Assert.Equal(Of("step").Select(e => ((long)e["step"]!, (float)(double)e[field]!)), Scalars("train", tag));
        }
        Assert.All(Scalars("train", "step/images_per_second"), point => Assert.True(point.Value > 0));
        foreach (string metric in new[] { "loss", "accuracy" })
        {
            Assert.Equal(Of("epoch").Select(e => ((long)e["step"]!, (float)(double)e["train"]![metric]!)), Scalars("train", $"epoch/{metric}"));
            Assert.Equal(Of("epoch").Select(e => ((long)e["step"]!, (float)(double)e["validation"]![metric]!)), Scalars("validation", $"epoch/{metric}"));
        }

        IEnumerable<JsonObject> Of(string name) => log.Where(e => (string)e["event"]! == name);
    }

    [Fact]
    public void Histograms_CountEveryNumber_BetweenTheLeastAndTheGreatest()
    {
        Train("--epochs", "1");
        WireMessage[] values = [.. Values("train").Where(value => value.Has(Histogram))];
        Assert.Equal(4, values.Count(value => value.Text(Tag).StartsWith("weight/", StringComparison.Ordinal)));
        Assert.Equal(4, values.Count(value => value.Text(Tag).StartsWith("gradient/", StringComparison.Ordinal)));
        Assert.Contains(values, value => value.Text(Tag) == "activation/fc1");
        float[] weights = Model.Load(_folder["a/model.safetensors"]).Module.NamedParameters.Single(parameter => parameter.Key == "fc1.weight").Value.ToArray<float>();
        WireMessage histogram = values.Single(value => value.Text(Tag) == "weight/fc1.weight").Message(Histogram);
        Assert.Equal((weights.Min(), weights.Max(), 784.0 * 50), ((float)histogram.Double(1), (float)histogram.Double(2), histogram.Double(3)));
        Assert.Equal(weights.Sum(weight => (double)weight), histogram.Double(4), 1e-2); // summed in float32
        Assert.Equal(weights.Sum(weight => (double)weight * weight), histogram.Double(5), 1e-2);
        foreach (WireMessage each in values.Select(value => value.Message(Histogram)))
        {
            (double[] limits, double[] counts) = (each.Doubles(6), each.Doubles(7));
            Assert.Equal(limits.Length, counts.Length);
            Assert.Equal(limits.Order(), limits);
            Assert.Equal(each.Double(2), limits[^1], 1e-6 * Math.Abs(limits[^1]));
            Assert.Equal(each.Double(3), counts.Sum());
        }
        double[] edges = histogram.Doubles(6);
        Assert.Equal(weights.Count(weight => weight < edges[9]), histogram.Doubles(7)[..10].Sum(), 2.0); // one on the edge may fall either way
    }

    [Fact]
    public void Images_ArePicturesOfTheSizeTheySay()
    {
        Train("--epochs", "1");
        WireMessage filters = Values("train").Single(value => value.Has(Image)), mistakes = Values("validation").Single(value => value.Has(Image));
        Assert.Equal("filters/fc1.weight", filters.Text(Tag));
        Assert.Equal("mistakes/the_most_confident", mistakes.Text(Tag));
        foreach (WireMessage image in new[] { filters.Message(Image), mistakes.Message(Image) })
        {
            Image picture = ImageFile.Read(image.Bytes(4), "the image");
            Assert.Equal((picture.Height, picture.Width, 1), (image.Int(1), image.Int(2), image.Int(3)));
            Assert.Equal(8 * (4 * 28 + 1) - 1, picture.Width);
        }
        float[] weights = Model.Load(_folder["a/model.safetensors"]).Module.Parameters[0].ToArray<float>();
        Image drawn = ImageFile.Read(filters.Message(Image).Bytes(4), "the filters");
        float largest = weights.Max(Math.Abs);
        Assert.Equal((byte)Math.Round(128 + 127 * weights[784 + 28 * 5 + 6] / largest), drawn.Pixels[(5 * 4 + 1) * drawn.Width + (4 * 28 + 1) + 6 * 4 + 3]); // the second, row 5, column 6
    }

    [Fact]
    public void Graph_HasTheLayers_AndWhatTheyTake()
    {
        Train("--epochs", "1");
        WireMessage[] nodes = [.. Events("train").Single(e => e.Has(Graph)).Message(Graph).Messages(1)];
        Assert.Equal(["input:Placeholder <- ", "0:Flatten <- input", "fc1:Linear <- 0", "2:Relu <- fc1", "fc2:Linear <- 2"], nodes.Select(node => $"{node.Text(1)}:{node.Text(2)} <- {string.Join(',', node.Texts(3))}"));
        WireMessage[] attributes = [.. nodes[2].Messages(5)];
        Assert.Equal(784 * 50 + 50, attributes.Single(attribute => attribute.Text(1) == "parameters").Message(2).Int(3));
        WireMessage shape = attributes.Single(attribute => attribute.Text(1) == "_output_shapes").Message(2).Message(1).Message(7);
        Assert.Equal([-1, 50], shape.Messages(2).Select(axis => axis.Int(1)));
    }

    [Fact]
    public void Resumed_AFileOfItsOwn_VoidsTheStepsThatAreDoneAgain()
    {
        Train("--epochs", "1");
        Assert.Equal(0, CommandRun.Of("train", "--resume", "--epochs", "2", "--output", _folder["a"], "--tensorboard", _folder["tb"]).Code);
        foreach (string run in new[] { "train", "validation" })
        {
            string[] files = Files(run);
            Assert.Equal(2, files.Length);
            WireMessage[] second = Events(files[1]);
            Assert.Equal("brain.Event:2", second[0].Text(FileVersion));
            Assert.Equal((1L, 9L), (second[1].Message(SessionLog).Int(1), second[1].Int(Step))); // after 8 steps
        }
        Assert.Equal(Enumerable.Range(1, 16), Scalars("train", "step/loss").Select(point => (int)point.Step));
        Assert.Equal([8, 16], Scalars("validation", "epoch/loss").Select(point => (int)point.Step));
    }

    [Fact]
    public void ResumedBetweenAnEpochsLastStepAndItsEnd_TheLogForgetsTheEpoch_AndTheStepStaysEverywhere()
    {
        RunStart start = RunStarts.Of("mlp");
        string[] kept = ["""{"event":"start","step":0}""", """{"event":"step","step":4,"epoch":1}"""];
        foreach ((RunStart resumed, int lines) in new[] { (start with { Step = 4 }, 2), (start with { Step = 4, EpochsEnded = 1 }, 3) })
        {
            File.WriteAllLines(_folder["log.jsonl"], [.. kept, """{"event":"epoch","step":4,"epoch":1}"""]);
            using (var log = new JsonLines(_folder["log.jsonl"]))
            using (var events = new EventFiles(_folder["tb"]))
            {
                log.Begin(resumed);
                events.Begin(resumed);
            }
            Assert.Equal(lines + 1, File.ReadAllLines(_folder["log.jsonl"]).Length);
            Assert.Equal(5, Events(Files("train")[^1])[1].Int(Step));
        }
    }

    [Fact]
    public void Steps_AreInTheFile_AsSoonAsTheyAreTold()
    {
        using var events = new EventFiles(_folder["tb"]);
        events.Begin(RunStarts.Of("mlp"));
        long before = new FileInfo(Files("train").Single()).Length;
        events.Step(new RunStep(1, 1, 1, 0.1, 1, 1));
        Assert.True(new FileInfo(Files("train").Single()).Length > before);
    }

    [Fact]
    public void BegunAnew_InTheSameFolder_VoidsAllThatWasThere()
    {
        Train("--epochs", "1");
        Train("--epochs", "1");
        string[] files = Files("train");
        Assert.Equal(2, files.Length); // though within a second
        Assert.Equal(0, Events(files[1])[1].Int(Step));
    }

    [Fact]
    public void Folder_ThatCannotBeMade_IsAnErrorBeforeTraining()
    {
        File.WriteAllText(_folder["file"], "");
        CommandRun run = CommandRun.Of("train", "--model", "mlp", "--limit-train", "100", "--limit-test", "10", "--output", _folder["a"], "--tensorboard", _folder["file"]);
        Assert.Equal(1, run.Code);
        Assert.Contains($"--tensorboard {_folder["file"]}: this can't be written", run.Error);
    }

    private void Train(params string[] more)
    {
        CommandRun run = CommandRun.Of(["train", "--model", "mlp", "--limit-train", "800", "--limit-test", "200", "--output", _folder["a"], "--tensorboard", _folder["tb"], .. more]);
        Assert.Equal(0, run.Code);
    }

    private string[] Files(string run) => [.. Directory.GetFiles(_folder[$"tb/{run}"]).Order(StringComparer.Ordinal)];

    private WireMessage[] Events(string runOrFile) =>
        [.. (File.Exists(runOrFile) ? [runOrFile] : Files(runOrFile)).SelectMany(RecordReader.Read).Select(record => new WireMessage(record))];

    private IEnumerable<WireMessage> Values(string run) => Events(run).Where(e => e.Has(Summary)).SelectMany(e => e.Message(Summary).Messages(1));

    private IEnumerable<(long Step, float Value)> Scalars(string run, string tag) =>
        Events(run).Where(e => e.Has(Summary)).SelectMany(e => e.Message(Summary).Messages(1).Where(value => value.Text(Tag) == tag).Select(value => (e.Int(Step), value.Float(Simple))));
}
