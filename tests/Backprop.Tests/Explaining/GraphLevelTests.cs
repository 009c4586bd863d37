namespace Backprop.Tests;

public class GraphLevelTests
{
    [Fact]
    public void Resnet_FoldsIntoItsBlocks_AndEachOperationIsSeenOnce()
    {
        GraphLevel whole = ExplanationTests.Resnet().Level;
        Assert.Equal(Enumerable.Range(1, 9).Select(i => $"block{i}"), whole.Items.Where(item => item.Kind == ItemKind.Fold).Select(item => item.Name));
        GraphNode[] shown = [.. whole.All.SelectMany(level => level.Items).Where(item => item.Kind == ItemKind.Operation).Select(item => item.Node!)];
        Assert.Equal(whole.Operations.OrderBy(node => node.Id), shown.OrderBy(node => node.Id));
        GraphLevel block = whole.Items.First(item => item.Kind == ItemKind.Fold).Fold!;
        Assert.Equal(["Conv2d", "BatchNorm", "Relu", "Conv2d", "BatchNorm", "Add"], block.Items.Where(item => item.Kind == ItemKind.Operation).Select(item => item.Name));
        Assert.Equal(["Relu 2", "Relu 4"], block.Items.Where(item => item.Kind is ItemKind.From or ItemKind.To).Select(item => item.Name));
    }

    [Fact]
    public void EveryPicture_GoesForward_AndShowsEachParameterSomewhere()
    {
        GraphLevel whole = ExplanationTests.Resnet().Level;
        foreach (GraphLevel level in whole.All)
        {
            Assert.All(level.Arrows, arrow => Assert.True(arrow.From < arrow.To));
            Assert.Equal(level.Items.Count, level.Arrows.SelectMany(arrow => new[] { arrow.From, arrow.To }).Distinct().Count());
        }
        GraphNode[] parameters = [.. whole.Operations.SelectMany(node => node.Inputs).Select(input => input.Source).Where(node => node.IsParameter).Distinct()];
        Assert.Equal(parameters.OrderBy(node => node.Id), whole.All.SelectMany(level => level.Items).Where(item => item.Kind == ItemKind.Leaf && item.Node!.IsParameter).Select(item => item.Node!).OrderBy(node => node.Id));
    }

    [Fact]
    public void WhatEntersAFold_BringsBackTheSumOfItsUses()
    {
        var model = new Sequential { { "block", new Residual(new Sequential(Enumerable.Range(0, 14).Select(_ => (Module)new Tanh()).ToArray())) } };
        Explanation explanation = Explanation.Of(model, Tensor.From([0.5f], [1]), Tensor.From([0f], [1]), Losses.Mse);
        GraphArrow into = explanation.Level.Arrows.Single(arrow => arrow.Source.Name == "x");
        Assert.Equal(ItemKind.Fold, explanation.Level.Items[into.To].Kind);
        Assert.Equal(2, into.Uses.Count);
        Assert.Equal(into.Source.Gradient!.Item(), into.Gradient!.Item());
    }

    [Fact]
    public void LongGraph_WithoutLayers_IsCutIntoPieces()
    {
        Tensor x = Tensor.Scalar(1).RequireGradient(), y = x;
        for (int i = 0; i < 3000; i++) y *= 1.0001;
        GraphLevel whole = y.Explain([x]).Level;
        Assert.All(whole.All, level => Assert.InRange(level.Items.Count, 1, 70));
        Assert.Equal(3000, whole.All.SelectMany(level => level.Items).Count(item => item.Kind == ItemKind.Operation));
    }

    [Fact]
    public void LayerThatIsAppliedTwice_IsTwoFolds()
    {
        var shared = new Sequential(new Linear(2, 2), new Tanh(), new Linear(2, 2), new Tanh(), new Linear(2, 2), new Tanh(), new Linear(2, 2), new Tanh());
        var model = new Sequential { { "shared", shared }, new Relu(), { "again", shared } };
        GraphLevel whole = Explanation.Of(model, Tensor.Ones([1, 2]), Tensor.Zeros([1, 2]), Losses.Mse).Level;
        Assert.Equal(["shared", "shared"], whole.Items.Where(item => item.Kind == ItemKind.Fold).Select(item => item.Name));
        Assert.All(whole.Arrows, arrow => Assert.True(arrow.From < arrow.To));
    }
}
