namespace Backprop.Tests;

public class BatchNormLayerTests
{
    [Fact]
    public void RunningValues_WithoutMomentum_AreThePlainAverageOfTheBatches()
    {
        var layer = new BatchNorm1d(1, momentum: null);
        foreach (float mean in new float[] { 1, 2, 6 }) layer.Forward(Tensor.From([mean - 1, mean + 1], [2, 1]));
        Assert.Equal(3, layer.RunningMean!.Item(), 1e-6); // float32
        Assert.Equal(2, layer.RunningVariance!.Item(), 1e-6); // each batch's, of divisor n − 1
    }

    [Fact]
    public void Forward_WrongAxesOrChannels_SaysWhatIsNeeded()
    {
        Assert.Contains("BatchNorm1d is for features", Assert.Throws<ShapeException>(() => new BatchNorm2d(3).Forward(Tensor.Zeros([2, 3]))).Message);
        Assert.Contains("BatchNorm2d is for images", Assert.Throws<ShapeException>(() => new BatchNorm1d(3).Forward(Tensor.Zeros([2, 3, 4, 4]))).Message);
        Assert.Contains("4 channels, and this layer 3", Assert.Throws<ShapeException>(() => new BatchNorm1d(3).Forward(Tensor.Zeros([2, 4]))).Message);
    }

    [Fact]
    public void Forward_RefusedInput_IsNotCounted()
    {
        var layer = new BatchNorm1d(3);
        Assert.Throws<ShapeException>(() => layer.Forward(Tensor.Zeros([1, 3]))); // one value a channel has no variance
        Assert.Equal(0, layer.BatchesTracked!.Item());
    }

    [Fact]
    public void Embedding_PaddingRow_IsZeroAtFirstAndStaysSo()
    {
        var layer = new Embedding(4, 3, paddingIndex: 1, random: new RandomSource(1));
        Assert.Equal([0, 0, 0], layer.Weight.ToArray<float>()[3..6]);
        new Sgd(layer.Parameters, learningRate: 1).Step(layer.Forward(Tensor.From(1L, 2L)).Sum().Backward());
        Assert.Equal([0, 0, 0], layer.Weight.ToArray<float>()[3..6]);
    }

    [Fact]
    public void Dropout_TwoLayersOfOneSource_DropDifferentElements()
    {
        var random = new RandomSource(1);
        Dropout one = new(random: random), two = new(random: random);
        Tensor x = Tensor.Ones([100]);
        Assert.NotEqual(one.Forward(x).ToArray<float>(), two.Forward(x).ToArray<float>());
        Assert.NotEqual(one.Forward(x).ToArray<float>(), one.Forward(x).ToArray<float>());
        Assert.Equal(2, new Sequential(one, two, one).RandomSources.Count);
    }
}
