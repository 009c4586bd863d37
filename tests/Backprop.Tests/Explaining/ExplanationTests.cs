using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Backprop.Tests;

public class ExplanationTests
{
    [Fact]
    public void Basket_ShowsValuesGradientsSlopesAndTheChainInNumbers()
    {
        Tensor apple = Leaf(100), count = Leaf(2), tax = Leaf(1.1);
        Tensor price = apple * count * tax;
        JsonObject data = Data(price.Explain([apple, count, tax]));

        Assert.Equal("price", (string?)data["result"]);
        Assert.Equal((2.2, "2.2 = 1 · 1.1 · 2"), (Number(data, Node(data, "apple")["gradient"]), (string?)Node(data, "apple")["chain"]));
        Assert.Equal((110, "110 = 1 · 1.1 · 100"), (Number(data, Node(data, "count")["gradient"]), (string?)Node(data, "count")["chain"]));
        Assert.Equal((200, "200 = 1 · 200"), (Number(data, Node(data, "tax")["gradient"]), (string?)Node(data, "tax")["chain"]));

        JsonNode last = data["nodes"]![(int)data["last"]!]!;
        Assert.Equal(("Multiply", "c = a · b", 220, 1), ((string?)last["name"], (string?)last["formula"], Number(data, last["value"]), Number(data, last["gradient"])));
        Assert.Equal(("∂c/∂a = b", 1.1, 1.1), ((string?)last["inputs"]![0]!["derivative"], Number(data, last["inputs"]![0]!["slope"]), Number(data, last["inputs"]![0]!["gradient"])));
    }

    [Fact]
    public void WaysThatMeet_AreAddedUp()
    {
        Tensor x = Leaf(3), y = x * x + x;
        JsonNode node = Node(Data(y.Explain([x])), "x");
        Assert.Equal("7 = 1 · 1 · 3 + 1 · 1 · 3 + 1 · 1", (string?)node["chain"]);
    }

    [Fact]
    public void Slopes_AreWhatTheOperationsOwnBackwardMakesOfOnes()
    {
        Tensor x = Leaf(3), y = new OddOperation().Apply(x) * 2;
        JsonObject data = Data(y.Explain());
        JsonNode odd = Node(data, "Odd");
        Assert.Equal(5, Number(data, odd["inputs"]![0]!["slope"]));
        Assert.Equal(10, Number(data, odd["inputs"]![0]!["gradient"]));
        Assert.Null(odd["formula"]);
    }

    [Fact]
    public void ElementwiseOperations_HaveASlopeForEachElement_OthersNone()
    {
        Tensor x = Tensor.From([0.0, 1.0], [1, 2]).RequireGradient(), w = Tensor.From([1.0, 2.0, 3.0, 4.0], [2, 2]).RequireGradient();
        JsonObject data = Data(x.Linear(w).Sigmoid().Sum().Explain([x, w]));
        Assert.Null(Node(data, "Linear")["inputs"]![0]!["slope"]);
        Assert.Equal("∂L/∂W = ∂L/∂yᵀ · x", (string?)Node(data, "Linear")["inputs"]![1]!["derivative"]);
        double[] y = [1 / (1 + Math.Exp(-2)), 1 / (1 + Math.Exp(-4))];
        JsonArray slopes = data["tensors"]![(int)Node(data, "Sigmoid")["inputs"]![0]!["slope"]!]!["values"]!.AsArray();
        Assert.Equal(y[0] * (1 - y[0]), (double)slopes[0]!, 1e-6); // six digits are written
        Assert.Equal(y[1] * (1 - y[1]), (double)slopes[1]!, 1e-6);
    }

    [Fact]
    public void Graph_CanBeUsedAfterwards_AndIsAsItWas()
    {
        Tensor x = Leaf(2), y = x * x;
        Explanation first = y.Explain([x]);
        Assert.Equal(first.ToHtml(), y.Explain([x]).ToHtml());
        Assert.Equal(4, y.Backward()[x].Item());
    }

    [Fact]
    public void Graph_ThatWasConsumed_IsNamedInTheError()
    {
        Tensor x = Leaf(2), y = x.Exp();
        y.Backward();
        Assert.Contains("consumed by an earlier Backward", Assert.Throws<InvalidOperationException>(() => y.Explain()).Message);
        Assert.Contains("Explain: no operation made this tensor", Assert.Throws<InvalidOperationException>(() => x.Explain()).Message);
        Assert.Contains("is no scalar", Assert.Throws<InvalidOperationException>(() => Tensor.From(1.0, 2.0).RequireGradient().Exp().Explain()).Message);
    }

    [Fact]
    public void Names_AreThoseOfTheCode_OrGiven_OrTheFormulas()
    {
        Tensor a = Leaf(1), b = Leaf(2), y = a * b;
        Tensor[] both = [a, b];
        Assert.Equal(["a", "b"], Leaves(y.Explain([a, b])));
        Assert.Equal(["first", "second"], Leaves(y.Explain([a, b], "first, second")));
        Assert.Equal(["both[0]", "both[1]"], Leaves(y.Explain(both)));
        Assert.Equal(["a", "b"], Leaves(y.Explain()));
        Assert.Equal(["a", "b", "b2"], Leaves((y * Leaf(3)).Explain()));
        Tensor Self(Tensor one, int _) => one;
        Tensor Kind<TFirst, TSecond>(Tensor one) => one;
        Tensor[] All<TFirst, TSecond>() => both;
        Assert.Equal(["Self(a, 1)", "both[1]"], Leaves(y.Explain([Self(a, 1), both[1]])));
        Assert.Equal(["a", "b"], Leaves(y.Explain([
            a,
            b,
        ])));
        Assert.Equal(["a", "b"], Leaves(y.Explain([
            both[0], // the first
            both[1],
        ])));
        Assert.Equal(["a", "b"], Leaves(y.Explain([.. both]))); // the formula's
        Assert.Equal(["a", "b"], Leaves(y.Explain([.. both[..1], both[1]])));
        Assert.Equal(["a", "b"], Leaves(y.Explain(All<int, long>())));
        Assert.Equal(["a", "b"], Leaves(y.Explain([.. All<int, long>()])));
        Assert.Equal(["a", "b"], Leaves(y.Explain([Kind<int, long>(b), Kind<int, long>(a)])));
        Assert.Equal(["a", "b"], Leaves(y.Explain([Kind<int, long>(a)])));
        Assert.Contains("2 tensors and 3 names", Assert.Throws<ArgumentException>(() => y.Explain([a, b], "a, b, c")).Message);
        Assert.Contains("2 tensors and 1 names", Assert.Throws<ArgumentException>(() => y.Explain([a, b], "both")).Message);
        Assert.Equal("y", (string?)Data(y.Explain())["result"]);
        Assert.Equal("result", (string?)Data((y + a).Explain())["result"]);
    }

    [Fact]
    public void Model_TellsLayers_AndWhatItsInputDoes()
    {
        var model = new Sequential { { "hidden", new Linear(2, 3, random: new RandomSource(1)) }, new Sigmoid(), { "output", new Linear(3, 1, random: new RandomSource(2)) } };
        JsonObject data = Data(Explanation.Of(model, Tensor.From([0.5f, -0.5f], [1, 2]), Tensor.From([1f], [1, 1]), Losses.Mse));
        Assert.Equal(["hidden", "1", "output", null], data["nodes"]!.AsArray().Where(node => node!["inputs"] is not null).Select(node => (string?)node!["layer"]));
        Assert.Equal(["x", "hidden.weight", "hidden.bias", "output.weight", "output.bias", "target"], data["nodes"]!.AsArray().Where(node => node!["inputs"] is null).Select(node => (string?)node!["name"]));
        Assert.NotNull(Node(data, "x")["gradient"]);
        Assert.Null(Node(data, "target")["gradient"]);
    }

    [Fact]
    public void Loss_WithoutATrace_TakesLayersFromTheNamesOfParameters()
    {
        var model = new Sequential { { "block", new Sequential { { "a", new Linear(2, 2) }, new Relu(), { "b", new Linear(2, 1) } } } };
        JsonObject data = Data(model.Forward(Tensor.Ones([1, 2])).Sum().Explain());
        Assert.Equal(["block.a", "block", "block.b", null], data["nodes"]!.AsArray().Where(node => node!["inputs"] is not null).Select(node => (string?)node!["layer"]));
    }

    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("<!--<script>")]
    [InlineData("\"&'{{data}}\u0001\\\n]]>")]
    public void HostileNames_StayTextInEveryFormat(string name)
    {
        Tensor x = Leaf(2), y = x * x;
        Explanation explanation = y.Explain([x], name.Replace(',', ' '));
        explanation.Title = name;
        string html = explanation.ToHtml();
        Assert.Equal(2, html.Split("</script>").Length - 1);
        Assert.Equal(2, html.Split("<script").Length - 1);
        Assert.Single(html.Split("<!--"));
        string shown = string.Concat(name.Select(c => char.IsControl(c) ? '·' : c));
        Assert.Contains(shown, Leaves(explanation));
        Assert.Contains(XDocument.Parse(explanation.ToSvg()).Descendants(), element => element.Name.LocalName == "text" && (element.Value == shown || element.Value.Contains('…')));
        Assert.Equal(0, explanation.ToDot().Replace("\\\\", "").Replace("\\\"", "").Count(c => c == '"') % 2);
    }

    [Fact]
    public void Svg_HasEachNumberOnce_AndDotEachArrow()
    {
        Explanation explanation = Examples.Apple.Explain();
        string[] texts = [.. XDocument.Parse(explanation.ToSvg()).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
        foreach (string text in (string[])["apple", "apples", "orange", "oranges", "tax", "price", "100", "2", "150", "3", "200", "450", "715", "2.2", "110", "3.3", "165"]) Assert.Single(texts, text);
        Assert.Equal(2, texts.Count(text => text == "650")); // what is taxed, and what the tax does
        string dot = explanation.ToDot();
        Assert.Equal(9, dot.Split(" -> ").Length - 1);
        Assert.Contains("[label=\"100\\n2.2\"]", dot);
    }

    [Fact]
    public void Picture_InTheDocs_IsWhatTheCommandDraws() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "docs", "explain-apple.svg")).ReplaceLineEndings("\n"), CommandRun.Of("explain", "--demo", "apple", "--svg", "--output", "-").Out);

    [Fact]
    public void Demos_AreSmall_AndTheSameEachTime()
    {
        Examples.Demo[] demos = [.. Examples.Demos.All.Where(demo => demo.Explain is not null)];
        Assert.Equal(["apple", "neuron", "three-neurons", "fit"], demos.Select(demo => demo.Name));
        Assert.All(demos, demo =>
        {
            string html = demo.Explain!().ToHtml();
            Assert.InRange(html.Length, 10_000, 100_000);
            Assert.Equal(html, demo.Explain!().ToHtml());
            Assert.DoesNotContain("http://", html.Replace("http://www.w3.org/2000/svg", "")); // nothing is asked of the network
            Assert.DoesNotContain("https://", html);
        });
    }

    [Fact]
    public void LargeNetwork_MakesAPageOfLessThanAMegabyte()
    {
        string html = Resnet().ToHtml();
        Assert.InRange(html.Length, 100_000, 1_000_000);
    }

    [Fact]
    public void NotANumber_IsShownAsSuch()
    {
        Tensor x = Leaf(-1), y = x.Log();
        Explanation explanation = y.Explain([x]);
        Assert.Equal("NaN", (string?)Data(explanation)["tensors"]!.AsArray().Select(tensor => tensor!["values"]![0]!).Single(value => value.GetValueKind() == System.Text.Json.JsonValueKind.String));
        Assert.Contains(">NaN<", explanation.ToSvg());
        Tensor z = Tensor.From(double.NaN, double.PositiveInfinity, 1.0, 2.0).RequireGradient();
        Assert.Contains("\"strange\":2", z.Sum().Explain([z]).ToJson());
    }

    [Fact]
    public void InAStepScope_TheExplanationOutlivesTheStep()
    {
        var memory = new StepMemory();
        Explanation explanation;
        using (memory.Begin())
        {
            Tensor x = Leaf(2), y = x * x;
            explanation = y.Explain([x]);
        }
        using (memory.Begin()) Tensor.Ones([1], DType.Float64).Fill(7);
        Assert.Contains("\"chain\":\"4 = 1 · 2 \\u002B 1 · 2\"", explanation.ToJson());
    }

    [Fact]
    public void InAStepScope_WhatLayersGaveBack_IsToldByItsShape()
    {
        Sequential model = Mlp(width: 3);
        Tensor x = Tensor.Ones([2, 3]), labels = Tensor.From([1, 3], [2]);
        using StepScope step = new StepMemory().Begin();
        Tensor loss = Losses.CrossEntropy(model.Forward(x), labels);
        Explanation explanation = loss.Explain();
        Assert.Single(XDocument.Parse(explanation.ToSvg()).Descendants(), element => element.Name.LocalName == "text" && element.Value == "2×3, not kept");
        Assert.Contains("[label=\"2×3, not kept\\n", explanation.ToDot());
        JsonObject gone = Data(explanation)["tensors"]!.AsArray().Select(tensor => tensor!.AsObject()).Single(tensor => tensor.ContainsKey("text") && (string?)tensor["text"] == "2×3, not kept");
        Assert.Equal(["shape", "text"], gone.Select(member => member.Key));
        Assert.Contains("2×3, not kept", explanation.ToHtml());
        Assert.NotNull(loss.Backward()[model.Parameters[0]]);
        Assert.DoesNotContain("not kept", Explanation.Of(model, x, labels, Losses.CrossEntropy).ToSvg());
    }

    [Fact]
    public void AfterItsStep_TheExplanationIsWhatItWas_ThoughItsTensorsServeOthers()
    {
        var memory = new StepMemory();
        Explanation? explanation = null;
        string[] before = [];
        foreach ((int width, int rows) in ((int, int)[])[(3, 2), (5, 7), (5, 7)])
        {
            using StepScope step = memory.Begin();
            Tensor loss = Losses.CrossEntropy(Mlp(width).Forward(Tensor.Ones([rows, width])), Tensor.Zeros([rows], DType.Int32));
            explanation ??= loss.Explain();
            if (before.Length == 0) before = Texts(explanation);
            loss.Backward(); // now nobody needs the step's tensors
        }
        Assert.Equal(before, Texts(explanation!));

        static string[] Texts(Explanation explanation) => [explanation.ToDot(), explanation.ToJson(), explanation.ToSvg()];
    }

    [Fact]
    public void EmptyTensor_HasNoPicture()
    {
        Tensor x = Tensor.Zeros([0, 3]).RequireGradient(), y = x.Sum();
        Explanation explanation = y.Explain([x]);
        XElement[] elements = [.. XDocument.Parse(explanation.ToSvg()).Descendants()];
        Assert.Equal(2, elements.Count(element => element.Name.LocalName == "text" && element.Value == "0×3"));
        Assert.DoesNotContain(elements, element => element.Name.LocalName == "image");
        Assert.Contains("[label=\"0×3\\n0×3\"]", explanation.ToDot());
        Assert.Equal(["shape", "values", "text"], Data(explanation)["tensors"]![(int)Node(Data(explanation), "x")["value"]!]!.AsObject().Select(member => member.Key));
        Assert.NotEmpty(explanation.ToHtml());
    }

    [Fact]
    public void ShapesAndCounts_AreWholeNumbers()
    {
        Tensor x = Tensor.Ones([1_234_567, 1]).RequireGradient(), y = x.Sum();
        JsonObject data = Data(y.Explain([x]));
        JsonNode tensor = data["tensors"]![(int)Node(data, "x")["value"]!]!;
        Assert.Equal("[1234567,1]", tensor["shape"]!.ToJsonString());
        Assert.Equal("[4096,1,1234567,1]", tensor["cells"]!.ToJsonString());
    }

    [Fact]
    public void DeepGraph_OfLargeTensors_HasNoMoreCellsThanItMay()
    {
        Tensor x = Tensor.Normal([40, 40], new RandomSource(1)).RequireGradient(), y = x;
        for (int i = 0; i < 600; i++) y = i % 2 == 0 ? y.Tanh() : y * 1.5;
        y = y.Sum();
        SketchBook sketches = y.Explain([x]).Sketches;
        Assert.InRange(sketches.All.Count, 1800, int.MaxValue); // values, gradients, slopes
        Assert.InRange(sketches.All.Sum(sketch => sketch.Cells.Length), SketchBook.Room / 2, SketchBook.Room);
        Assert.All(sketches.All, sketch => Assert.True(sketch.HasPicture || sketch.IsNumber));
    }

    [Theory]
    [InlineData("a\u0001")]
    [InlineData("0123456789😀0123456789012345")] // the cut goes through it
    public void Layers_OfAnyName_AreDrawn(string name)
    {
        var model = new Sequential { { name, new Linear(2, 2, random: new RandomSource(1)) }, new Relu() };
        Explanation explanation = Explanation.Of(model, Tensor.Ones([1, 2]), Tensor.Zeros([1, 2]), Losses.Mse);
        XDocument.Parse(explanation.ToSvg());
        Assert.DoesNotContain('\u0001', explanation.ToHtml() + explanation.ToDot());
        Assert.Equal(ExplainedGraph.Printable(name), (string?)Node(Data(explanation), "Linear")["layer"]);
    }

    [Fact]
    public void FormulaWithoutADerivativeForEachInput_IsNoObstacle()
    {
        Tensor a = Leaf(2), b = Leaf(3), c = new HalfToldOperation().Apply(a.Exp(), b.Exp()).Sum();
        JsonNode node = Node(Data(c.Explain()), "HalfTold");
        Assert.Equal(["∂c/∂a = 1", null], node["inputs"]!.AsArray().Select(input => (string?)input!["derivative"]));

        Tensor wide = Tensor.Ones([2]).RequireGradient(), sum = new HalfToldOperation().Apply(wide, wide.Exp()).Sum();
        Assert.Equal([true, false], Node(Data(sum.Explain()), "HalfTold")["inputs"]!.AsArray().Select(input => input!["slope"] is not null));
    }

    [Fact]
    public void SaveHtml_WritesThePage()
    {
        using var folder = new TemporaryFolder();
        Explanation explanation = Examples.Apple.Explain();
        explanation.SaveHtml(folder["apple.html"]);
        Assert.Equal(explanation.ToHtml(), File.ReadAllText(folder["apple.html"]));
    }

    internal static Explanation Resnet()
    {
        Module model = NamedModels.Get("resnet20").Build(new RandomSource(1));
        model.Evaluate();
        return Explanation.Of(model, Tensor.Normal([1, 3, 32, 32], new RandomSource(2)), Tensor.From([3], [1]), Losses.CrossEntropy);
    }

    private static Sequential Mlp(int width) => new(new Linear(width, width, random: new RandomSource(1)), new Relu(), new Linear(width, 4, random: new RandomSource(2)));

    private static Tensor Leaf(double value) => Tensor.Scalar(value, DType.Float64).RequireGradient();

    private static JsonObject Data(Explanation explanation) => JsonNode.Parse(explanation.ToJson())!.AsObject();

    private static JsonNode Node(JsonObject data, string name) => data["nodes"]!.AsArray().Single(node => (string?)node!["name"] == name)!;

    private static IEnumerable<string?> Leaves(Explanation explanation) => Data(explanation)["nodes"]!.AsArray().Where(node => node!["inputs"] is null).Select(node => (string?)node!["name"]);

    private static double Number(JsonObject data, JsonNode? tensor) => (double)data["tensors"]![(int)tensor!]!["values"]![0]!;

    /// <summary>Tells the derivative by its first input only.</summary>
    private sealed class HalfToldOperation : BinaryOperation
    {
        public override OperationFormula Formula => new("c = a + b", "∂c/∂a = 1");

        protected override Tensor Forward(Tensor a, Tensor b) => a + b;

        protected override (Tensor? A, Tensor? B) Backward(Tensor gradient) => (gradient, gradient);
    }

    /// <summary>Has a backward of its own mind.</summary>
    private sealed class OddOperation : UnaryOperation
    {
        protected override Tensor Forward(Tensor x) => x + 1;

        protected override Tensor Backward(Tensor gradient) => gradient * 5;
    }
}
