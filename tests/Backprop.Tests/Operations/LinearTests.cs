namespace Backprop.Tests;

public class LinearTests
{
    private static Tensor X(params ReadOnlySpan<int> shape) => Tensor.Uniform(Shape.Create(shape), new RandomSource(7), -1, 1, DType.Float64);

    public static TheoryData<string, Func<IReadOnlyList<Tensor>, Tensor>, Tensor[]> Gradients => new()
    {
        { "linear", x => x[0].Linear(x[1], x[2]), [X(4, 3), X(5, 3), X(5)] },
        { "linear without bias", x => x[0].Linear(x[1]), [X(4, 3), X(5, 3)] },
        { "linear of one row", x => x[0].Linear(x[1], x[2]), [X(3), X(5, 3), X(5)] },
        { "linear with two leading axes", x => x[0].Linear(x[1], x[2]), [X(2, 3, 4), X(2, 4), X(2)] },
        { "linear of no rows", x => x[0].Linear(x[1], x[2]), [X(0, 3), X(5, 3), X(5)] },
        { "reshape", x => x[0].Reshape(3, -1), [X(2, 3, 4)] },
        { "flatten", x => x[0].Flatten(), [X(2, 3, 4)] },
        { "squeeze and unsqueeze", x => x[0].Squeeze(1).Unsqueeze(-1), [X(2, 1, 4)] },
        { "stack", x => Tensor.Stack(1, x[0], x[1], x[0]), [X(2, 3), X(2, 3)] },
    };

    [Theory, MemberData(nameof(Gradients))]
    public void Backward_MatchesCentralDifferences(string name, Func<IReadOnlyList<Tensor>, Tensor> operation, Tensor[] inputs)
    {
        Assert.NotEmpty(name);
        GradientCheck.AssertCorrect(operation, inputs);
    }

    [Fact]
    public void Linear_ImagesNotFlattened_SaysWhatToDo()
    {
        string message = Assert.Throws<ShapeException>(() => Tensor.Zeros([100, 1, 28, 28]).Linear(Tensor.Zeros([50, 784]))).Message;
        Assert.Contains("[100, 1, 28, 28]", message);
        Assert.Contains("[50, 784]", message);
        Assert.Contains("Flatten", message);
    }

    [Fact]
    public void Linear_BiasThatDoesNotFit_IsRefused() => Assert.Throws<ShapeException>(() => X(2, 3).Linear(X(5, 3), X(4)));

    [Fact]
    public void Reshape_SharesElements()
    {
        Tensor x = Tensor.Zeros([2, 3]), y = x.Reshape(-1);
        x.AsSpan<float>()[5] = 1;
        Assert.Equal(1, y.At(5));
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(-1, 4)]
    [InlineData(-1, -1)]
    public void Reshape_OtherCount_NamesBoth(int a, int b) => Assert.Contains("[2, 3] has 6 elements", Assert.Throws<ShapeException>(() => X(2, 3).Reshape(a, b)).Message);
}
