namespace Backprop.Tests;

public class LayoutTests
{
    [Fact]
    public void Boxes_StandInEvenLayers_RightInFrontOfWhatUsesThem()
    {
        LayoutGraph graph = Laid([.. Enumerable.Repeat(new LayoutSize(40, 20), 5)], (0, 2), (1, 2), (2, 4), (3, 4)); // 3 is a leaf that the last box uses
        Assert.Equal([0, 0, 2, 2, 4], graph.Boxes.Select(box => box.Layer));
    }

    [Fact]
    public void Arrows_ThatNeedNotCross_Dont()
    {
        // Three pairs whose order is turned round twice: a crossing for each pair of arrows as they come, none in truth.
        LayoutGraph graph = Laid([.. Enumerable.Repeat(new LayoutSize(40, 20), 10)], (0, 5), (1, 4), (2, 3), (3, 8), (4, 7), (5, 6), (6, 9), (7, 9), (8, 9));
        Assert.Equal(0, LayerOrder.Crossings(graph.Layers));
    }

    [Fact]
    public void Arrows_ThatMustCross_CrossAsLittleAsTheyCan()
    {
        // Every one of three boxes to every one of three others: 9 crossings whatever the order is (C(3, 2)²).
        LayoutGraph graph = Laid([.. Enumerable.Repeat(new LayoutSize(40, 20), 6)], [.. from i in Enumerable.Range(0, 3) from j in Enumerable.Range(3, 3) select (i, j)]);
        Assert.Equal(9, LayerOrder.Crossings(graph.Layers));
    }

    [Fact]
    public void Chain_IsStraight_WhateverHangsOnIt()
    {
        // 0 → 1 → 2 → 3, with two weights of different size beside each step.
        LayoutSize box = new(40, 20), label = new(30, 30);
        var graph = new LayoutGraph([.. Enumerable.Repeat(box, 10)],
        [
            new(0, 1, label), new(4, 1, label, IsSide: true), new(5, 1, new(60, 90), IsSide: true), new(1, 2, label), new(6, 2, label, IsSide: true), new(7, 2, label, IsSide: true),
            new(2, 3, label), new(8, 3, new(20, 200), IsSide: true), new(9, 3, label, IsSide: true),
        ]);
        LayerOrder.Reduce(graph);
        LayerPlacement.Place(graph);
        Assert.All(graph.Boxes[..4], slot => Assert.Equal(graph.Boxes[0].Across, slot.Across, 1e-9));
    }

    [Fact]
    public void Ways_OfEqualLength_MeetInTheMiddle()
    {
        LayoutGraph graph = Laid([.. Enumerable.Repeat(new LayoutSize(40, 20), 3)], (0, 2), (1, 2));
        Assert.Equal((graph.Boxes[0].Across + graph.Boxes[1].Across) / 2, graph.Boxes[2].Across, 1e-9);
    }

    public static TheoryData<string> Pictures => ["apple", "neuron", "three-neurons", "fit", "simple-convnet", "resnet20", "random"];

    [Theory, MemberData(nameof(Pictures))]
    public void NothingOverlaps_InEitherDirection(string name)
    {
        foreach ((GraphLevel level, SketchBook sketches) in Levels(name))
        {
            foreach (bool isTall in (bool[])[false, true])
            {
                GraphScene scene = GraphScene.Of(level, tensor => sketches[tensor], isTall);
                (double Left, double Top, double Right, double Bottom)[] boxes =
                [
                    .. scene.Boxes.Select(box => (box.X - box.Width / 2, box.Y - box.Height / 2, box.X + box.Width / 2, box.Y + box.Height / 2)),
                    .. level.Arrows.Select((arrow, i) => Label(arrow, scene.Arrows[i], sketches, isTall)),
                ];
                for (int i = 0; i < boxes.Length; i++)
                {
                    Assert.True(boxes[i].Left >= 0 && boxes[i].Top >= 0 && boxes[i].Right <= scene.Width && boxes[i].Bottom <= scene.Height, $"{name} {level.Name}: {i} is outside");
                    for (int j = 0; j < i; j++)
                    {
                        bool apart = boxes[i].Right <= boxes[j].Left || boxes[j].Right <= boxes[i].Left || boxes[i].Bottom <= boxes[j].Top || boxes[j].Bottom <= boxes[i].Top;
                        Assert.True(apart, $"{name} {level.Name}: {j} and {i} overlap");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("apple", 0)]
    [InlineData("fit", 0)]
    [InlineData("simple-convnet", 0)]
    [InlineData("resnet20", 0)] // the ways around the blocks are planar too
    public void KnownGraphs_HaveNoCrossing(string name, int most)
    {
        foreach ((GraphLevel level, SketchBook sketches) in Levels(name))
        {
            LayoutGraph graph = Laid([.. level.Items.Select(_ => new LayoutSize(40, 20))], [.. level.Arrows.Select(arrow => (arrow.From, arrow.To))]);
            Assert.InRange(LayerOrder.Crossings(graph.Layers), 0, most);
        }
    }

    private static LayoutGraph Laid(LayoutSize[] boxes, params (int From, int To)[] arrows)
    {
        var graph = new LayoutGraph(boxes, [.. arrows.Select(arrow => new LayoutArrow(arrow.From, arrow.To, new LayoutSize(30, 30)))]);
        LayerOrder.Reduce(graph);
        LayerPlacement.Place(graph);
        return graph;
    }

    private static (double, double, double, double) Label(GraphArrow arrow, SceneArrow place, SketchBook sketches, bool isTall)
    {
        (double valueWidth, double valueHeight) = GraphText.Size(sketches[arrow.Source.Value], isGradient: false);
        (double gradientWidth, double gradientHeight) = GraphText.Size(arrow.Gradient is null ? null : sketches[arrow.Gradient], isGradient: true);
        return isTall
            ? (place.LabelX - valueWidth, place.LabelY - Math.Max(valueHeight, gradientHeight) / 2, place.LabelX + gradientWidth, place.LabelY + Math.Max(valueHeight, gradientHeight) / 2)
            : (place.LabelX - Math.Max(valueWidth, gradientWidth) / 2, place.LabelY - valueHeight, place.LabelX + Math.Max(valueWidth, gradientWidth) / 2, place.LabelY + gradientHeight);
    }

    private static IEnumerable<(GraphLevel Level, SketchBook Sketches)> Levels(string name)
    {
        Explanation explanation = name switch
        {
            "resnet20" => ExplanationTests.Resnet(),
            "random" => Random(),
            _ when Examples.Demos.All.FirstOrDefault(demo => demo.Name == name) is { Explain: { } explain } => explain(),
            _ => Explanation.Of(NamedModels.Get(name).Build(new RandomSource(1)), Tensor.Normal([1, 1, 28, 28], new RandomSource(2)), Tensor.From([3], [1]), Losses.CrossEntropy),
        };
        return explanation.Level.All.Select(level => (level, explanation.Sketches));
    }

    /// <summary>A tangle of a hundred operations on numbers and matrices.</summary>
    private static Explanation Random()
    {
        var random = new RandomSource(5);
        List<Tensor> tensors = [.. Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? Tensor.Scalar(i) : Tensor.Uniform([3, 4], random)).RequireGradient())];
        for (int i = 0; i < 100; i++)
        {
            Tensor a = tensors[random.Next(tensors.Count)], b = tensors[random.Next(tensors.Count)];
            tensors.Add((i % 3) switch { 0 => (a + b).Tanh(), 1 => a * b, _ => a.Sigmoid() });
        }
        Tensor result = tensors[^1].Sum();
        for (int i = 1; i < 30; i++) result += tensors[^i].Mean();
        return result.Explain();
    }
}
