using System.Text.Json.Nodes;

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

    private string Log => _folder["a/run.jsonl"];

    private static IEnumerable<JsonObject> Of(JsonObject[] events, string name) => events.Where(e => (string)e["event"]! == name);

    private JsonObject[] Events() => [.. File.ReadLines(Log).Select(line => JsonNode.Parse(line)!.AsObject())];

    private CommandRun Train(params string[] more)
    {
        CommandRun run = CommandRun.Of(["train", "--model", "mlp", "--limit-train", "800", "--limit-test", "100", "--output", _folder["a"], "--json", .. more]);
        Assert.Equal(0, run.Code);
        return run;
    }
}
