using System.Text.Json;
using Backprop.Examples;

namespace Backprop.Tests;

/// <summary>The figures that the demos print are those that the tutorials print, or better ones.</summary>
public class DemoTests
{
    private static readonly JsonElement s_seeds = GoldenCases.Json("seeds");

    [Fact]
    public void EveryDemo_HasATestHere()
    {
        string[] tests = [.. typeof(DemoTests).GetMethods().Select(method => method.Name.Split('_')[0])];
        Assert.All(Demos.All, demo => Assert.Contains(demo.Name.Replace("-", ""), tests, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void EveryDemo_StandsInTheReadmeOfTheExamples()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "examples", "README.md"));
        Assert.All(Demos.All, demo => Assert.Contains($"| `{demo.Name}` |", readme));
    }

    [Fact]
    public void Apple_Is220AndTheBasket715_WithTheLessonsGradients()
    {
        DemoOutput run = DemoOutput.Of("apple");
        Assert.Equal([220, 715], run.With("  price ").Select(line => DemoOutput.Numbers(line)[0]));
        Assert.Equal([2.2, 110, 200, 2.2, 110, 3.3, 165, 650], run.With("  d price ").Select(line => DemoOutput.Numbers(line)[0]));
        Assert.EndsWith("= 715, backward: 2.2, 110, 3.3, 165, 650", run.LastLine);
    }

    [Fact]
    public void Neuron_PrintsTheTutorialsTable()
    {
        const double Rounding = 1e-14; // of the table's w and b only w x + b is known, and its figures are so far from exact themselves
        double[][] printed = [.. DemoOutput.Of("neuron").With("  epoch").Select(DemoOutput.Numbers)];
        JsonElement[] table = [.. s_seeds.GetProperty("single_neuron").GetProperty("table").EnumerateArray()];
        Assert.Equal(2 * table.Length, printed.Length);
        foreach ((double[] row, JsonElement expected) in printed.Zip(table))
        {
            Assert.Equal(expected.GetProperty("epoch").GetInt32(), row[0]);
            Assert.InRange(row[1] / expected.GetProperty("loss").GetDouble(), 1 - Rounding, 1 + Rounding);
            Assert.InRange(row[2] / expected.GetProperty("pred").GetDouble(), 1 - Rounding, 1 + Rounding);
        }
    }

    [Fact]
    public void Neuron_WithTheFactor2_GoesTwiceAsFar()
    {
        double[][] rows = [.. DemoOutput.Of("neuron").With("  epoch").Select(DemoOutput.Numbers)];
        (double[] halved, double[] whole) = (rows[2], rows[8]);
        Assert.Equal((200, 100), (halved[0], whole[0]));
        Assert.Equal(halved[2], whole[2], 1e-3); // two small steps are nearly one of twice the length
        Assert.True(rows[13][1] < rows[6][1] / 100);
    }

    [Fact]
    public void ThreeNeurons_AtLeast18Of20Starts_EndBelow1e3()
    {
        DemoOutput run = DemoOutput.Of("three-neurons");
        double[][] starts = [.. run.With("  seed").Select(DemoOutput.Numbers)];
        int reached = starts.Count(start => start[2] < 1e-3 && Math.Abs(start[3] - 0.1) < 0.032); // √1e-3
        Assert.Equal(20, starts.Length);
        Assert.InRange(reached, 18, 20);
        Assert.StartsWith($"{reached} of 20 starts", run.LastLine);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Fit_After520Epochs_PredictsWithin1e3(long seed)
    {
        double[][] progress = [.. DemoOutput.Of("fit", new DemoOptions(Seed: seed)).With("epoch ").Select(DemoOutput.Numbers)];
        Assert.Equal([0, 100, 200, 300, 400, 500, 520], progress.Select(line => line[0]));
        Assert.True(progress[0][1] > 1e-2 && progress[^1][1] < 1e-6);
        Assert.All(progress[^1][2..].Zip([0.1, 0.1, 0.6]), pair => Assert.Equal(pair.Second, pair.First, 1e-3));
    }

    [Fact]
    public void GradientTape_BothDerivatives_AreTheTutorials()
    {
        JsonElement expected = s_seeds.GetProperty("sigmoid_sum");
        DemoOutput run = DemoOutput.Of("gradient-tape");
        string[] byWeight = run.With("  d sum(y) / d w = ");
        double[] printed = Row("printed_gradient_with_sigmoid"), sigmoid = DemoOutput.Numbers(byWeight[0]);
        Assert.All(sigmoid.Zip(Row("gradient_with_sigmoid")), pair => Assert.Equal(pair.Second, pair.First, 5e-9)); // eight decimals
        Assert.All(sigmoid.Zip(printed), pair => Assert.Equal(pair.Second, pair.First, 3e-8)); // what float32 is rounded to below 1, times x
        Assert.Equal(printed, DemoOutput.Numbers(run.With("tutorial:")[0])[..3]);
        Assert.Equal(Row("gradient_without"), DemoOutput.Numbers(byWeight[1]));

        double[][] jacobian = [.. run.With("/ d w     =").Select(line => DemoOutput.Numbers(line)[^3..])];
        for (int column = 0; column < 3; column++) Assert.Equal(sigmoid[column], jacobian.Sum(row => row[column]));

        double[] Row(string name) => expected.GetProperty(name)[0].Deserialize<double[]>()!;
    }

    [Fact]
    public void TensorFlowCheck_ByHandAndByTheLibrary_AreTheReference()
    {
        DemoOutput run = DemoOutput.Of("tensorflow-check");
        double[][] rows = [.. run.With("fc").Select(DemoOutput.Numbers)];
        Assert.Equal(6, rows.Length);
        Assert.All(rows, row => Assert.True(row is [> 5e-3, < 1e-15, < 1e-15], string.Join(' ', row)));
        Assert.InRange(DemoOutput.Numbers(run.LastLine)[0], 0, 1e-15);
    }

    [Fact]
    public void TensorFlowCheck_ItsReference_IsTheGoldenOne()
    {
        GoldenCase golden = GoldenCases.Get("networks", "mlp-2-4-8-2");
        Assert.Equal(golden.Outputs["loss"].Data[0], ReferenceNetwork.Loss);
        AssertSame(golden.Inputs["x"], ReferenceNetwork.Inputs);
        AssertSame(golden.Inputs["target"], ReferenceNetwork.Targets);
        foreach ((string name, GoldenTensor parameter) in golden.Tensors("parameters"))
        {
            AssertSame(parameter, ReferenceNetwork.Parameters[name]);
            AssertSame(golden.Gradients[name], ReferenceNetwork.Gradients[name]);
        }

        static void AssertSame(GoldenTensor expected, Tensor actual)
        {
            Assert.Equal([.. expected.Shape], actual.Shape);
            Assert.Equal(expected.Data, actual.ToArray<double>());
        }
    }

    [Fact]
    public void GradientCheck_TheBooksBatch_StaysBelowTheBooksThreshold()
    {
        JsonElement expected = s_seeds.GetProperty("gradient_check");
        DemoOutput run = DemoOutput.Of(output => NumericalCheck.Run(output, batch: expected.GetProperty("batch").GetInt32()));
        foreach (string name in new[] { "W1", "b1", "W2", "b2" })
        {
            double[] row = DemoOutput.Numbers(run.With($"{name}    ")[0]);
            Assert.InRange(row[0], double.Epsilon, expected.GetProperty("threshold").GetDouble());
            Assert.InRange(row[1], row[0], 1e-8); // the mean hides this one
        }
        Assert.Contains("39760 slopes checked", run.LastLine);
        Assert.EndsWith("all agree", run.LastLine);
    }

    [Fact]
    public void Cnn_AThousandGeneratedDigits_AreLearnt()
    {
        DemoOutput run = DemoOutput.Of("cnn");
        double[][] windows = [.. run.With("[Step ").Select(DemoOutput.Numbers)]; // step, length of the window, loss, accuracy
        Assert.Equal(Enumerable.Range(0, 30).Select(i => 100.0 * (i % 10 + 1)), windows.Select(window => window[0]));
        Assert.InRange(windows[0][2], 2.1, 2.5); // it begins by guessing, log 10
        Assert.InRange(windows[0][3], 0, 30);
        Assert.InRange(windows[^5..].Average(window => window[2]), 0, 0.7);
        Assert.InRange(windows[^5..].Average(window => window[3]), 75, 100);
        Assert.InRange(DemoOutput.Numbers(run.LastLine)[0], 0.75, 1);
    }

    [RealMnistFact]
    public void Cnn_AThousandDigitsOfMnist_AreLearnt()
    {
        DemoOutput run = DemoOutput.Of("cnn", new DemoOptions(DataFolder: RealMnistFactAttribute.Folder));
        Assert.InRange(DemoOutput.Numbers(run.LastLine)[0], 0.75, 1); // the tutorial's three epochs reach 0.78
    }

    [Fact]
    public void Cnn_Cancelled_StopsAtAStep() =>
        Assert.Throws<OperationCanceledException>(() => DemoOutput.Of("cnn", new DemoOptions(Cancellation: new CancellationToken(canceled: true))));

    [Fact]
    public void Layers_EachOneWrittenByHand_IsRightAndLikeTheLibrarys()
    {
        DemoOutput run = DemoOutput.Of("layers");
        Assert.Empty(run.With("WRONG"));
        string[] proofs = run.With(" slopes agree with central differences");
        Assert.Equal(13, proofs.Length);
        Assert.All(proofs, proof => Assert.InRange(DemoOutput.Numbers(proof)[^1], 0, 1e-6));
        foreach (Type layer in typeof(Demos).Assembly.GetTypes().Where(type => type is { Namespace: "Backprop.Examples.ByHand" } && type.IsSubclassOf(typeof(Operation))))
        {
            Assert.Contains(proofs, proof => proof.StartsWith($"  {layer.Name[..^nameof(Operation).Length]}", StringComparison.Ordinal));
        }
        string[] comparisons = run.With("the library's differs");
        Assert.Equal(11, comparisons.Length);
        Assert.All(comparisons.SelectMany(DemoOutput.Numbers), difference => Assert.InRange(difference, 0, 1e-14)); // sums of some tens of terms, in another order
        Assert.Equal([0.69, 0.70, 1.01, 1.00], run.Lines[^3..^1].SelectMany(line => DemoOutput.Numbers(line)[^2..])); // Dropout, theirs and ours
    }

    [Fact]
    public void Errata_EachMistake_IsCaughtByNameWithBothNumbers_AndItsFixIsRight()
    {
        DemoOutput run = DemoOutput.Of("errata");
        string[] caught = run.With("   caught   ");
        Assert.Equal(["InputTimesDelta is wrong", "SlopeWithoutFactor is wrong", "OverwritingRelu writes into its upstream gradient", "SelfAccuracy is wrong"],
            caught.Select(line => line["   caught   ".Length..].Split(':', ';')[0]));
        Assert.Equal(3, caught.Count(line => line.Contains(": backward ", StringComparison.Ordinal) && line.Contains(", central difference ", StringComparison.Ordinal)));
        Assert.Contains("input[0, 0]: backward 0, central difference ", run.With("of the sum: ")[0]);
        Assert.Equal(4, run.With("   fix ").Count(line => line.EndsWith(" slopes agree", StringComparison.Ordinal)));
        Assert.Empty(run.With("STILL WRONG"));

        double[] factor = DemoOutput.Numbers(caught[1]);
        Assert.Equal(5.0 / 2, factor[^3] / factor[^2], 6); // too large by n / 2
        Assert.Contains("all 2 slopes agree: 2 / n is 1", run.With("n = 2 ")[0]);
        Assert.Contains("the tutorial's 100 %, against the predictions 0 %, the library's 0 %", run.With("scores whose greatest")[0]);
    }
}
