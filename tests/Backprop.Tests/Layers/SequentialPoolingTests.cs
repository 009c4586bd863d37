namespace Backprop.Tests.Layers;

/// <summary>A ReLU in front of a max pooling is computed behind it; nobody may notice but the clock.</summary>
public sealed class SequentialPoolingTests
{
    public static TheoryData<string> Poolings => ["halving", "overlapping", "cut", "dilated", "padded"];

    [Theory, MemberData(nameof(Poolings))]
    public void Forward_ReluAndPooling_ValuesAndGradientsAreThoseInOrder(string name)
    {
        MaxPool2d pool = Pool(name);
        Tensor x = Ties().RequireGradient();
        Tensor expected = pool.Forward(x.Relu()), actual = new Sequential(new Relu(), pool).Forward(x);
        Assert.Equal(expected.ToArray<float>(), actual.ToArray<float>());
        Tensor upstream = Tensor.Normal(expected.Shape, new RandomSource(2));
        float[] slopes = expected.Backward(upstream)[x].ToArray<float>();
        Assert.Contains(slopes, slope => slope != 0);
        Assert.Equal(slopes, actual.Backward(upstream)[x].ToArray<float>());
    }

    [Fact]
    public void Forward_ReluAndPooling_RectifiesTheLargestOnly()
    {
        var inputs = new List<int>();
        var model = new Sequential(new Relu(), new MaxPool2d(2), new Relu(), new MaxPool2d(2, padding: 1));
        for (Operation? operation = model.Forward(Ties().RequireGradient()).Origin; operation is not null; operation = operation.Inputs[0].Origin) inputs.Add(operation.Inputs[0].ElementCount);
        Assert.Equal([2 * 3 * 4 * 5, 2 * 3 * 4 * 5, 2 * 3 * 4 * 5, 2 * 3 * 8 * 10], inputs); // padded pooling, its ReLU; ReLU, pooling
    }

    [Fact]
    public void Forward_NotANumber_ComesThrough()
    {
        float[] y = new Sequential(new Relu(), new MaxPool2d(2)).Forward(Tensor.From<float>([-1, float.NaN, -3, 5, -1, -2, -3, float.NegativeInfinity], [2, 1, 2, 2])).ToArray<float>();
        Assert.Equal([float.NaN, 0], y);
    }

    private static MaxPool2d Pool(string name) => name switch
    {
        "halving" => new MaxPool2d(2),
        "overlapping" => new MaxPool2d(3, stride: 2),
        "cut" => new MaxPool2d(3, stride: 3, ceilMode: true),
        "dilated" => new MaxPool2d(2, dilation: 3),
        _ => new MaxPool2d(3, stride: 2, padding: 1),
    };

    /// <summary>Small whole numbers: windows of equal ones, of zeros, of negative ones alone.</summary>
    private static Tensor Ties()
    {
        var random = new Random(1);
        return Tensor.From([.. Enumerable.Range(0, 2 * 3 * 8 * 10).Select(_ => (float)random.Next(-4, 3))], [2, 3, 8, 10]);
    }
}
