namespace Backprop.Tests;

public class EmbeddingTests
{
    [Fact]
    public void Embedding_Backward_MatchesCentralDifferences() => GradientCheck.AssertCorrect(
        x => x[0].Embedding(Tensor.From<int>(new[,] { { 1, 3, 1 }, { 0, 1, 3 } })), [Tensor.Normal([4, 5], new RandomSource(1), 0, 1, DType.Float64)]);

    [Fact]
    public void Embedding_PaddingCountedFromTheEnd_GetsNoGradient()
    {
        Tensor weight = Tensor.Ones([3, 2]).RequireGradient(), y = weight.Embedding(Tensor.From<long>(0, 2, 2), paddingIndex: -1);
        Assert.Equal([1, 1, 0, 0, 0, 0], y.Backward(Tensor.Ones([3, 2]))[weight].ToArray<float>());
    }

    [Fact]
    public void Embedding_NoIndices_IsEmpty() => Assert.Equal<Shape>([0, 2], Tensor.Ones([3, 2]).Embedding(Tensor.Zeros([0], DType.Int64)).Shape);

    [Fact]
    public void Embedding_WhatDoesNotFit_IsRefused()
    {
        Tensor weight = Tensor.Ones([3, 2]);
        Assert.StartsWith("Embedding", Assert.Throws<ArgumentOutOfRangeException>(() => weight.Embedding(Tensor.From<long>(0, 3))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => weight.Embedding(Tensor.From<long>(0), paddingIndex: 3));
        Assert.Throws<ShapeException>(() => Tensor.Ones([3]).Embedding(Tensor.From<long>(0)));
        Assert.ThrowsAny<Exception>(() => weight.Embedding(Tensor.From<float>(0)));
    }
}
