namespace Backprop.Tests;

/// <summary>Every case of every golden file against the library, in float64 and float32: forward, all gradients, trajectories of training.</summary>
public class GoldenAgreementTests
{
    /// <summary>How a family's cases are run. A file without an entry here fails, and so does a case that its entry does not know.</summary>
    private static readonly Dictionary<string, Action<GoldenCase>> s_families = new()
    {
        ["activations"] = GoldenOperations.Activation,
        ["elementwise"] = GoldenOperations.Elementwise,
        ["linear"] = GoldenOperations.Linear,
        ["matmul"] = GoldenOperations.MatMul,
        ["reduce"] = GoldenOperations.Reduction,
        ["shape"] = GoldenOperations.Shaping,
        ["conv1d"] = GoldenLayers.Convolution,
        ["conv2d"] = GoldenLayers.Convolution,
        ["conv_transpose2d"] = GoldenLayers.Convolution,
        ["max_pool2d"] = GoldenLayers.Pooling,
        ["avg_pool2d"] = GoldenLayers.Pooling,
        ["adaptive_avg_pool2d"] = GoldenLayers.Pooling,
        ["batch_norm"] = GoldenLayers.BatchNorm,
        ["layer_norm"] = GoldenLayers.LayerNorm,
        ["group_norm"] = GoldenLayers.GroupNorm,
        ["embedding"] = GoldenLayers.Embedding,
        ["dropout"] = GoldenLayers.Dropout,
        ["lstm"] = GoldenSequences.Lstm,
        ["gru"] = GoldenSequences.Gru,
        ["attention"] = GoldenSequences.Attention,
        ["losses"] = GoldenLosses.Loss,
        ["optimizers"] = GoldenTraining.Optimizer,
        ["schedulers"] = GoldenTraining.Schedule,
        ["clipping"] = GoldenTraining.Clipping,
        ["initializers"] = GoldenTraining.Initializer,
        ["networks"] = GoldenNetworks.Network,
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string file in GoldenCases.Files)
            {
                foreach (GoldenCase golden in GoldenCases.Load(file)) cases.Add(file, golden.Name);
            }
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Library_AgreesWithPyTorch(string file, string name)
    {
        GoldenCase golden = GoldenCases.Get(file, name);
        Assert.True(s_families.TryGetValue(golden.Family, out Action<GoldenCase>? run), $"Nothing runs the cases of Golden/{file}.json.");
        run(golden);
    }

    [Fact]
    public void Cases_AreAllThere() => Assert.Equal((26 + 18, 266 + 188), (GoldenCases.Files.Count, Cases.Count));
}
